"""Which choice families mean: by a digit with or without signs around it, a word for it, or words of the choice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from actions.desk.folding import fold, seen
from actions.desk.words import read_words

FILE = Path(__file__).parent / "choices.yml"
_DIGITS = re.compile(r"\d{1,2}")
# A shorter word such as "the" stands in many a title.
SHORTEST_WORD, SHORTEST_HAN = 4, 2


def number_in(text: str) -> int | None:
    """The number that is all of the text beside signs and words such as "option"; None where it says more."""
    left = _bare(text)
    return int(left) if _DIGITS.fullmatch(left) else None


def number_word(text: str, spoken: str | None = None) -> int | None:
    """The number that a word alone is: in the language of the conversation, or in any where that has no such word."""
    left = _bare(text)
    tables = [_words().get(spoken or "", {}), *_words().values()]
    return next((table[left] for table in tables if left in table), None)


def place_of(text: str, titles: Sequence[str], spoken: str | None = None) -> int | None:
    """Which of the titles, from 0, a text picks: by place, by title or by words of it; None where it is unclear.

    Where no numbers stand before the choices, families write "the second one", "the last" or "the slow one".
    """
    number = number_in(text) or number_word(text, spoken)
    if number is None:
        ends = {"first": 1, "last": len(titles)}
        number = next((place for end, place in ends.items() if _bare(text) in _said(end)), None)
    if number is not None:
        return number - 1 if 0 < number <= len(titles) else None
    same = [place for place, title in enumerate(titles) if same_words(text, title)]
    fits = same or [place for place, title in enumerate(titles) if _is_part(_bare(text), title)]
    fits = fits or [place for place, title in enumerate(titles) if _digits(text) & _digits(title)]
    return fits[0] if len(fits) == 1 else None


def says_none(text: str) -> bool:
    """Whether the text says, in any language, that none of the choices is meant."""
    return _bare(text) in _said("none")


def says_same(text: str) -> bool:
    """Whether the text says, in any language, that it is the same as before."""
    return _bare(text) in _said("same")


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in signs, accents and capitals alone."""
    return _plain(one) == _plain(other) != ""


def without_number(text: str) -> tuple[int, str] | None:
    """The number that a text begins with and what stands behind it: "2. Not yet"."""
    found = re.fullmatch(r"\D{0,2}?(\d{1,2})\W+(.+)", seen(text).strip(), re.DOTALL)
    return (int(found[1]), found[2]) if found else None


def _is_part(said: str, title: str) -> bool:
    """Whether all words of `said` stand in the title, one that tells something among them."""
    whole = _plain(title)
    if said and _wide(said):
        return len(said) >= SHORTEST_HAN and said in whole
    words = said.split()
    return any(len(word) >= SHORTEST_WORD for word in words) and set(words) <= set(whole.split())


def _digits(text: str) -> set[str]:
    """The longer numbers of a text, which tell devices and tickets apart."""
    return set(re.findall(r"\d{3,}", seen(text)))


def _bare(text: str) -> str:
    """What is left of a text without signs, and without the words before and after a number."""
    left, before = _plain(text), ""
    while left != before:
        before, left = left, _barer(left)
    return left


def _barer(left: str) -> str:
    lead, after = _around()
    for word in lead:
        rest = left.removeprefix(word)
        if rest != left and (rest.startswith(" ") or _wide(word) or rest[:1].isdigit()):
            left = rest.strip()
            break
    for word in after:
        rest = left.removesuffix(word)
        if rest != left and (rest.endswith(" ") or _wide(word)):
            return rest.strip() or left
    return left


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(seen(text))))


def _wide(word: str) -> bool:
    return unicodedata.east_asian_width(word[-1]) == "W"


@cache
def _words() -> Mapping[str, Mapping[str, int]]:
    """For each language its words for numbers, folded."""
    return {
        language: {
            _plain(word): place for place, group in enumerate(content["numbers"], start=1) for word in group.split()
        }
        for language, content in read_words(FILE).items()
    }


@cache
def _said(what: str) -> frozenset[str]:
    """The words for the first, the last, none or the same, in any language, folded and without what stands around."""
    return frozenset(_bare(word) for content in read_words(FILE).values() for word in content.get(what) or ())


@cache
def _around() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words before and after a number in any language, folded, the longest first."""
    files = read_words(FILE).values()
    lead, after = ({_plain(word) for content in files for word in content[part]} for part in ("lead", "after"))
    return tuple(sorted(lead, key=len, reverse=True)), tuple(sorted(after, key=len, reverse=True))
