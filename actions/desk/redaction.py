"""Taking out what nobody here should read: passwords, social security and card numbers, birth dates."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from actions.desk.folding import fold
from actions.desk.secret_numbers import birth_dates, card_numbers, social_security_numbers
from actions.desk.secret_words import passwords
from actions.desk.spacing import spaced

Span = tuple[int, int]
Finder = Callable[[str, str], Iterator[Span]]

# In this order: what the earlier ones take, the later ones cannot.
FINDERS: tuple[tuple[str, Finder], ...] = (
    ("social_security_number", social_security_numbers),
    ("card_number", card_numbers),
    ("birth_date", birth_dates),
    ("password", passwords),
)
MARKS = {
    "password": "[password removed]",
    "social_security_number": "[social security number removed]",
    "card_number": "[card number removed]",
    "birth_date": "[birth date removed]",
}


# No message is longer. What comes after is cut off: it could not be searched while somebody waits.
LONGEST = 50_000
REST = "[rest removed]"


@dataclass(frozen=True)
class Masked:
    """The text without its secrets, and the kinds of secrets that were in it, in the order of the text."""

    text: str
    kinds: tuple[str, ...]


def mask(text: str) -> Masked:
    """`text` (composed, NFC) with a mark in the place of each secret; the same text when there is none."""
    text = unicodedata.normalize("NFC", text)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} {REST}"
    read = spaced(text)
    folded = fold(read.text)
    taken: list[tuple[int, int, str]] = []
    for kind, finder in FINDERS:
        taken = _merged(taken, [(*read.span(start, end), kind) for start, end in finder(read.text, folded)])
    pieces, at = [], 0
    for start, end, kind in taken:
        pieces += [text[at:start], MARKS[kind]]
        at = end
    kinds = dict.fromkeys(kind for _, _, kind in taken)
    return Masked("".join([*pieces, text[at:]]), tuple(kinds))


def _merged(taken: list[tuple[int, int, str]], new: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Both lists in order; where two overlap, the one in `taken` stays and grows over the other."""
    marked = [(start, end, kind, rank) for rank, spans in enumerate((taken, new)) for start, end, kind in spans]
    merged: list[tuple[int, int, str, int]] = []
    for start, end, kind, rank in sorted(marked):
        if merged and start < merged[-1][1]:
            first, last, kept, kept_rank = merged[-1]
            merged[-1] = (first, max(last, end), kept if kept_rank <= rank else kind, min(kept_rank, rank))
        else:
            merged.append((start, end, kind, rank))
    return [(start, end, kind) for start, end, kind, _ in merged]
