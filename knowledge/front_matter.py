"""Reading an article file: the YAML between its two `---` lines, with the line of every entry, and the body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

FENCE = "---"


class FrontMatterError(ValueError):
    """A file whose front matter cannot be read; says the line, what is wrong and the cure."""

    def __init__(self, line: int, what: str, cure: str) -> None:
        super().__init__(f"{line}: {what}; {cure}")
        self.line, self.what, self.cure = line, what, cure


@dataclass(frozen=True)
class Entry:
    """One key of the front matter: its value, its line, and the line of each item when the value is a list."""

    value: Any
    line: int
    item_lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Source:
    """An article file taken apart; `body_line` is the line of the file that the body starts on."""

    entries: dict[str, Entry]
    body: str
    body_line: int


def decode(raw: bytes) -> str:
    """The text of a file with plain line ends; raises FrontMatterError with the line of the first byte not UTF-8."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FrontMatterError(line, "this is not UTF-8 text", "save the file as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def take_apart(text: str) -> Source:
    """Split an article into front matter and body; raises FrontMatterError."""
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise FrontMatterError(1, "the front matter is missing", f"start the file with a line {FENCE}")
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == FENCE:
            entries = _entries("\n".join(lines[1 : number - 1]))
            return Source(entries, "\n".join(lines[number:]), number + 1)
    raise FrontMatterError(1, "the front matter does not end", f"put a line {FENCE} after its last key")


def _entries(text: str) -> dict[str, Entry]:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise FrontMatterError(2, "the front matter is not a list of keys", "write each line as `key: value`")
        entries: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 2
            key = str(key_node.value)
            if key in entries:
                raise FrontMatterError(line, f"the key {key} is there twice", "keep one of the two")
            items = value_node.value if isinstance(value_node, yaml.SequenceNode) else []
            value = loader.construct_object(value_node, deep=True)
            entries[key] = Entry(value, line, tuple(item.start_mark.line + 2 for item in items))
        return entries
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = (mark.line if mark else 0) + 2
        raise FrontMatterError(line, f"the front matter is not YAML ({error.problem})", QUOTE) from None
    except (yaml.YAMLError, ValueError) as error:
        raise FrontMatterError(2, f"the front matter is not YAML ({error})", QUOTE) from None
    finally:
        loader.dispose()


QUOTE = 'put the value between double quotes if it holds a colon, a # or a "'
