"""The words of each language by which tags, grades, schools and passwords are told; one file for each language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from actions.desk.folding import fold

FOLDER = Path(__file__).parent


@cache
def word_files() -> tuple[Mapping[str, Any], ...]:
    """The files of all languages, read at the first need and kept."""
    # The base loader keeps every word a word: `no`, `on` and `yes` are not truth values here.
    return tuple(
        yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes strings alone
        for path in sorted(FOLDER.glob("*.yml"))
    )


@cache
def words(part: str, name: str) -> frozenset[str]:
    """The list `name` under `part`, folded, of all languages together."""
    return folded(word for file in word_files() for word in file[part].get(name) or ())


@cache
def meanings(part: str, name: str) -> Mapping[str, str]:
    """The table `name` under `part`, which gives the words for each meaning, as word -> meaning; folded."""
    return {
        fold(str(word)): str(meaning)
        for file in word_files()
        for meaning, group in (file[part].get(name) or {}).items()
        for word in group
    }


def folded(group: Iterable[object]) -> frozenset[str]:
    """The words, folded."""
    return frozenset(fold(str(word)) for word in group)
