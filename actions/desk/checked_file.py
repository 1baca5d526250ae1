"""Reading a district's YAML and CSV files so that every problem is found at once, each with its line and its cure."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import phonenumbers
import yaml

REGION = "US"
# How ids of schools and departments are written.
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})+")
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)")


class Problems:
    """What is wrong: an error stops the start, a note is worth knowing. Each is `path:line: what; cure`."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.notes: list[str] = []

    def error(self, path: Path, line: int, what: str, cure: str) -> None:
        self.errors.append(f"{path}:{line}: {what}; {cure}")

    def note(self, path: Path, line: int, what: str, cure: str) -> None:
        self.notes.append(f"{path}:{line}: {what}; {cure}")


@dataclass(frozen=True)
class Value:
    """A value of a YAML file and its line: a `Table`, a tuple of values, or what YAML makes of the word there."""

    content: Any
    line: int


@dataclass(frozen=True)
class Table:
    """The keys of one YAML mapping, read one by one; what is wrong with a key goes to `problems`."""

    path: Path
    line: int
    entries: dict[str, Value]
    problems: Problems
    name: str = ""

    def error(self, line: int, what: str, cure: str) -> None:
        self.problems.error(self.path, line, what, cure)

    def line_of(self, key: str) -> int:
        return self.entries[key].line if key in self.entries else self.line

    def _name(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def only(self, keys: Collection[str]) -> None:
        """Name every key that nothing reads, which is most often a mistyped one."""
        for key, value in self.entries.items():
            if key not in keys:
                close = difflib.get_close_matches(key, keys, n=1)
                cure = f"did you mean {close[0]}?" if close else f"remove it; known are {', '.join(sorted(keys))}"
                self.error(value.line, f"{self._name(key)} is not known", cure)

    def _content(self, key: str, kind: type | tuple[type, ...], wanted: str) -> Any:
        value = self.entries.get(key)
        if value is None:
            self.error(self.line, f"{self._name(key)} is missing", f"add `{key}:` with {wanted}")
            return None
        if not isinstance(value.content, kind) or value.content == "":
            shown = "of another kind" if isinstance(value.content, Table | tuple) else f"'{value.content}'"
            shown = "empty" if value.content in {None, ""} else shown
            self.error(value.line, f"{self._name(key)} is {shown}", f"write {wanted}")
            return None
        return value.content

    def text(self, key: str) -> str:
        content = self._content(key, str, "text, between quotes if in doubt")
        return " ".join(content.split()) if content else ""

    def texts(self, key: str) -> tuple[Value, ...]:
        """A list of single words, each with its line."""
        found = []
        for value in self._content(key, tuple, "a list such as [en, es]") or ():
            if isinstance(value.content, str) and value.content.strip():
                found.append(Value(value.content.strip(), value.line))
            else:
                self.error(value.line, f"{self._name(key)} holds '{value.content}'", "put it between quotes")
        return tuple(found)

    def email(self, key: str) -> str:
        text = self.text(key)
        if text and not _EMAIL.fullmatch(text):
            self.error(self.line_of(key), f"{self._name(key)} '{text}' is not an e-mail address", "correct it")
        return text

    def phone(self, key: str) -> str:
        text = self.text(key)
        if text and not is_phone(text):
            self.error(self.line_of(key), f"{self._name(key)} '{text}' is not a phone number", PHONE_CURE)
        return text

    def web_address(self, key: str) -> str:
        text = self.text(key)
        if text and (urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).netloc):
            what = f"{self._name(key)} '{text}' is not a web address"
            self.error(self.line_of(key), what, "start it with https://")
        return text.rstrip("/")

    def day(self, key: str) -> date | None:
        content = self._content(key, date, "a date such as 2027-01-18")
        return content if type(content) is date else None

    def table(self, key: str) -> Table | None:
        content: Table | None = self._content(key, Table, "its own keys below it")
        return content

    def tables(self, key: str, wanted: str) -> Iterator[Table]:
        """The items of a list of mappings."""
        for value in self._content(key, tuple, wanted) or ():
            if isinstance(value.content, Table):
                yield value.content
            else:
                self.error(value.line, f"{self._name(key)} holds '{value.content}'", f"write {wanted}")


PHONE_CURE = "write it with area code, such as 515-555-0142"
HOURS_CURE = 'write opening and closing time on the 24-hour clock, such as "07:30-15:30"'


def is_phone(text: str) -> bool:
    """Whether it can be called as it stands."""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE


def read_hours(text: str) -> tuple[time, time] | None:
    """Opening and closing time, or None when the text is not such a pair."""
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        return None
    opens, closes = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    return (opens, closes) if opens < closes else None


def read_yaml(path: Path, problems: Problems) -> Table | None:
    """The file's keys, or None when there is nothing to read."""
    text = read_text(path, problems)
    if text is None:
        return None
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            problems.error(path, 1, "the file is not a list of keys", "write each line as `key: value`")
            return None
        value = _Reader(path, problems, loader).value(node, "")
        return value.content if isinstance(value.content, Table) else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.error(path, line, f"this is not YAML ({error.problem})", "put texts with special signs in quotes")
    except (yaml.YAMLError, ValueError) as error:
        problems.error(path, 1, f"this is not YAML ({error})", "correct or quote that value")
    finally:
        loader.dispose()
    return None


@dataclass(frozen=True)
class _Reader:
    path: Path
    problems: Problems
    loader: yaml.SafeLoader

    def value(self, node: yaml.Node, name: str) -> Value:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return Value(self._table(node, name, line), line)
        if isinstance(node, yaml.SequenceNode):
            return Value(tuple(self.value(item, name) for item in node.value), line)
        return Value(self.loader.construct_object(node), line)

    def _table(self, node: yaml.MappingNode, name: str, line: int) -> Table:
        entries: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key, key_line = str(key_node.value), key_node.start_mark.line + 1
            if key in entries:
                self.problems.error(self.path, key_line, f"{key} is there twice", "keep one of the two")
            inner = self.value(value_node, f"{name}.{key}" if name else key)
            entries[key] = Value(inner.content, key_line)
        return Table(self.path, line, entries, self.problems, name)


@dataclass(frozen=True)
class Row:
    """One line of a CSV file by column name."""

    path: Path
    line: int
    cells: dict[str, str]
    problems: Problems = field(repr=False)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def error(self, what: str, cure: str) -> None:
        self.problems.error(self.path, self.line, what, cure)


def read_csv(path: Path, columns: tuple[str, ...], problems: Problems) -> Iterator[Row]:
    """Rows with all of `columns`; further columns are left alone, empty lines skipped."""
    text = read_text(path, problems)
    if text is None:
        return
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        missing = [column for column in columns if column not in header]
        if missing:
            what = f"the column {', '.join(missing)} is missing"
            problems.error(path, 1, what, f"the first line must be {','.join(columns)}")
            return
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                what = f"there are {len(cells)} cells and {len(header)} columns"
                problems.error(path, reader.line_num, what, "put cells with a comma in them between double quotes")
                continue
            row = dict(zip(header, (" ".join(cell.split()) for cell in cells), strict=True))
            yield Row(path, reader.line_num, row, problems)
    except csv.Error as error:
        problems.error(path, reader.line_num, f"this is not CSV ({error})", "close every double quote")


def read_text(path: Path, problems: Problems) -> str | None:
    """The file's text, or None and a problem."""
    try:
        raw = path.read_bytes()
    except OSError:
        problems.error(path, 1, "there is no such file that can be read", "add it, or set FAMILYDESK_DISTRICT")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problems.error(path, line, "this is not UTF-8 text", "save the file as UTF-8")
        return None
