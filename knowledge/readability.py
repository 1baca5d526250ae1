"""How hard a text is to read (school grade) and how many text messages it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_NOT_PROSE = re.compile(r"https?://\S+|\S+@\S+|[\w.-]+\.example\S*")
_VOWELS = re.compile(r"[aeiouy]+")

# GSM 03.38: one unit each, and two units each. Note that á, í, ó and ú are in neither.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True)
class TextMessage:
    """What a text takes as SMS: its alphabet, its units and the number of segments that are paid for."""

    alphabet: str
    units: int
    segments: int


def sms_size(text: str, *, toll_free: bool = False) -> TextMessage:
    """Count a text as SMS: 160 GSM-7 or 70 UCS-2 units in one segment, 153 or 67 in each of several.

    A toll-free number's segments say at greater length that they belong together: 152 or 66.
    What counts as two units (`€`, an emoji) never stands half in one segment and half in the next.
    """
    if all(character in _GSM or character in _GSM_TWO for character in text):
        alphabet, one, several = "GSM-7", 160, 153
        units = [1 + (character in _GSM_TWO) for character in text]
    else:
        alphabet, one, several = "UCS-2", 70, 67
        units = [1 + (character > "\uffff") for character in text]
    several -= toll_free
    if sum(units) <= one:
        return TextMessage(alphabet, sum(units), 1)
    segments, room = 1, several
    for taken in units:
        if taken > room:
            segments, room = segments + 1, several
        room -= taken
    return TextMessage(alphabet, sum(units), segments)


def syllables(word: str) -> int:
    """Syllables of an English word, by its groups of vowels."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    count = len(_VOWELS.findall(word))
    silent_e = word.endswith("e") and not word.endswith(("le", "ee", "ye")) and count > 1
    silent_ed = word.endswith("ed") and len(word) > 3 and word[-3] not in "td" and count > 1
    silent_es = word.endswith("es") and len(word) > 3 and word[-3] not in "sxzcgh" and count > 1
    return max(1, count - (silent_e or silent_ed or silent_es))


def reading_grade(text: str) -> float:
    """Flesch-Kincaid school grade of an English text; 0.0 for a text without words."""
    prose = _NOT_PROSE.sub("", text)
    sentences = [part for part in re.split(r"[.!?:;]+(?:\s|$)|\n+", prose) if _WORD.search(part)]
    words = _WORD.findall(prose)
    if not words:
        return 0.0
    per_sentence = len(words) / len(sentences)
    per_word = sum(map(syllables, words)) / len(words)
    return max(0.0, 0.39 * per_sentence + 11.8 * per_word - 15.59)
