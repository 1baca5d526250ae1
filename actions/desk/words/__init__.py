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
    return tuple(word_file(path.stem) for path in sorted(FOLDER.glob("*.yml")))


@cache
def word_file(language: str) -> Mapping[str, Any]:
    """The file of one language, empty where there is none."""
    path = FOLDER / f"{language}.yml"
    return read_words(path) if path.exists() else {}


def read_words(path: Path) -> dict[str, Any]:
    """A file of words, every one of them text: `no`, `on` and `yes` are no truth values here."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - texts alone
    return content


@cache
def words(part: str, name: str) -> frozenset[str]:
    """The list `name` under `part`, folded, of all languages together."""
    return folded(word for file in word_files() for word in file[part].get(name) or ())


@cache
def words_of(languages: frozenset[str], part: str, name: str) -> frozenset[str]:
    """The list `name` under `part`, folded, of these languages alone: a short word means something else elsewhere."""
    return folded(word for language in languages for word in word_file(language).get(part, {}).get(name) or ())


@cache
def languages_of(part: str, name: str, word: str) -> frozenset[str]:
    """The languages whose list `name` under `part` has the folded word."""
    languages = (path.stem for path in FOLDER.glob("*.yml"))
    return frozenset(language for language in languages if word in words_of(frozenset({language}), part, name))


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
