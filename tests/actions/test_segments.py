"""Texts are cut on words into as many segments as are paid for, and never inside what must stay whole."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.desk.segments import MOST_CHARACTERS, MOST_SEGMENTS, fits, fits_long, plain_signs, split
from knowledge.readability import sms_size

LINK = "https://desk.cedarhollow.example/help/es/chromebook-wont-turn-on"
WHOLE = [LINK, "515-555-0142", "(515) 555-0142", "1-800-222-1222", "FD-100001", "CB204187", "7:30", "3/15/2027",
         "families@cedarhollow.example", "$1,250.00"]  # fmt: skip
WORDS = [
    "the",
    "Chromebook",
    "¿prende?",
    "días",
    "没有",
    "网络",
    "подключите",
    "سلك",
    "l'école",
    "k ap",
    "👨\u200d👩\u200d👧",
    "€",
    "[x]",
]
texts = st.lists(st.sampled_from([*WHOLE, *WORDS]), min_size=1, max_size=160).map(" ".join)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(texts)
def test_every_part_fits_and_nothing_is_lost(text: str) -> None:
    parts = split(text)
    assert squeezed("".join(parts)) == squeezed(text)
    for part in parts:
        size = sms_size(part, toll_free=True)
        assert size.segments <= MOST_SEGMENTS[size.alphabet]
        assert part == part.strip() != ""


@given(texts)
def test_links_numbers_and_joined_signs_stay_whole(text: str) -> None:
    parts = split(text)
    for whole in [*WHOLE, "👨\u200d👩\u200d👧", "Chromebook", "подключите"]:
        count = text.split(" ").count(whole) if whole != "(515) 555-0142" else text.count(whole)
        assert sum(part.count(whole) for part in parts) >= count, whole


@given(st.text(max_size=900))
def test_no_text_at_all_breaks_it(text: str) -> None:
    parts = split(text)
    assert squeezed("".join(parts)) == squeezed(text)
    for part in parts:
        part.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")
        assert len(part) <= MOST_CHARACTERS


@given(texts)
def test_as_few_parts_as_can_be(text: str) -> None:
    parts = split(text)
    if fits(text):
        assert parts == [text.strip()]
    for one, next_one in itertools.pairwise(parts):
        assert not fits(f"{one} {next_one}")


def test_writing_without_blanks_is_cut_between_signs_and_not_before_a_full_stop() -> None:
    text = "请把电脑插上电源，等三十分钟，再按住电源键。要帮忙请打515-555-0142。" * 12
    parts = split(text)
    assert "".join(parts) == text
    assert len(parts) > 1
    assert all(part[0] not in "，。" for part in parts)


def test_a_word_without_end_is_cut_and_a_link_is_not() -> None:
    assert [len(part) for part in split("a" * 700)] == [304, 304, 92]  # toll-free numbers hold the least
    link = "https://desk.example/" + "a" * 500
    assert split(f"See {link} now") == ["See", link, "now"]


def test_signs_that_are_joined_to_one_stay_whole_where_no_part_holds_all_of_them() -> None:
    family = "👩‍👩‍👧‍👦"
    parts = split("x" + family * 60)  # the x, or parts would end where families do by chance
    assert len(parts) > 1
    assert "".join(part.replace(family, "") for part in parts) == "x"


def test_the_first_part_may_have_less_room() -> None:
    parts = split("word " * 100, first=lambda part: len(part) <= 50)
    assert len(parts[0]) <= 50
    assert len(parts[1]) > 250


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Hi” – it’s…", '"Hi" - it\'s...'),
        ("«sí» – día", "«sí» – día"),
        ("a\u00a0b", "a b"),
        ("你好…", "你好…"),
        ("Sèvis Èd la. Èske", "Sèvis èd la. èske"),
        ("Èd “día”", "Èd “día”"),
        ("Èvelin", "Èvelin"),
    ],
)
def test_signs_are_made_plain_only_where_that_makes_the_text_shorter(text: str, plain: str) -> None:
    assert plain_signs(text) == plain


def test_what_must_not_wait_may_be_longer_but_not_longer_than_twilio_takes() -> None:
    assert fits_long("a" * 1500)
    assert not fits_long("a" * 1601)
    assert not fits_long("á" * 700)
