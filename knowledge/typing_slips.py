"""How a message looks when it is typed in a hurry: for lessons, so that slips do not lead astray."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

from knowledge.letters import plain_letters

# Where words are written without spaces and letters stand for syllables, a slip of a letter is another word.
_LETTERS_FROM, _LETTERS_TO = 3, 40


def as_typed(text: str, chance: random.Random) -> str:
    """The message with one or two slips: no accents, no capitals, all capitals, no marks, letters or a word amiss."""
    for _ in range(chance.choice((1, 1, 2))):
        text = chance.choice(_SLIPS)(text, chance) or text
    return text


def _without_accents(text: str, _: random.Random) -> str:
    split = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in split if not unicodedata.combining(letter))
    return plain_letters(unicodedata.normalize("NFC", bare))


def _small(text: str, _: random.Random) -> str:
    return text.lower()


def _capitals(text: str, _: random.Random) -> str:
    return text.upper()


def _without_marks(text: str, _: random.Random) -> str:
    return "".join(letter for letter in text if not unicodedata.category(letter).startswith("P"))


def _letters_amiss(text: str, chance: random.Random) -> str:
    """A letter left out, doubled or changed places in about one word of five."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if _LETTERS_FROM < len(word) < _LETTERS_TO and word.isalpha() and chance.random() < 0.2:
            at = chance.randrange(1, len(word) - 1)
            words[place] = chance.choice(
                (
                    word[:at] + word[at + 1 :],
                    word[:at] + word[at] + word[at:],
                    word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                )
            )
    return " ".join(words)


def _word_left_out(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    if len(words) < 6:
        return text
    del words[chance.randrange(len(words))]
    return " ".join(words)


_SLIPS: tuple[Callable[[str, random.Random], str], ...] = (
    _without_accents,
    _small,
    _capitals,
    _without_marks,
    _letters_amiss,
    _letters_amiss,
    _word_left_out,
)
