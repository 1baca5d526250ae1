"""The crisis screen: what must get help at once, and what must not raise an alarm."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
import yaml

from actions.desk.crisis import ORDER, screen, screens, why
from actions.desk.vocabulary import prepare, tokens_of
from tests.speed import seconds_of

DATA = Path(__file__).parent / "data"
QUESTIONS = Path("data/questions")
LANGUAGES = tuple(sorted(path.stem for path in (DATA / "crisis").glob("*.yml")))
RECALL_WANTED, RIGHT_CLASS_WANTED, FALSE_ALARMS_ALLOWED = 0.97, 0.9, 0.01
# Questions on online safety, and those that no article answers, may well be about somebody in danger.
MAY_BE_CRISES: tuple[list[str], ...] = ([], ["online-safety"], ["online-safety", "website-blocked"])


def crisis_texts(language: str) -> list[tuple[str, str]]:
    content = yaml.safe_load((DATA / "crisis" / f"{language}.yml").read_text(encoding="utf-8"))
    return [(name, text) for name, texts in content.items() for text in texts]


def everyday_texts(language: str) -> list[str]:
    lines = (DATA / "everyday" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line]


def test_every_language_of_the_wordings_has_its_test_sets() -> None:
    # The others have a set-aside part that the whole screen is measured on (tests/whole/test_understanding.py).
    assert set(LANGUAGES) <= set(screens()) <= {path.stem for path in (DATA / "crisis-held-out").glob("*.txt")}
    assert {path.stem for path in (DATA / "everyday").glob("*.txt")} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_in_danger_are_noticed(language: str) -> None:
    rows = crisis_texts(language)
    missed = [text for _, text in rows if screen(text) is None]
    assert len(rows) >= 150
    assert 1 - len(missed) / len(rows) >= RECALL_WANTED, missed


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_class_of_danger_is_told_from_the_others(language: str) -> None:
    rows = crisis_texts(language)
    assert {name for name, _ in rows} == set(ORDER)
    wrong = [(name, text, screen(text)) for name, text in rows if screen(text) != name]
    assert 1 - len(wrong) / len(rows) >= RIGHT_CLASS_WANTED, wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_everyday_messages_raise_no_alarm(language: str) -> None:
    texts = everyday_texts(language)
    alarms = [(text, why(text)) for text in texts if screen(text) is not None]
    assert len(texts) >= 300
    assert len(alarms) / len(texts) <= FALSE_ALARMS_ALLOWED, alarms


@pytest.mark.parametrize("path", sorted(QUESTIONS.rglob("*.jsonl")), ids=str)
def test_questions_to_the_help_desk_raise_no_alarm(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [row["text"] for row in rows if row["topics"] not in MAY_BE_CRISES]
    alarms = [(text, why(text)) for text in texts if screen(text) is not None]
    assert len(alarms) / len(texts) <= FALSE_ALARMS_ALLOWED, alarms


@pytest.mark.parametrize(
    "text",
    [
        *("I WANT TO DIE", "i want to dieeeeee", "i w a n t to d i e", "k1ll mys3lf", "su*cide", "su!cide", "K.M.S"),
        *("i wan't to die", "i want\nto die", "killl myself", "kil myself", "I waant to dieee"),
        *("QUIERO MORIRME", "kiero morirme", "quiero moriiiirme", "me quiero súicidar", "su1c1dio", "s u i c i d i o"),
    ],
)
def test_disguised_letters_hide_nothing(text: str) -> None:
    assert screen(text) == "self_harm"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The Chromebook will not charge and my daughter says she wants to die. Ticket CB204187?", "self_harm"),
        ("mi hija no puede entrar a clever. ademas me dijo que se quiere morir", "self_harm"),
        ("my hija says she quiere morir", "self_harm"),
        ("hola, my son trajo una pistola to school", "threat"),
    ],
)
def test_danger_is_noticed_in_the_middle_of_a_message_and_in_mixed_languages(text: str, name: str) -> None:
    assert screen(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "He is not suicidal, he just needs his password. But my daughter wants to kill herself.",
        "this laptop is killing me and honestly i want to kill myself",
        "me muero de risa, pero mi hijo se quiere matar",
    ],
)
def test_a_harmless_wording_does_not_cover_another(text: str) -> None:
    assert screen(text) == "self_harm"


def test_a_word_inside_another_is_not_that_word() -> None:
    for text in ("skills diet killjoy gunther bombay", "matarife", "assess the grapes"):
        assert screen(text) is None


HOSTILE = [
    *("a" * 100_000, "i want to " * 10_000, "my dad my " * 10_000, "kill " * 20_000, "a b " * 25_000),
    *("." * 100_000, "k i l l " * 12_500, "he wants me and my " * 5_300, "want to " * 12_500, "se me quiere " * 8_000),
    *("1" * 100_000, "d!e*" * 25_000, "my son is missing his " * 4_600, "'" * 100_000, "suicixd" * 15_000),
    "".join(f"{number:x}suicixe " for number in range(9_000)),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_a_hostile_text_of_100_kilobytes_takes_less_than_50_milliseconds(text: str) -> None:
    screen("warm")
    assert len(text) > 89_000
    assert seconds_of(lambda: screen(text)) < 0.05


def test_danger_at_the_end_of_a_very_long_text_is_noticed() -> None:
    assert screen("hello world " * 10_000 + "i want to kill myself") == "self_harm"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *(("con muốn tự tử", "self_harm"), ("con muon tu tu", "self_harm"), ("tự tử", "self_harm")),
        *(("từ từ", None), ("chờ từ từ rồi em làm", None)),
        # "đã" is no "đá", and stands where any word may stand.
        ("bố đã đánh con", "abuse"),
    ],
)
def test_vietnamese_words_are_told_apart_by_their_marks_where_they_have_some(text: str, kind: str | None) -> None:
    assert screen(text) == kind


def test_traditional_characters_tell_as_much_as_simplified_ones() -> None:
    assert screen("我兒子說他想自殺") == screen("我儿子说他想自杀") == "self_harm"


@pytest.mark.parametrize(
    ("plain", "typed"),
    [
        ("بدي انتحر", "بَدِّي أنتَحِر"),
        ("بدي انتحر", "بـــدي انتحـــر"),
        ("i want to kill myself", "i want to ki\u200bll my\u00adself"),
        ("tôi muốn tự tử", unicodedata.normalize("NFD", "tôi muốn tự tử")),
    ],
)
def test_what_is_not_seen_or_stands_over_a_letter_parts_no_word(plain: str, typed: str) -> None:
    assert screen(typed) == screen(plain) == "self_harm"


def test_digits_beside_ideographs_are_digits() -> None:
    assert tokens_of(prepare("女儿14岁")) == ["女", "儿", "14", "岁"]
    assert tokens_of(prepare("k1ll")) == ["kill"]


def test_arabic_letters_that_are_written_for_one_another_and_the_and_before_a_word_hide_nothing() -> None:
    assert screen("بدي انتحر") == "self_harm"
    assert screen("وانتحر") == screen("انتحر") == "self_harm"
