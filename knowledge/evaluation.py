"""Measuring: how often the right article comes first, and how often something is answered that nothing answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_SHOWN = 3
# The heading of messages that belong to no class.
NONE = "none"


@dataclass(frozen=True)
class Row:
    """A message with the truth about it; no topics means that no article may be answered.

    `words` is the language of its words where that is not the family's: many a family writes only the English name of a
    thing. NONE stands for no language at all.
    """

    text: str
    language: str | None
    topics: tuple[str, ...]
    words: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a message got: the language it was taken for, and the articles that were suggested, first one first."""

    language: str | None
    suggestions: tuple[str, ...]


@dataclass(frozen=True)
class _Measured:
    row: Row
    outcome: Outcome
    milliseconds: float

    @property
    def place(self) -> int | None:
        """Where among the suggestions the first right one stands, from 0."""
        return next((n for n, name in enumerate(self.outcome.suggestions) if name in self.row.topics), None)


def read_rows(path: Path) -> list[Row]:
    """Rows of a JSON Lines file; raises ValueError that names the first line that is not one."""
    return list(_rows(path))


def _rows(path: Path) -> Iterator[Row]:
    # Not splitlines(): a message may hold a character that Unicode counts as a line end.
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            text, language, topics, words = found["text"], found.get("lang"), found["topics"], found.get("words")
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ValueError(f"{path}:{number}: this is not a row; {_CURE}") from None
        texts_in_list = isinstance(topics, list) and all(isinstance(topic, str) for topic in topics)
        names = isinstance(language, str | None) and isinstance(words, str | None)
        if not (isinstance(text, str) and names and texts_in_list):
            raise ValueError(f"{path}:{number}: a value is of the wrong kind; {_CURE}")
        yield Row(text, language, tuple(topics), words)


def read_headed(path: Path) -> Iterator[tuple[str, str]]:
    """(text, class) from lines under `# class` headings; those before the first are under NONE."""
    kind = NONE
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            kind = line[2:].strip()
        elif line.strip():
            yield line.strip(), kind


_CURE = 'write {"text": "...", "lang": "en", "topics": ["article-id"]}'


def evaluate(
    rows: Sequence[Row], answer: Callable[[str], Outcome], misses: Callable[[dict[str, Any]], None] | None = None
) -> dict[str, Any]:
    """Ask every row and count; `misses` is given each row that went wrong.

    Gives `{"overall": R, "by_language": {"en": R, ...}}`; a figure over no rows is None. A row without a language
    counts in `overall` only, and there not towards the languages. Where rows say which language their `words` are in,
    `language_by_words` counts that language as right too, and leaves out those that are in none.
    """
    measured = []
    for row in rows:
        started = time.perf_counter()
        outcome = answer(row.text)
        one = _Measured(row, outcome, (time.perf_counter() - started) * 1000.0)
        measured.append(one)
        if misses is not None and (wrong := _wrong(one)):
            misses(_miss(one, wrong))
    languages = sorted({row.language for row in rows if row.language})
    by_words = any(row.words for row in rows)

    def figures(some: Sequence[_Measured]) -> dict[str, Any]:
        return {**_figures(some), **({"language_by_words": _by_words(some)} if by_words else {})}

    return {
        "overall": figures(measured),
        "by_language": {
            language: figures([one for one in measured if one.row.language == language]) for language in languages
        },
    }


def _by_words(measured: Sequence[_Measured]) -> float | None:
    """Who reads only the words cannot tell more than they do."""
    telling = [one for one in measured if one.row.language and one.row.words != NONE]
    return _mean([one.outcome.language in {one.row.language, one.row.words} for one in telling])


def _wrong(one: _Measured) -> list[str]:
    wrong = []
    if one.row.topics and one.place is None:
        wrong.append("missed" if one.outcome.suggestions else "not answered")
    elif one.row.topics and one.place:
        wrong.append("not first")
    if not one.row.topics and one.outcome.suggestions:
        wrong.append("false answer")
    if one.row.language and one.outcome.language != one.row.language:
        wrong.append("language")
    return wrong


def _miss(one: _Measured, wrong: list[str]) -> dict[str, Any]:
    return {
        "text": one.row.text,
        "lang": one.row.language,
        "topics": list(one.row.topics),
        "wrong": wrong,
        "got_lang": one.outcome.language,
        "suggestions": list(one.outcome.suggestions),
    }


def _figures(measured: Sequence[_Measured]) -> dict[str, Any]:
    wanted = [one for one in measured if one.row.topics]
    unwanted = [one for one in measured if not one.row.topics]
    places = [one.place for one in wanted]
    spoken = [one for one in measured if one.row.language]
    times = [one.milliseconds for one in measured]
    return {
        "n": len(measured),
        "hit_at_1": _mean([place == 0 for place in places]),
        "hit_at_3": _mean([place is not None and place < _SHOWN for place in places]),
        "mrr": _mean([0.0 if place is None else 1.0 / (place + 1) for place in places]),
        "language_accuracy": _mean([one.outcome.language == one.row.language for one in spoken]),
        "answered": _mean([bool(one.outcome.suggestions) for one in wanted]),
        "false_answer_rate": _mean([bool(one.outcome.suggestions) for one in unwanted]),
        "p50_ms": round(float(np.percentile(times, 50)), 2) if times else None,
        "p95_ms": round(float(np.percentile(times, 95)), 2) if times else None,
    }


def _mean(values: Sequence[float | bool]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


_COLUMNS = (
    ("n", "messages"),
    ("hit_at_1", "first"),
    ("hit_at_3", "in three"),
    ("mrr", "MRR"),
    ("answered", "answered"),
    ("false_answer_rate", "false answers"),
    ("language_accuracy", "language"),
    ("language_by_words", "by words"),
    ("p50_ms", "p50 ms"),
    ("p95_ms", "p95 ms"),
)


def table(figures: dict[str, Any]) -> str:
    """The figures of `evaluate` as a table for people."""
    columns = [(key, title) for key, title in _COLUMNS if key in figures["overall"]]
    lines = [["", *(title for _, title in columns)]]
    for name, one in [("all", figures["overall"]), *figures["by_language"].items()]:
        lines.append([name, *(_cell(one[key]) for key, _ in columns)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns) + 1)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}" if value <= 1.0 else f"{value:.1f}"
