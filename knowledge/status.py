"""What staff must look after: articles and translations that are missing, stale, machine-made or due for review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.article_rules import SOURCE_LANGUAGE
from knowledge.articles import Library

# A review takes a while to get done: it is announced so long before it is due.
_SOON = timedelta(days=30)


@dataclass(frozen=True)
class LanguageStatus:
    """The articles of one language by what is to be done with them; each list holds article ids."""

    language: str
    there: int
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    machine: tuple[str, ...]
    due: tuple[str, ...]
    soon: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether nothing is left to do but to have machine translations read."""
        return not (self.missing or self.stale or self.due or self.broken)


def status(library: Library, languages: Sequence[str], today: date) -> tuple[LanguageStatus, ...]:
    """One line for each language that the district offers or that has articles, English first."""
    originals = {article.id for article in library.of(SOURCE_LANGUAGE)}
    named = [SOURCE_LANGUAGE, *(language for language in languages if language != SOURCE_LANGUAGE)]
    named += [language for language in library.languages if language not in named]
    broken: dict[str, set[str]] = {}
    for problem in library.problems:
        *_, language, file = ("", "", *problem.path.replace("\\", "/").split("/"))
        if problem.severity == "error":
            broken.setdefault(language, set()).add(file.removesuffix(".md"))
    found = []
    for language in named:
        articles = {article.id: article for article in library.of(language)}
        # Only English is reviewed by date; a translation follows its English text.
        reviewed = articles.values() if language == SOURCE_LANGUAGE else ()
        due = [article.id for article in reviewed if article.review_by and article.review_by < today]
        soon = [a.id for a in reviewed if a.review_by and today <= a.review_by <= today + _SOON]
        found.append(
            LanguageStatus(
                language,
                len(articles),
                missing=tuple(sorted(originals - articles.keys())),
                stale=tuple(sorted(article.id for article in articles.values() if article.stale)),
                machine=tuple(sorted(a.id for a in articles.values() if a.translation == "machine")),
                due=tuple(sorted(due)),
                soon=tuple(sorted(soon)),
                broken=tuple(sorted(broken.get(language, ()))),
            )
        )
    return tuple(found)


_COLUMNS = (
    ("there", "articles"),
    ("missing", "missing"),
    ("stale", "stale"),
    ("machine", "machine-made"),
    ("due", "review overdue"),
    ("soon", "review soon"),
    ("broken", "broken"),
)


def report(statuses: Sequence[LanguageStatus]) -> str:
    """A table of counts, and under it what to do, article by article."""
    lines = [["", *(title for _, title in _COLUMNS)]]
    for one in statuses:
        values = [getattr(one, name) for name, _ in _COLUMNS]
        lines.append([one.language, *(str(v if isinstance(v, int) else len(v)) for v in values)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    table = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    cures = {
        "missing": "translate it (the English one is shown until then)",
        "stale": "the English text changed; bring it up to date, then `familydesk stamp` it",
        "due": "read it, correct it, and set `reviewed` and `review_by`",
        "soon": "its review is due within a month",
        "broken": "`familydesk check` says what is wrong; the last good version is shown",
    }
    for one in statuses:
        for name, cure in cures.items():
            articles = getattr(one, name)
            if articles:
                table += ["", f"{one.language}: {name}: {cure}", *(f"  {article}" for article in articles)]
    return "\n".join(table)
