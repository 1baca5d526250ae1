"""The library: all articles of a folder, without the broken ones, and everything that is wrong with its files."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from knowledge.article_file import Article, ArticleFile, Translation, read_article_file
from knowledge.article_rules import SOURCE_LANGUAGE, Problem, dangling
from knowledge.files import replace_file

__all__ = ["Article", "Library", "LibraryLoader", "Problem", "Translation", "load_library", "stamp"]

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_STAMP = re.compile(r"^source_hash:.*$", re.MULTILINE)


@dataclass(frozen=True)
class Library:
    """All articles that can be served, by language and id, and everything that is wrong with the files."""

    articles: Mapping[tuple[str, str], Article]
    problems: tuple[Problem, ...]
    _by_language: Mapping[str, tuple[Article, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        grouped: dict[str, list[Article]] = {}
        for (language, _), article in sorted(self.articles.items()):
            grouped.setdefault(language, []).append(article)
        object.__setattr__(self, "_by_language", {language: tuple(some) for language, some in grouped.items()})

    def get(self, article_id: str, language: str | None) -> Article | None:
        """The article in that language, else in English, else None."""
        found = self.articles.get((language, article_id)) if language else None
        return found or self.articles.get((SOURCE_LANGUAGE, article_id))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have articles, English first."""
        return tuple(sorted(self._by_language, key=lambda language: (language != SOURCE_LANGUAGE, language)))

    def of(self, language: str) -> tuple[Article, ...]:
        """The articles of one language, by id."""
        return self._by_language.get(language, ())


def load_library(folder: Path, departments: Collection[str] | None = None) -> Library:
    """Read all articles under `folder`; a broken one is left out and named in `problems`. Never raises for one."""
    return LibraryLoader(folder, departments).load()


class LibraryLoader:
    """Reads a folder again and again, only the files that changed; keeps the last good version of a broken one."""

    def __init__(self, folder: Path, departments: Collection[str] | None = None) -> None:
        self._folder = folder
        self._departments = frozenset(departments) if departments is not None else None
        self._seen: dict[str, tuple[tuple[int, int, int], ArticleFile]] = {}
        self._good: dict[str, ArticleFile] = {}
        self._served: dict[tuple[str, str], _Served] = {}

    def load(self) -> Library:
        """The library as the files are now."""
        files: list[ArticleFile] = []
        seen: dict[str, tuple[tuple[int, int, int], ArticleFile]] = {}
        for language, entry in self._entries():
            path = entry.path
            try:
                status = entry.stat()
                stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
                known = self._seen.get(path)
                file = known[1] if known and known[0] == stamp else self._read(language, path)
            except FileNotFoundError:  # an editor that saves by renaming took it away after it was listed
                continue
            seen[path] = (stamp, file)
            if file.article is not None:
                self._good[path] = file
            files.append(file)
        self._seen = seen
        self._good = {path: file for path, file in self._good.items() if path in seen}
        self._served, between = _assemble([self._good.get(file.path, file) for file in files], self._served)
        problems = [*(problem for file in files for problem in file.problems), *between]
        problems.sort(key=lambda problem: (problem.path, problem.line))
        return Library({key: served.article for key, served in self._served.items()}, tuple(problems))

    def _read(self, language: str, path: str) -> ArticleFile:
        return read_article_file(language, Path(path), self._departments)

    def _entries(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Article files by language; names that start with `_` or `.` are not articles."""
        folders = sorted(path for path in self._folder.iterdir() if path.is_dir()) if self._folder.is_dir() else []
        for folder in folders:
            if _LANGUAGE.fullmatch(folder.name):
                for entry in _listed(folder):
                    if entry.name.endswith(".md") and not entry.name.startswith(("_", ".")):
                        yield folder.name, entry


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder, by name; at ten thousand files in a tenth of the time that pathlib takes."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:  # taken away after it was listed
        return []


@dataclass(frozen=True)
class _Served:
    """An article as it is served, and what it was made of: its file, and for a translation its English article."""

    file: ArticleFile
    original: Article | None
    article: Article


def _assemble(
    files: Sequence[ArticleFile], before: Mapping[tuple[str, str], _Served]
) -> tuple[dict[tuple[str, str], _Served], list[Problem]]:
    """Give translations what they take from English, and check what one file says against the others.

    What was made of the same files `before` is the same object again.
    """
    originals = {file.id: file for file in files if file.language == SOURCE_LANGUAGE}
    served: dict[tuple[str, str], _Served] = {}
    problems: list[Problem] = []
    for file in files:
        if file.language == SOURCE_LANGUAGE:
            problems += dangling(file.path, file.pointers, originals)
            if file.article is not None:
                key = file.language, file.id
                related = tuple(other for other in file.article.related if other in originals)
                known = before.get(key)
                if known and known.file is file and known.article.related == related:
                    served[key] = known
                else:
                    served[key] = _Served(file, None, replace(file.article, related=related))
    for file in files:
        if file.language != SOURCE_LANGUAGE:
            problems += _translation_problems(file, originals)
            english = served.get((SOURCE_LANGUAGE, file.id))
            if file.article is not None and english is not None:
                key = file.language, file.id
                known = before.get(key)
                if known and known.file is file and known.original is english.article:
                    served[key] = known
                else:
                    inherited = _inherit(file, file.article, english.article)
                    served[key] = _Served(file, english.article, inherited)
    problems += _repeated_questions(files)
    return served, problems


def _inherit(file: ArticleFile, article: Article, original: Article) -> Article:
    return replace(
        article,
        category=original.category,
        device=original.device,
        ticket=original.ticket,
        guides=original.guides,
        department=original.department,
        related=original.related,
        owner=original.owner,
        reviewed=original.reviewed,
        review_by=original.review_by,
        stale=file.source_hash != original.source_hash,
    )


def _translation_problems(file: ArticleFile, originals: Mapping[str, ArticleFile]) -> Iterator[Problem]:
    """What is wrong with a translation beside its English article."""
    yield from dangling(file.path, file.pointers, originals)
    if file.id not in originals:
        yield Problem(file.path, 1, f"there is no English article {file.id}", "rename it or add the English one")
        return
    original = originals[file.id].article
    if file.article is None or original is None:
        return
    wanted, found = len(original.steps), len(file.article.steps)
    if wanted != found:
        what = f"there are {found} numbered steps and the English article has {wanted}"
        yield Problem(file.path, file.body_line, what, "bring the translation up to date")
    if file.source_hash != original.source_hash:
        what = "the English text changed after this translation, or the translation was never stamped"
        yield Problem(file.path, file.hash_line, what, "bring it up to date and stamp its source_hash", "note")


def _repeated_questions(files: Iterable[ArticleFile]) -> Iterator[Problem]:
    """The same question in two articles of one language: the retriever could not tell them apart."""
    first: dict[str, dict[str, ArticleFile]] = {}
    for file in files:
        if file.article is None:
            continue
        known = first.setdefault(file.language, {})
        for place, question in enumerate(file.article.questions):
            other = known.setdefault(question.casefold(), file)
            if other is not file and other.id != file.id and place < len(file.question_lines):
                what = f"the question '{question}' is also in {other.id}"
                yield Problem(file.path, file.question_lines[place], what, "keep it in the one that answers it")


def stamp(translation: Path, original: Article) -> None:
    """Write into a translation's file which English text it was made from, so that it counts as up to date.

    Raises ValueError when the file has no `source_hash` line to write to.
    """
    text = translation.read_text(encoding="utf-8")
    stamped, count = _STAMP.subn(f'source_hash: "{original.source_hash}"', text, count=1)
    if not count:
        raise ValueError(f"{translation}:1: the key source_hash is missing; add `source_hash:` to the front matter")
    replace_file(translation, stamped.encode())
