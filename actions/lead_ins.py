"""How families lead in to a child's name ("my son's name is ...") and to what is wrong, in each language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from actions.desk.folding import fold

FILE = Path(__file__).with_suffix(".yml")
_HAN = "\u4e00-\u9fff"
_ENDS_IN_HAN = re.compile(rf"[{_HAN}]\Z")
# Arabic writes "and" with the word behind it: "and her name is" is one word.
_BEGIN = r"(?<![^\W_])(?:و(?=\w))?"
_LETTER = r"[^\W\d_]"
_LATIN_NAME = rf"{_LETTER}[\w'’.·-]*(?:[ ]+{_LETTER}[\w'’.·-]*){{0,4}}"
NAME = re.compile(_LATIN_NAME)
# Without spaces, a name ends after some signs; "call a person" and "what is it called" lead in to no name.
_HAN_NAME = re.compile(
    rf"(?![个個一人我你您他她它不什哪这那真老醒])[{_HAN}·]{{2,6}}|[A-Za-z][\w'.-]*(?: [A-Za-z][\w'.-]*){{0,3}}"
)
_REST = re.compile(r"(.{3,})", re.DOTALL)


def led_name(text: str, *, asked: bool) -> str | None:
    """The name that the text leads in to; `asked`: a name was asked for, so that one in small letters counts."""
    for at, is_han in _ends(text, "name"):
        if (name := _name_at(text, at, is_han=is_han)) is not None:
            return name
    for at, is_han in _ends(text, "name_if_capital"):
        name = _name_at(text, at, is_han=is_han)
        # Arabic and Chinese have no capitals, and no such lead-ins.
        if name is not None and (asked or all(word[:1].isupper() for word in name.split()[:2])):
            return name
    return None


def led_problem(text: str) -> str | None:
    """What is wrong, where the text leads in to it."""
    for at, _ in _ends(text, "problem"):
        if (rest := _REST.match(text, at)) is not None:
            return rest[1].strip(" .。")
    return None


def ends_name(word: str) -> bool:
    """Whether this word, behind a name in running text, is no part of it: "Diego and he goes to Lincoln"."""
    return word.casefold() in _name_ends()


def corrects(between: str) -> bool:
    """Whether these words, between two values, take back the first: "no wait", "perdón, es"."""
    return _corrections().match(fold(between)) is not None


def speaks_of_another_child(text: str) -> bool:
    """Whether the text is about a second child of the family."""
    return _another("another_child").search(fold(text)) is not None


def speaks_of_another_device(text: str) -> bool:
    """Whether the text, right after the ticket for one device, is about the next."""
    return _another("another_device").search(fold(text)) is not None or speaks_of_another_child(text)


def _name_at(text: str, at: int, *, is_han: bool) -> str | None:
    found = (_HAN_NAME if is_han else NAME).match(text, at)
    if found is None:
        return None
    return found[0].strip()


def _ends(text: str, what: str) -> Iterator[tuple[int, bool]]:
    """Where each lead-in ends, and whether it is a Chinese one."""
    for found in _pattern(what).finditer(fold(text)):
        yield found.end(), _ENDS_IN_HAN.search(found["lead"].rstrip(" :")) is not None


@cache
def _languages() -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


@cache
def _name_ends() -> frozenset[str]:
    # Marks stay: without them, Vietnamese "thì" (then) would be the name Thị.
    return frozenset(str(word).casefold() for one in _languages().values() for word in one.get("name_ends") or ())


@cache
def _another(what: str) -> re.Pattern[str]:
    phrases = {phrase for one in _languages().values() for phrase in _phrases(one, what)}
    return re.compile(_begun_once({phrase: _whole(phrase) for phrase in sorted(phrases)}))


@cache
def _corrections() -> re.Pattern[str]:
    """At once behind the first value: "CB204187 has no sound, and CB204178" speaks of two."""
    words = sorted({fold(str(word)) for one in _languages().values() for word in one.get("corrects") or ()})
    return re.compile(rf"\W*(?:{'|'.join(map(_whole, words))})")


def _whole(word: str) -> str:
    return re.escape(word) + ("" if re.match(f"[{_HAN}]", word) else r"\b")


@cache
def _pattern(what: str) -> re.Pattern[str]:
    """All lead-ins of all languages, the longest first, with what stands between them and what they lead in to."""
    phrases = {phrase for one in _languages().values() for phrase in _phrases(one, what)}
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile(f"(?P<lead>{_begun_once({phrase: _lead(phrase) for phrase in ordered})})")


def _begun_once(patterns: dict[str, str]) -> str:
    """A pattern for any of the phrases; where a word begins is looked for once, not by each of hundreds."""
    han = [pattern for phrase, pattern in patterns.items() if re.search(f"[{_HAN}]", phrase)]
    spaced = [pattern for phrase, pattern in patterns.items() if not re.search(f"[{_HAN}]", phrase)]
    return "|".join([*han, *([f"{_BEGIN}(?:{'|'.join(spaced)})"] if spaced else ())])


def _phrases(language: dict[str, Any], what: str) -> Iterator[str]:
    for phrase in language.get(what) or ():
        for child in language["child"] if "{child}" in phrase else ("",):
            yield fold(str(phrase).replace("{child}", child))


def _lead(phrase: str) -> str:
    needs_colon = phrase.endswith(":")
    words = r"\s+".join(re.escape(word) for word in phrase.rstrip(":").split())
    if re.search(f"[{_HAN}]", phrase):
        return words + (r"\s*[:-]\s*" if needs_colon else r"[\s:,]*")
    return words + (r"\s*[:-]\s*" if needs_colon else r"(?:\s*[:,-]\s+|\s*:|\s+)")
