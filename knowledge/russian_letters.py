"""Russian in Latin letters, the many ways that people type it."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import TypeVar

T = TypeVar("T")

_WAYS = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e yo", "ж": "zh j", "з": "z", "и": "i",
    "й": "y j i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u",
    "ф": "f", "х": "h kh x", "ц": "c ts", "ч": "ch 4", "ш": "sh", "щ": "sch shch sh", "ъ": "", "ы": "y i", "ь": "",
    "э": "e", "ю": "yu u ju", "я": "ya ia ja",
}  # fmt: skip
# The share of Russian messages that teach, once more, in Latin letters.
_SHARE = 0.3


def in_latin_letters(text: str, chance: Random) -> str:
    """The text in small Latin letters; whoever writes it keeps to one way for each letter."""
    ways = {letter: chance.choice(latin.split() or [""]) for letter, latin in _WAYS.items()}
    return "".join(ways.get(letter, letter) for letter in text.lower())


def some_in_latin_letters(messages: Iterable[tuple[str, T]], chance: Random) -> list[tuple[str, T]]:
    """Some of the Russian (text, what it teaches) as lessons of how they look in Latin letters."""
    return [(in_latin_letters(text, chance), taught) for text, taught in messages if chance.random() < _SHARE]
