"""Cutting a text into text messages: on words, never inside a link, a number or a letter that is made of several."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from knowledge.readability import sms_size

# What one text to a family takes at most: two segments of GSM-7, three of the much shorter UCS-2.
MOST_SEGMENTS = {"GSM-7": 2, "UCS-2": 3}
# Twilio refuses a longer body.
MOST_CHARACTERS = 1600
# Signs that are typed for others and would make a whole text UCS-2; what they become means the same.
_PLAIN = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "‑": "-", "…": "...",
     "\u00a0": " ", "\u202f": " ", "\u200b": "", "\t": " ", "•": "-", "·": "-", "→": "->"}
)  # fmt: skip
# Two Haitian words, for the capital letter of which the whole text would be UCS-2; the small one is GSM-7.
_HAITIAN = re.compile(r"\bÈ(?=(?:d|ske)\b)")

_LINK = r"https?://\S+|www\.\S+|[^\s@]+@[^\s@]+"
# A telephone number, a date, a ticket number or a price, also when it has blanks in it: (515) 555-0142.
_NUMBER = r"\(?\+?\d[\d.,:/()-]*(?: ?\(?\d[\d.,:/()-]*){0,5}"
_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*[-_]?(?:\d[\w-]*)?"
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_PIECE = re.compile(rf"\s+|{_LINK}|{_NUMBER}|[{_WIDE}]|(?:(?![{_WIDE}]){_WORD})|\S", re.UNICODE)
_CLOSES = frozenset("。，、；：？！”’」』）》】…")
_JOINER = "\u200d"

Fits = Callable[[str], bool]


def plain_signs(text: str) -> str:
    """Typographic quotes, dashes and blanks as plain ones, where that alone makes the text GSM-7.

    Letters stay, but for the capital of two Haitian words: names are not touched.
    """
    plain = _HAITIAN.sub("è", text.translate(_PLAIN))
    return plain if sms_size(plain).alphabet == "GSM-7" else text


def fits(text: str) -> bool:
    """Whether a text goes out whole as one message to a family."""
    size = sms_size(text, toll_free=True)  # from whatever number it goes out
    return size.segments <= MOST_SEGMENTS[size.alphabet] and len(text) <= MOST_CHARACTERS


def fits_step(text: str) -> bool:
    """Whether something to be done, with its choices, goes out whole: half a step and no choice helps nobody.

    Cut, it would take as many segments, and a text that asks for the rest.
    """
    size = sms_size(text, toll_free=True)
    return size.segments <= MOST_SEGMENTS[size.alphabet] + 2


def fits_long(text: str) -> bool:
    """Whether Twilio takes it at all: for what must not be kept back, such as the numbers to call in a crisis."""
    return len(text) <= MOST_CHARACTERS and sms_size(text, toll_free=True).segments <= 10


def split(text: str, fitting: Fits = fits, *, first: Fits | None = None) -> list[str]:
    """The text in parts that fit, as long as they can be; `first` judges the first part, which may have less room.

    Nothing but blanks between parts is lost. Only a link or a number that is too long for any part exceeds it.
    """
    parts: list[str] = []
    part = ""
    for piece in _pieces(text.strip(), fitting):
        judge = first if first is not None and not parts else fitting
        if part and piece.strip() and not judge(part + piece):
            parts.append(part.strip())
            part = ""
        if part or piece.strip():
            part += piece
    if part.strip():
        parts.append(part.strip())
    return parts


def _pieces(text: str, fitting: Fits) -> Iterator[str]:
    """What must stay together, with a word's own signs; a word that no part can hold comes letter by letter."""
    for piece in _joined(text):
        whole = re.match(rf"\W*(?:{_LINK}|{_NUMBER})", piece) and len(piece) <= MOST_CHARACTERS
        if whole or fitting(piece.strip()):
            yield piece
        else:
            yield from _letters(piece)


def _joined(text: str) -> Iterator[str]:
    """Pieces with the signs that stand directly behind or before them: a comma goes with its word."""
    held = ""
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece.isspace():
            if held:
                yield held
            yield piece
            held = ""
        elif held and _may_part(held, piece):
            yield held
            held = piece
        else:
            held += piece
    if held:
        yield held


def _may_part(before: str, after: str) -> bool:
    """Only writing without blanks may be cut where no blank stands, and not before a sign that closes."""
    wide_before, wide_after = _is_wide(before[-1]), _is_wide(after[0])
    return (wide_before or wide_after) and after[0] not in _CLOSES and before[-1] not in "“‘「『（《【"


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in {"W", "F"} and not unicodedata.category(letter).startswith("So")


def _letters(word: str) -> Iterator[str]:
    """A word's letters, each with the marks and the joined signs that belong to it."""
    held = ""
    for letter in word:
        belongs = (
            unicodedata.category(letter).startswith("M") or letter == _JOINER or "\U0001f3fb" <= letter <= "\U0001f3ff"
        )
        if held and not belongs and not held.endswith(_JOINER):
            yield held
            held = letter
        else:
            held += letter
    if held:
        yield held
