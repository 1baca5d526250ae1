"""The number of a choice is read however families write it, and nothing else is taken for one."""

from __future__ import annotations

import itertools

import pytest

from actions.desk.choices import (
    FILE,
    number_in,
    number_word,
    place_of,
    same_words,
    says_none,
    says_same,
    without_number,
)
from actions.desk.words import read_words

WORDS = {language: content["numbers"] for language, content in read_words(FILE).items()}


@pytest.mark.parametrize(
    "text",
    ["1", " 1. ", "(1)", "1)", "#1", "1!", '"1"', "١", "۱", "１", "1️⃣", "①", "option 1", "Option 1.", "No. 1",
     "opción 1", "la 1", "número 1", "选1", "1号", "số 1", "الخيار ١", "رقم 1", "opsyon 1", "opção 1", "вариант 1",
     "номер 1", "1 please", "1 por favor", "1 пожалуйста"],
)  # fmt: skip
def test_a_number_with_anything_around_it_that_says_no_more(text: str) -> None:
    assert number_in(text) == 1


@pytest.mark.parametrize(
    "text", ["", "?", "one", "123", "204187", "1/2", "1-2", "1.5", "2 3", "2 of them", "bus 12", "grade 3", "the", "no"]
)
def test_what_says_more_or_less_is_no_number(text: str) -> None:
    assert number_in(text) is None


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [("one", "en", 1), ("The second one", "en", 2), ("uno", "es", 1), ("opción dos", "es", 2), ("um", "pt", 1),
     ("один", "ru", 1), ("Вторая.", "ru", 2), ("một", "vi", 1), ("số ba", "vi", 3), ("yon", "ht", 1), ("de", "ht", 2),
     ("一", "zh", 1), ("第二个", "zh", 2), ("选三", "zh", 3), ("واحد", "ar", 1), ("الثاني", "ar", 2),
     ("dos", "en", 2), ("two", "es", 2), ("三", None, 3)],
)  # fmt: skip
def test_a_word_for_a_number_in_the_familys_language_or_another(text: str, language: str | None, number: int) -> None:
    assert number_word(text, language) == number


@pytest.mark.parametrize("text", ["no", "one of the keys is missing", "ok", "ba con tôi", "1"])
def test_other_words_are_no_numbers(text: str) -> None:
    assert number_word(text, "en") is None


def test_each_language_has_the_same_numbers() -> None:
    assert set(WORDS) == {"en", "es", "zh", "vi", "ar", "ht", "pt", "ru"}
    assert {len(numbers) for numbers in WORDS.values()} == {10}
    for language, numbers in WORDS.items():
        for place, group in enumerate(numbers, start=1):
            assert [number_word(word, language) for word in group.split()] == [place] * len(group.split()), language


def test_no_word_is_a_different_number_in_another_language() -> None:
    every = [
        (word, place) for numbers in WORDS.values() for place, group in enumerate(numbers) for word in group.split()
    ]
    for (one, here), (other, there) in itertools.combinations(every, 2):
        assert one != other or here == there, one


def test_a_number_before_words_and_the_same_words() -> None:
    assert without_number("2. Not yet") == (2, "Not yet")
    assert without_number("Not yet") is None
    assert same_words("todavia no, siguiente paso!", "Todavía no, siguiente paso")
    assert not same_words("", "?")


TITLES = ("Your Chromebook will not turn on", "A device is repaired · …623", "Your Chromebook is slow, or 网页打不开")


@pytest.mark.parametrize(
    ("text", "language", "place"),
    [("the second one please", "en", 1), ("last one", "en", 2), ("la segunda opción por favor", "es", 1),
     ("la de abajo", "es", 2), ("o de cima", "pt", 0),
     ("нижнее", "ru", 2), ("我要第二个", "zh", 1), ("最后一个", "zh", 2), ("cái thứ hai", "vi", 1),
     ("cái đầu tiên", "vi", 0), ("cái cuối cùng", "vi", 2), ("الثاني", "ar", 1), ("٢", "ar", 1), ("الأخير", "ar", 2),
     ("dezyèm lan", "ht", 1), ("dènye a", "ht", 2), ("a última", "pt", 2), ("давайте второй вариант", "ru", 1),
     ("последнее", "ru", 2), ("the slow one", "en", 2), ("打不开", "zh", 2),
     ("your chromebook will not turn on!", "en", 0),
     ("the one with 623", "en", 1)],
)  # fmt: skip
def test_a_choice_without_a_number_before_it_is_picked_by_place_and_by_words(
    text: str, language: str, place: int
) -> None:
    assert place_of(text, TITLES, language) == place


@pytest.mark.parametrize(
    "text",
    ["", "no", "ok", "4", "the chromebook", "una pregunta", "not the first one", "I need it repaired today", "is"],
)
def test_words_of_several_choices_and_other_words_pick_none(text: str) -> None:
    assert place_of(text, TITLES, "en") is None


@pytest.mark.parametrize(
    "text", ["None of these.", "Ninguna de estas", "都不是", "không cái nào", "لا شيء من هذه", "okenn nan yo",
             "nenhuma dessas", "ни то, ни другое"]
)  # fmt: skip
def test_none_of_the_choices_in_every_language(text: str) -> None:
    assert says_none(text)
    assert not says_none(f"{text} 2")


@pytest.mark.parametrize(
    "text", ["the same school", "la misma", "同一所学校", "cùng trường", "نفس المدرسة", "menm lekòl la",
             "a mesma escola", "та же школа"]
)  # fmt: skip
def test_the_same_as_before_in_every_language(text: str) -> None:
    assert says_same(text)
    assert not says_same("another school")
