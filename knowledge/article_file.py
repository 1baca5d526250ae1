"""One article file: what it says, checked by itself, without a look at the others."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from knowledge.article_rules import (
    CATEGORIES,
    DEVICES,
    GUIDING_TICKETS,
    SOURCE_KEYS,
    SOURCE_LANGUAGE,
    STEPS,
    TICKETS,
    TRANSLATION_KEYS,
    TRANSLATIONS,
    Checker,
    Problem,
    check_body,
    check_words,
    is_kebab,
)
from knowledge.front_matter import FrontMatterError, Source, decode, take_apart
from knowledge.markdown import Body, Section, read_body

Translation = Literal["original", "reviewed", "machine"]
_HASH_DIGITS = 16


@dataclass(frozen=True)
class Article:
    """One article in one language: `steps` is the numbered list as chat text, `sections` the rest of the body as plain
    text; `path` is the file it came from.

    `guides`: the steps lead through something and mend nothing, so that "did that work?" would be no question.
    """

    id: str
    language: str
    title: str
    summary: str
    category: str
    questions: tuple[str, ...]
    device: str
    ticket: str
    department: str
    related: tuple[str, ...]
    owner: str
    reviewed: date | None
    review_by: date | None
    body: str
    steps: tuple[str, ...]
    sections: tuple[Section, ...]
    guides: bool
    translation: Translation
    stale: bool
    content_hash: str
    path: str

    @property
    def source_hash(self) -> str:
        """What a translation of this text puts into its `source_hash`; questions are not translated, so not in it."""
        return _hash("\n".join((self.title, self.summary, self.body.strip())))


@dataclass(frozen=True)
class ArticleFile:
    """One article file, read and checked by itself; `article` is None when it is broken."""

    language: str
    id: str
    path: str
    problems: tuple[Problem, ...]
    article: Article | None = None
    source_hash: str = ""
    pointers: tuple[tuple[str, int], ...] = ()
    question_lines: tuple[int, ...] = ()
    body_line: int = 1
    hash_line: int = 1


def read_article_file(language: str, path: Path, departments: Collection[str] | None = None) -> ArticleFile:
    """Read and check one file; raises only when the file cannot be read at all (OSError)."""
    name = str(path)
    raw = path.read_bytes()
    try:
        source = take_apart(decode(raw))
    except FrontMatterError as error:
        return ArticleFile(language, path.stem, name, (Problem(name, error.line, error.what, error.cure),))
    check = Checker(name, source.entries, departments)
    if not is_kebab(path.stem):
        check.error(1, f"the file name {path.name} is not an article id", "use small letters, digits and hyphens")
    read = _read_original if language == SOURCE_LANGUAGE else _read_translation
    return read(language, path, raw, source, check)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]


def _shared(check: Checker, source: Source, *, english: bool) -> tuple[str, str, tuple[str, ...], Body]:
    """What source and translation have in common."""
    title, summary, questions = check.text("title"), check.text("summary"), check.texts("questions")
    check_words(check, title=title, summary=summary, questions=questions)
    body = read_body(source.body)
    check_body(check, body, source.body_line, english=english)
    return title, summary, questions, body


def _read_original(language: str, path: Path, raw: bytes, source: Source, check: Checker) -> ArticleFile:
    check.keys(SOURCE_KEYS, source=True)
    title, summary, questions, body = _shared(check, source, english=True)
    category, device = check.choice("category", CATEGORIES), check.choice("device", DEVICES)
    ticket, owner = check.choice("ticket", TICKETS), check.text("owner")
    department = check.text("department")
    if department and check.departments is not None and department not in check.departments:
        cure = f"use one of {', '.join(sorted(check.departments))}"
        check.error(source.entries["department"].line, f"there is no department '{department}'", cure)
    related = check.texts("related")
    article = Article(
        id=path.stem,
        language=language,
        title=title,
        summary=summary,
        category=category,
        questions=questions,
        device=device,
        ticket=ticket,
        department=department,
        related=related,
        owner=owner,
        reviewed=check.day("reviewed"),
        review_by=check.day("review_by"),
        body=source.body,
        steps=tuple(step.text for step in body.steps),
        sections=body.sections,
        guides=(check.choice("steps", STEPS) or ("guide" if ticket in GUIDING_TICKETS else "mend")) == "guide",
        translation="original",
        stale=False,
        content_hash=hashlib.sha256(raw).hexdigest(),
        path=check.path,
    )
    pointers = _pointers(source, body)
    if "related" in source.entries:
        pointers = (*zip(related, source.entries["related"].item_lines, strict=False), *pointers)
    return _file(check, article, source, pointers)


def _read_translation(language: str, path: Path, raw: bytes, source: Source, check: Checker) -> ArticleFile:
    check.keys(TRANSLATION_KEYS, source=False)
    title, summary, questions, body = _shared(check, source, english=False)
    made_by = check.choice("translation", TRANSLATIONS)
    reviewer = check.text("reviewed_by", may_be_empty=True)
    if made_by == "reviewed" and not reviewer and "reviewed_by" in source.entries:
        line = source.entries["reviewed_by"].line
        check.error(line, "the translation is marked reviewed and nobody is named", "say who reviewed it")
    article = Article(
        id=path.stem,
        language=language,
        title=title,
        summary=summary,
        category="",
        questions=questions,
        device="",
        ticket="",
        department="",
        related=(),
        owner="",
        reviewed=None,
        review_by=None,
        body=source.body,
        steps=tuple(step.text for step in body.steps),
        sections=body.sections,
        guides=False,
        translation="reviewed" if made_by == "reviewed" else "machine",
        stale=True,
        content_hash=hashlib.sha256(raw).hexdigest(),
        path=check.path,
    )
    return _file(check, article, source, _pointers(source, body), check.text("source_hash"))


def _pointers(source: Source, body: Body) -> tuple[tuple[str, int], ...]:
    return tuple((link.article, source.body_line + link.line) for link in body.links if link.article is not None)


def _file(
    check: Checker, article: Article, source: Source, pointers: tuple[tuple[str, int], ...], source_hash: str = ""
) -> ArticleFile:
    return ArticleFile(
        article.language,
        article.id,
        check.path,
        tuple(check.problems),
        None if check.broken else article,
        source_hash,
        pointers,
        source.entries["questions"].item_lines if "questions" in source.entries else (),
        source.body_line,
        source.entries["source_hash"].line if "source_hash" in source.entries else 1,
    )
