"""Reading grade and text-message size are counted as families and phone companies count them."""

from __future__ import annotations

import pytest

from knowledge.readability import reading_grade, sms_size, syllables


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("[5€]", "GSM-7", 7, 1),
        ("¿Prende el niño?", "GSM-7", 16, 1),
        ("sí", "UCS-2", 2, 1),
        ("í" * 71, "UCS-2", 71, 2),
        ("👍", "UCS-2", 2, 1),
        ("👍" * 67, "UCS-2", 134, 3),  # 33 whole ones and an empty place in each segment
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
    ],
)
def test_a_text_is_counted_as_sms(text: str, alphabet: str, units: int, segments: int) -> None:
    size = sms_size(text)

    assert (size.alphabet, size.units, size.segments) == (alphabet, units, segments)


@pytest.mark.parametrize(("letter", "most"), [("a", 152), ("í", 66)])
def test_segments_of_toll_free_numbers_hold_less(letter: str, most: int) -> None:
    assert sms_size(letter * (most + 1) * 2).segments == 2
    assert sms_size(letter * (most + 1) * 2, toll_free=True).segments == 3
    assert sms_size(letter * most * 2, toll_free=True).segments == 2


@pytest.mark.parametrize(
    ("word", "count"),
    [("bus", 1), ("late", 1), ("table", 2), ("student", 2), ("charged", 1), ("started", 2), ("family", 3), ("keys", 1)],
)
def test_syllables_are_counted(word: str, count: int) -> None:
    assert syllables(word) == count


def test_plain_words_read_easier_than_office_words() -> None:
    plain = reading_grade("Plug it in. Wait ten minutes. Then hold the power key.")
    office = reading_grade("Authentication necessitates prior administrative authorization by the responsible party.")

    assert plain < 3
    assert office > 12


def test_addresses_do_not_make_a_text_hard() -> None:
    assert reading_grade("Go to https://password.cedarhollow.example/administration now.") < 3


def test_a_text_without_words_has_no_grade() -> None:
    assert reading_grade("123 !?") == 0.0
