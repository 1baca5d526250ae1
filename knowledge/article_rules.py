"""The rules that an article file must keep, each problem with its line and its cure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from knowledge.front_matter import Entry
from knowledge.markdown import Body
from knowledge.readability import reading_grade, sms_size

CATEGORIES = ("accounts", "learning", "chromebook", "devices", "internet", "community", "safety", "help")
DEVICES = ("chromebook", "ipad", "hotspot", "none")
TICKETS = ("device-repair", "account-help", "internet-help", "general", "none")
# What the numbered steps do: they mend something, or they guide through something.
STEPS = ("mend", "guide")
# Behind an article that mends nothing stands no technician.
GUIDING_TICKETS = frozenset({"general", "none"})
TRANSLATIONS = ("machine", "reviewed")
SOURCE_KEYS = (
    *("title", "summary", "category", "questions", "device", "ticket"),
    *("department", "related", "owner", "reviewed", "review_by"),
)
# Left out, it follows from `ticket`.
OPTIONAL_KEYS = ("steps",)
TRANSLATION_KEYS = ("title", "summary", "questions", "source_hash", "translation", "reviewed_by")
SOURCE_LANGUAGE = "en"

LONGEST_TITLE = 70
LONGEST_STEP = 240
FEWEST_QUESTIONS = 5
HARDEST_GRADE = 6.0

Severity = Literal["error", "note"]
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file. An `error` must be mended; a `note` is worth knowing."""

    path: str
    line: int
    what: str
    cure: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}; {self.cure}"


def is_kebab(name: str) -> bool:
    """Whether a name is words in small letters and digits with single hyphens between them."""
    return _KEBAB.fullmatch(name) is not None


class Checker:
    """Gathers the problems of one file."""

    def __init__(self, path: str, entries: Mapping[str, Entry], departments: Collection[str] | None) -> None:
        self.path = path
        self.entries = entries
        self.departments = departments
        self.problems: list[Problem] = []

    @property
    def broken(self) -> bool:
        """Whether the article must be left out."""
        return any(problem.severity == "error" for problem in self.problems)

    def error(self, line: int, what: str, cure: str) -> None:
        self.problems.append(Problem(self.path, line, what, cure))

    def note(self, line: int, what: str, cure: str) -> None:
        self.problems.append(Problem(self.path, line, what, cure, "note"))

    def keys(self, wanted: Sequence[str], *, source: bool) -> None:
        """Every wanted key, and of all others at most the optional ones."""
        for key in wanted:
            if key not in self.entries:
                self.error(1, f"the key {key} is missing", f"add `{key}:` to the front matter")
        for key, entry in self.entries.items():
            if key not in wanted and not (source and key in OPTIONAL_KEYS):
                inherited = not source and key in (*SOURCE_KEYS, *OPTIONAL_KEYS)
                cure = "remove it; a translation takes it from the English article" if inherited else "remove it"
                self.error(entry.line, f"the key {key} does not belong here", cure)

    def text(self, key: str, *, may_be_empty: bool = False) -> str:
        """The text of a key; an error where it is not text or is empty."""
        entry = self.entries.get(key)
        if entry is None:
            return ""
        if not isinstance(entry.value, str) or not (entry.value.strip() or may_be_empty):
            self.error(entry.line, f"{key} is {_shown(entry.value)}", "write text, between double quotes if in doubt")
            return ""
        return unicodedata.normalize("NFC", " ".join(entry.value.split()))

    def choice(self, key: str, allowed: Collection[str]) -> str:
        """One of the allowed words."""
        value = self.text(key)
        if value and value not in allowed:
            line = self.entries[key].line
            self.error(line, f"{key} is '{value}'", f"use one of {', '.join(sorted(allowed))}")
        return value

    def day(self, key: str) -> date | None:
        """A date."""
        entry = self.entries.get(key)
        if entry is None:
            return None
        # A YAML timestamp is a datetime, which is a date too but not one that a person meant to write here.
        if type(entry.value) is not date:
            self.error(entry.line, f"{key} is {_shown(entry.value)}", "write a date such as 2026-08-17")
            return None
        return entry.value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, without repetition."""
        entry = self.entries.get(key)
        if entry is None:
            return ()
        if not isinstance(entry.value, list):
            self.error(entry.line, f"{key} is not a list", "write one `  - ` line for each")
            return ()
        found: list[str] = []
        for value, line in zip(entry.value, entry.item_lines, strict=True):
            if not isinstance(value, str) or not value.strip():
                self.error(line, f"{_shown(value)} in {key} is not text", "put it between double quotes")
                continue
            text = unicodedata.normalize("NFC", " ".join(value.split()))
            if text.casefold() in (earlier.casefold() for earlier in found):
                self.error(line, f"'{text}' is in {key} twice", "keep one of the two")
            found.append(text)
        return tuple(found)


def _shown(value: Any) -> str:
    return "empty" if value is None or value == "" else f"'{value}'"


def check_words(check: Checker, *, title: str, summary: str, questions: Sequence[str]) -> None:
    """Rules on title, summary and questions, which source and translation share."""
    entries = check.entries
    if len(title) > LONGEST_TITLE:
        check.note(
            entries["title"].line, f"the title has {len(title)} characters", f"make it at most {LONGEST_TITLE} long"
        )
    size = sms_size(summary)
    if size.segments > 1:
        what = f"the summary takes {size.segments} text messages ({size.units} {size.alphabet} units)"
        check.note(entries["summary"].line, what, "shorten it to fit one")
    if "questions" in entries and len(questions) < FEWEST_QUESTIONS:
        what = f"there are {len(questions)} questions"
        check.error(entries["questions"].line, what, f"write at least {FEWEST_QUESTIONS}, as families really ask")


def check_body(check: Checker, body: Body, body_line: int, *, english: bool) -> None:
    """Rules on the body."""
    for flaw in body.flaws:
        check.error(body_line + flaw.line, flaw.what, flaw.cure)
    if not body.prose.strip():
        check.error(body_line, "the body is empty", "write the answer")
    for number, step in enumerate(body.steps, start=1):
        line = body_line + step.line
        if not step.text:
            check.error(line, f"step {number} is empty", "write what to do, or remove it")
        elif len(step.text) > LONGEST_STEP:
            what = f"step {number} has {len(step.text)} characters"
            check.note(line, what, f"split it; a step that is read in chat has at most {LONGEST_STEP}")
    if body.lists > 1:
        cure = "make the others bullets; the assistant walks through the first one only"
        check.note(body_line, f"there are {body.lists} numbered lists", cure)
    for link in body.links:
        if link.article is None and not link.target.startswith(("https://", "mailto:", "tel:", "#")):
            check.error(body_line + link.line, f"the link {link.target} is not safe", "use https://, mailto: or tel:")
    grade = reading_grade(body.prose) if english else 0.0
    if grade > HARDEST_GRADE:
        cure = "use shorter sentences and everyday words"
        check.note(body_line, f"the text reads at grade {grade:.1f}", cure)


def dangling(path: str, related: Sequence[tuple[str, int]], known: Collection[str]) -> Iterator[Problem]:
    """A problem for every article that is pointed to (with the line of the pointer) and is not there."""
    for article, line in related:
        if article not in known:
            yield Problem(path, line, f"there is no article {article}", "name one that exists, or remove it")
