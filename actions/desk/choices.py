"""The number of a choice as families text it: a digit with or without signs around it, or a word for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from actions.desk.folding import fold
from actions.desk.words import read_words

FILE = Path(__file__).parent / "choices.yml"
_DIGITS = re.compile(r"\d{1,2}")
# Blanks that show nothing, and what makes a digit a key or a picture of one.
_UNSEEN = re.compile("[\u200b-\u200f\u2060-\u2069\ufe0e\ufe0f\u20e3]")


def number_in(text: str) -> int | None:
    """The number that is all of the text beside signs and words such as "option"; None where it says more."""
    left = _bare(text)
    return int(left) if _DIGITS.fullmatch(left) else None


def number_word(text: str, spoken: str | None = None) -> int | None:
    """The number that a word alone is: in the language of the conversation, or in any where that has no such word."""
    left = _bare(text)
    tables = [_words().get(spoken or "", {}), *_words().values()]
    return next((table[left] for table in tables if left in table), None)


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in signs, accents and capitals alone."""
    return _plain(one) == _plain(other) != ""


def without_number(text: str) -> tuple[int, str] | None:
    """The number that a text begins with and what stands behind it: "2. Not yet"."""
    found = re.fullmatch(r"\D{0,2}?(\d{1,2})\W+(.+)", _plain_digits(text).strip(), re.DOTALL)
    return (int(found[1]), found[2]) if found else None


def _bare(text: str) -> str:
    """What is left of a text without signs, and without the words before and after a number."""
    left = _plain(text)
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
    return " ".join(re.findall(r"\w+", fold(_plain_digits(text))))


def _plain_digits(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFC", text))


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
def _around() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words before and after a number in any language, folded, the longest first."""
    files = read_words(FILE).values()
    lead, after = ({_plain(word) for content in files for word in content[part]} for part in ("lead", "after"))
    return tuple(sorted(lead, key=len, reverse=True)), tuple(sorted(after, key=len, reverse=True))
