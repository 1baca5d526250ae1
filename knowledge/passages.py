"""Passages: the pieces of an article that a question is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge.articles import Article, Library

Kind = Literal["title", "summary", "question", "section", "step"]
KINDS: tuple[Kind, ...] = ("title", "summary", "question", "section", "step")

# An encoder reads about this many characters of a piece before its meaning blurs; longer sections are cut at sentences.
LONGEST_PIECE = 400


@dataclass(frozen=True)
class Passage:
    """One piece of one article, in one language."""

    article: str
    language: str
    kind: Kind
    text: str


def passages_of(article: Article) -> tuple[Passage, ...]:
    """Title, summary, every question, every section and every step of an article."""
    pieces: list[tuple[Kind, str]] = [("title", article.title), ("summary", article.summary)]
    pieces += [("question", question) for question in article.questions]
    for section in article.sections:
        # A section says little without what the article is about.
        heading = section.heading or article.title
        pieces += [("section", f"{heading}: {piece}") for piece in _cut(section.text)]
    pieces += [("step", f"{article.title}: {step}") for step in article.steps]
    return tuple(Passage(article.id, article.language, kind, text) for kind, text in pieces if text.strip())


def all_passages(library: Library) -> tuple[Passage, ...]:
    """The passages of all articles in all languages, in a fixed order."""
    return tuple(
        passage
        for language in library.languages
        for article in library.of(language)
        for passage in passages_of(article)
    )


def _cut(text: str) -> Iterator[str]:
    """Cut a text into pieces of whole sentences, each at most LONGEST_PIECE long unless one sentence is longer."""
    piece = ""
    for sentence in text.replace("\n", " \n").replace(". ", ".\n").split("\n"):
        words = " ".join(sentence.split())
        if piece and len(piece) + len(words) >= LONGEST_PIECE:
            yield piece
            piece = ""
        piece = f"{piece} {words}".strip()
    if piece:
        yield piece
