"""The language of short and messy messages is found, and kept where a message says nothing of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.language import detect_language, is_latin_russian

BOTH = ("en", "es")
ALL = ("en", "es", "zh", "vi", "ar", "ht", "pt", "ru")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my chromebook wont turn on", "en"),
        ("it say type ur email or fone i dont no wat goes there", "en"),
        ("zeros", "en"),
        ("wifi", "en"),
        ("chromebook", "en"),
        ("mi chromebook no prende", "es"),
        ("ola como le ago pa q mi niña entre ala chromebook", "es"),
        ("el password de mi hijo no funciona", "es"),
        ("ayuda", "es"),
        ("se quebro la pantalla", "es"),
        ("¿wifi?", "es"),
        ("我的孩子忘记了密码", "zh"),
        ("充了一个晚上还是3%", "zh"),
        ("老师给的卡片上有学号,后面要不要加@什么的", "zh"),
        ("网址https://desk.example/ab打不开怎么办", "zh"),
        ("chromebook 打不开", "zh"),
        ("con toi quen mat khau", "vi"),
        ("Máy tính của con tôi không mở được", "vi"),
        ("Máy tính của cháu 王小明 bị đứng hoài không mở lên được, nhà trường giúp tôi với", "vi"),
        ("ابني نسي كلمة المرور", "ar"),
        ("ليش ابن الرابع ما يگدر يدز ايميل لصديقه", "ar"),
        ("الچارجر خربان", "ar"),
        ("شنو هذا get a verification code from the authenticator app", "ar"),
        ("pitit mwen an pa ka antre nan kont li", "ht"),
        ("meu filho esqueceu a senha", "pt"),
        ("мой сын забыл пароль", "ru"),
        ("сын Олексій не может зайти в гугл класс", "ru"),
    ],
)
def test_the_language_of_a_message_is_found(text: str, language: str) -> None:
    assert detect_language(text, ALL).language == language


@pytest.mark.parametrize(
    "text",
    [
        *("bonjour mon fils ne peut pas entrer", "hallo meine tochter hat ihr passwort vergessen"),
        *(
            "мій син забув її пароль",
            "پسرم رمز عبور را فراموش کرده",
            "لپتاپ دخترم خراب است",
            "息子がパスワードを忘れました",
            "비밀번호를 잊어버렸어요",
        ),
        *("qwrtp zxcvb", "👍", "", "12345", "CB204187", "https://www.cedarhollow.example/abc"),
    ],
)
def test_another_language_or_none_is_nobodys(text: str) -> None:
    guess = detect_language(text, ALL)

    assert guess.language is None


def test_a_language_that_is_not_offered_is_none_even_when_it_is_known() -> None:
    assert detect_language("meu filho esqueceu a senha", BOTH).language is None
    assert detect_language("мой сын забыл пароль", BOTH).language is None


@pytest.mark.parametrize(
    "text", ["ok", "no", "CB204187", "wifi", "👍", "418223", "maya@school.example", "Chromebook 2"]
)
def test_a_message_that_says_nothing_of_its_language_keeps_the_one_so_far(text: str) -> None:
    assert detect_language(text, BOTH, so_far="es").language == "es"
    assert detect_language(text, BOTH, so_far="en").language == "en"
    assert detect_language(text, BOTH, so_far="en", chosen="es").language in {"en", "es"}


def test_a_family_may_switch_by_just_doing_so() -> None:
    assert detect_language("thank you so much, that worked", BOTH, so_far="es").language == "en"
    assert detect_language("muchas gracias, ya funciona", BOTH, so_far="en", chosen="en").language == "es"


def test_one_borrowed_word_does_not_switch_the_language() -> None:
    assert detect_language("el password", BOTH, so_far="es").language == "es"
    assert detect_language("homework", BOTH, so_far="es", chosen="es").language == "es"


@given(st.text(), st.sampled_from([None, *ALL]))
def test_any_text_gives_an_offered_language_or_none(text: str, so_far: str | None) -> None:
    guess = detect_language(text, BOTH, so_far=so_far)

    assert guess.language in {None, *BOTH}
    assert 0.0 <= guess.confidence <= 1.0


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(("hi", "en"), ("Hi!", "en"), ("hey", "en"), ("thx", "en"), ("a person", "en"), ("ola", "es"), ("oi", "pt")),
        *(
            ("bonswa", "ht"),
            ("dạ", "vi"),
            ("xin chao", "vi"),
            ("salam alaikum", "ar"),
            ("ni hao", "zh"),
            ("privet", "ru"),
        ),
    ],
)
def test_a_first_word_that_is_all_there_is_says_the_language(text: str, language: str) -> None:
    assert detect_language(text, ALL).language == language


@pytest.mark.parametrize("text", ["hi", "ok thx", "hey"])
def test_an_english_greeting_changes_no_conversation(text: str) -> None:
    assert detect_language(text, ALL, so_far="es").language == "es"
    assert detect_language(text, ALL, chosen="vi").language == "vi"


@pytest.mark.parametrize(
    "text",
    [
        "hrombuk syna ne vklyuchaetsya, ekran cherny",
        "khrombuk moego syna ne vklyuchajetsya",
        "hochu pogovorit s chelovekom",
        "moj syn poterial zariadku",
        "u menya chromebook ne rabotaet",
    ],
)
@pytest.mark.parametrize("so_far", [None, "en"])
def test_russian_in_latin_letters_is_russian(text: str, so_far: str | None) -> None:
    guess = detect_language(text, ALL, so_far=so_far)
    assert guess.language == "ru"
    assert guess.confidence > 0.9


@pytest.mark.parametrize("text", ["ekran telefon mwen kase", "mój syn ma zepsuty ekran", "syn flood on the moy server"])
def test_a_word_or_two_that_russian_shares_is_not_russian(text: str) -> None:
    assert detect_language(text, ALL).language != "ru"


@pytest.mark.parametrize("file", sorted(Path("data/questions").glob("*.jsonl")), ids=lambda file: file.stem)
def test_no_question_in_another_language_is_taken_for_russian_in_latin_letters(file: Path) -> None:
    texts = [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]
    found = [text for text in texts if is_latin_russian(text)]
    assert bool(found) == (file.stem == "ru"), found
