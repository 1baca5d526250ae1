"""Spaces for writing that has none: Chinese cut into words that we know, so that words and numbers are found in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from actions.desk.folding import fold
from actions.desk.words import word_files

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+")
# A sign that ends what stands before it, and one that begins what follows, stay where they are.
_CLOSING = frozenset(",.;:!?)]}\"'，。；：！？）】」』”’、…")
_OPENING = frozenset("([{\"'（【「『“‘")


@dataclass(frozen=True)
class Spaced:
    """`text` with spaces; sign i of it is sign `places[i]` of the text as it was written."""

    text: str
    places: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of the spaced text stands in the written one."""
        if self.places is None or start >= end:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def spaced(text: str) -> Spaced:
    """The text with a space between Chinese words, and between them and everything else; others stay as they are."""
    if not _RUN.search(text):
        return Spaced(text)
    signs: list[str] = []
    places: list[int] = []

    def put(piece: str, at: int) -> None:
        signs.append(piece)
        places.extend(range(at, at + len(piece)))

    def part(at: int) -> None:
        signs.append(" ")
        places.append(at)

    last = 0
    for run in _RUN.finditer(text):
        put(text[last : run.start()], last)
        if last < run.start() and text[run.start() - 1] not in _OPENING and not text[run.start() - 1].isspace():
            part(run.start())
        at = run.start()
        for number, word in enumerate(_words_of(run[0])):
            if number:
                part(at)
            put(word, at)
            at += len(word)
        last = run.end()
        if last < len(text) and text[last] not in _CLOSING and not text[last].isspace():
            part(last)
    put(text[last:], last)
    return Spaced("".join(signs), tuple(places))


def _words_of(run: str) -> Iterator[str]:
    """The longest word that we know at each place; what we do not know goes sign by sign."""
    known, longest = _known()
    at = 0
    while at < len(run):
        size = next((size for size in range(min(longest, len(run) - at), 1, -1) if run[at : at + size] in known), 1)
        yield run[at : at + size]
        at += size


@cache
def _known() -> tuple[frozenset[str], int]:
    """Every Chinese word of the word files, and how long the longest is."""
    found = frozenset(word for file in word_files() for word in _texts(file) if _RUN.fullmatch(word))
    return found, max(map(len, found), default=1)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield fold(value)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
