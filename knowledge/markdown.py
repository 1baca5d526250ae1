"""The body of an article: numbered steps as chat text, sections as plain text, links, and what it may not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """One numbered step as chat text and the line of the body (from 0) that it starts on."""

    text: str
    line: int


@dataclass(frozen=True)
class Section:
    """A heading (empty before the first one) and the plain text under it; numbered steps are not in it."""

    heading: str
    text: str


@dataclass(frozen=True)
class Link:
    """Where a link leads, and the line of the body (from 0) of the block that holds it."""

    target: str
    line: int

    @property
    def article(self) -> str | None:
        """The article that it leads to, or None for an address or a place on the same page."""
        if _SCHEME.match(self.target) or self.target.startswith(("#", "/")):
            return None
        return self.target.partition("#")[0]


@dataclass(frozen=True)
class Flaw:
    """Something that an article's body may not hold; `line` counts from 0."""

    what: str
    cure: str
    line: int


@dataclass(frozen=True)
class Body:
    """All that the rest of the room needs to know of a body."""

    steps: tuple[Step, ...]
    sections: tuple[Section, ...]
    links: tuple[Link, ...]
    flaws: tuple[Flaw, ...]
    lists: int

    @property
    def prose(self) -> str:
        """Everything that a reader reads, as plain text."""
        texts = [f"{section.heading}. {section.text}" if section.heading else section.text for section in self.sections]
        return "\n".join([*texts, *(step.text for step in self.steps)])


def read_body(text: str) -> Body:
    """Read Markdown; never raises, since every text is Markdown."""
    tokens = _PARSER.parse(text)
    steps: list[Step] = []
    sections: list[Section] = []
    heading, words, lists = "", list[str](), 0
    place = 0
    while place < len(tokens):
        token = tokens[place]
        end = _closing(tokens, place)
        if token.type == "ordered_list_open" and _goes_on(token, steps, lists):
            lists = 1
            steps += _steps(tokens[place + 1 : end])
        elif token.type == "heading_open":
            sections.append(Section(heading, "\n".join(words)))
            heading, words = _plain(tokens[place + 1]), []
        else:
            lists += token.type == "ordered_list_open"
            words += [_plain(inner) for inner in tokens[place : end + 1] if inner.type == "inline"]
        place = end + 1
    sections.append(Section(heading, "\n".join(words)))
    kept = tuple(section for section in sections if section.heading or section.text)
    return Body(tuple(steps), kept, tuple(_links(tokens)), tuple(_flaws(tokens)), lists)


def _goes_on(token: Token, steps: Sequence[Step], lists: int) -> bool:
    """Whether a numbered list is the article's first one, or the first one counting on after an interruption."""
    return lists == 0 or (bool(steps) and token.attrs.get("start", 1) == len(steps) + 1)


def _closing(tokens: Sequence[Token], place: int) -> int:
    """Where the block that opens at `place` ends."""
    depth = 0
    for index in range(place, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens) - 1


def _steps(tokens: Sequence[Token]) -> Iterator[Step]:
    place = 0
    while place < len(tokens):
        end = _closing(tokens, place)
        parts = [_chat(inner) for inner in tokens[place : end + 1] if inner.type == "inline"]
        yield Step(" ".join(part for part in parts if part), _line(tokens[place]))
        place = end + 1


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _plain(inline: Token) -> str:
    """Text without any mark-up; what a link leads to is left out."""
    return _squeeze(_words(inline.children or []))


def _chat(inline: Token) -> str:
    """Text for a chat message: emphasis goes, a link to an address becomes its words and the address in brackets."""
    parts: list[str] = []
    target, start = "", 0
    for child in inline.children or []:
        if child.type == "link_open":
            target, start = str(child.attrs.get("href", "")), len(parts)
        elif child.type == "link_close":
            words = "".join(parts[start:])
            address = re.sub(r"^(mailto|tel):", "", target)
            # An article of our own has no address here: what shows the step knows where the help centre is.
            if _SCHEME.match(target) and address not in words:
                parts.append(f" ({address})")
        else:
            parts.append(_words([child]))
    return _squeeze("".join(parts))


def _words(tokens: Sequence[Token]) -> str:
    breaks = {"softbreak": " ", "hardbreak": " "}
    return "".join(
        breaks.get(token.type, token.content if token.type in {"text", "code_inline"} else "") for token in tokens
    )


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _links(tokens: Sequence[Token]) -> Iterator[Link]:
    for token in tokens:
        for child in token.children or []:
            if child.type == "link_open":
                yield Link(str(child.attrs.get("href", "")), _line(token))


def _flaws(tokens: Sequence[Token]) -> Iterator[Flaw]:
    for token in tokens:
        line = _line(token)
        if token.type == "html_block" or any(child.type == "html_inline" for child in token.children or []):
            yield Flaw("there is raw HTML", "write it as Markdown", line)
        if any(child.type == "image" for child in token.children or []):
            yield Flaw("there is an image, which a text message and a screen reader lose", "say it in words", line)
        if token.type == "table_open":
            yield Flaw("there is a table, which a text message cannot show", "make it a list", line)
        if token.type == "heading_open" and token.tag == "h1":
            yield Flaw("there is a heading of the first level, which the title is", "start it with ##", line)
