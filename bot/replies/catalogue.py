"""Reading, checking and rendering the replies."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.plurals import categories, is_known, plural
from knowledge.article_rules import SOURCE_LANGUAGE

FOLDER = Path(__file__).parent
PERIODS = frozenset({"chat_days", "ticket_days"})
SHAPES_FILE = "shapes.yml"
KINDS = frozenset({"welcome", "answer", "step", "question", "ticket", "handoff", "crisis", "notice", "text"})


class RepliesError(ValueError):
    """Replies that cannot be served; `problems` says each as `file:line: what; cure`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Reply:
    """One rendered reply; `buttons` are (title, payload) pairs."""

    text: str
    kind: str
    language: str
    buttons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Shape:
    """What a reply is in every language: its kind and the names of its buttons."""

    kind: str
    buttons: tuple[str, ...]


@dataclass(frozen=True)
class Wording:
    """One language's texts: replies (by channel, `chat` always), button titles and single words."""

    replies: Mapping[str, Mapping[str, str]]
    buttons: Mapping[str, str]
    words: Mapping[str, str]


class Replies:
    """Every reply in every language; a changed wording needs a new `load`, never a new training."""

    def __init__(
        self,
        shapes: Mapping[str, Shape],
        payloads: Mapping[str, str],
        wordings: Mapping[str, Wording],
        values: Mapping[str, str],
    ) -> None:
        self._shapes = shapes
        self._payloads = payloads
        self._wordings = wordings
        self._values = values

    @classmethod
    def load(cls, folder: Path = FOLDER, values: Mapping[str, str] | None = None) -> Replies:
        """Read all languages of `folder`; `values` fill placeholders such as {district} in every reply.

        Raises RepliesError with every problem at once.
        """
        problems: list[str] = []
        shapes, payloads = _read_shapes(folder / SHAPES_FILE)
        files = [path for path in sorted(folder.glob("*.yml")) if path.name != SHAPES_FILE]
        contents = {path.stem: _read_yaml(path) for path in files}
        # A language that is being translated is not served; `familydesk check` says what is left to do.
        wordings = {name: _read_wording(content) for name, content in contents.items() if not content.get("draft")}
        if SOURCE_LANGUAGE not in wordings:
            raise RepliesError([f"{folder}/{SOURCE_LANGUAGE}.yml:1: there is no such file; every reply starts there"])
        source = wordings[SOURCE_LANGUAGE]
        for language, wording in wordings.items():
            path = folder / f"{language}.yml"
            problems += _compare(path, "reply", set(shapes), set(wording.replies))
            problems += _compare(path, "button", set(payloads), set(wording.buttons))
            problems += _compare(path, "word", set(source.words), set(wording.words))
            problems += _placeholder_problems(path, source, wording)
            problems += _plural_problems(path, language, wording)
        for name, shape in shapes.items():
            problems += [
                f"{folder / SHAPES_FILE}:{_line_of(folder / SHAPES_FILE, name)}: {name} has the button {button}, "
                f"which is not under `buttons`; add it there"
                for button in shape.buttons
                if button not in payloads
            ]
        if problems:
            raise RepliesError(problems)
        return cls(shapes, payloads, wordings, values or {})

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._wordings)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._shapes)

    def render(
        self,
        name: str,
        language: str,
        *,
        channel: str = "widget",
        values: Mapping[str, Any] | None = None,
    ) -> Reply:
        """The reply `name` in `language` (English if there is none), its placeholders filled.

        A placeholder that nothing fills raises KeyError: half a sentence must never reach a family.
        """
        if language not in self._wordings:
            language = SOURCE_LANGUAGE
        shape, wording = self._shapes[name], self._wordings[language]
        texts = wording.replies[name]
        text = texts["sms"] if channel == "sms" and "sms" in texts else texts["chat"]
        filled = text.format_map({**self._values, **self._periods(language), **(values or {})})
        buttons = tuple((wording.buttons[button], self._payloads[button]) for button in shape.buttons)
        return Reply(filled.strip(), shape.kind, language, buttons)

    def _periods(self, language: str) -> dict[str, str]:
        """`chat_period` and `ticket_period`: the district's days, with the word for them as their number wants it."""
        forms = self._wordings[language].words.get("days", "{n}")
        return {
            name.replace("days", "period"): plural(forms, int(value), language)
            for name, value in self._values.items()
            if name in PERIODS
        }

    def word(self, name: str, language: str) -> str:
        """A single word or phrase, such as the name of a ticket's status."""
        return self._wordings.get(language, self._wordings[SOURCE_LANGUAGE]).words[name]

    def button(self, name: str, language: str) -> tuple[str, str]:
        """(title, payload) of one button by its name."""
        wording = self._wordings.get(language, self._wordings[SOURCE_LANGUAGE])
        return wording.buttons[name], self._payloads[name]


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RepliesError([f"{path}:{line}: this is not YAML ({error.problem}); correct the line"]) from error
    if not isinstance(content, dict):
        raise RepliesError([f"{path}:1: the file is empty; it needs `replies` and `buttons`"])
    return content


def _read_shapes(path: Path) -> tuple[dict[str, Shape], dict[str, str]]:
    content = _read_yaml(path)
    shapes = {}
    for name, shape in content["replies"].items():
        kind = shape["kind"]
        if kind not in KINDS:
            cure = f"use one of {', '.join(sorted(KINDS))}"
            raise RepliesError([f"{path}:{_line_of(path, name)}: {name} has the unknown kind {kind}; {cure}"])
        shapes[name] = Shape(kind, tuple(shape.get("buttons", ())))
    return shapes, content["buttons"]


def _read_wording(content: Mapping[str, Any]) -> Wording:
    replies = {
        name: {"chat": text} if isinstance(text, str) else dict(text)
        for name, text in content.get("replies", {}).items()
    }
    return Wording(replies, content.get("buttons", {}), content.get("words", {}))


def _compare(path: Path, what: str, wanted: set[str], given: set[str]) -> list[str]:
    missing = [f"{path}:1: the {what} {name} is missing; add its text" for name in sorted(wanted - given)]
    extra = [
        f"{path}:{_line_of(path, name)}: the {what} {name} is not known; remove it or add it to {SHAPES_FILE}"
        for name in sorted(given - wanted)
    ]
    return missing + extra


def _placeholder_problems(path: Path, source: Wording, wording: Wording) -> list[str]:
    problems = []
    for name, texts in wording.replies.items():
        wanted = _placeholders(source.replies.get(name, {}).get("chat", ""))
        for channel, text in texts.items():
            given = _placeholders(text)
            # The short form for SMS may leave a value out; it may not use one that nobody fills.
            wrong = given - wanted if channel == "sms" else given ^ wanted
            if wrong:
                named = ", ".join("{" + value + "}" for value in sorted(wrong))
                problems.append(
                    f"{path}:{_line_of(path, name)}: {name} differs from English in {named}; use the same placeholders"
                )
    return problems


def _plural_problems(path: Path, language: str, wording: Wording) -> list[str]:
    forms, wanted = wording.words.get("days", "").split("|"), categories(language)
    if len(forms) == len(wanted) or not is_known(language):
        return []
    what = f"days has {len(forms)} forms, and {language} has {len(wanted)} ({', '.join(wanted)})"
    return [f"{path}:{_line_of(path, 'days')}: {what}; write one for each, with | between them"]


def _placeholders(text: str) -> set[str]:
    """Those of a text; a bare number of days says what its period does ("30 d": a plain text message has no í)."""
    fields = (field for _, field, _, _ in string.Formatter().parse(text) if field)
    return {field.replace("days", "period") if field in PERIODS else field for field in fields}


def _line_of(path: Path, name: str) -> int:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip().startswith(f"{name}:"):
            return number
    return 1
