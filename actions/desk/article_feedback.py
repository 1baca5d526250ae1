"""Whether articles helped: answers counted by article, language and day; nothing tells who gave them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from actions.desk.database import insert_if_new
from actions.desk.models import ARTICLE_FEEDBACK

HELPFUL, NOT_HELPFUL = "helpful", "not_helpful"
# Why it did not help; whoever says so has said "not helpful" before.
REASONS = ("unclear", "outdated", "no_use", "other_topic")
ANSWERS = (HELPFUL, NOT_HELPFUL, *REASONS)


@dataclass(frozen=True)
class ArticleTotals:
    """What readers said of an article in one language; `reasons` holds those that were given, and how often."""

    article: str
    language: str
    helpful: int
    not_helpful: int
    reasons: Mapping[str, int]


def count(session: Session, *, article: str, language: str, answer: str, day: date) -> None:
    """Count one answer. Raises ValueError for one that is none of `ANSWERS`."""
    if answer not in ANSWERS:
        raise ValueError(f"{answer!r} is no answer; it must be one of {', '.join(ANSWERS)}")
    key = {"day": day, "article": article, "language": language, "answer": answer}
    # Insert first: two readers at the same moment must both count.
    if insert_if_new(session, ARTICLE_FEEDBACK, {**key, "count": 1}) is None:
        same = [ARTICLE_FEEDBACK.c[name] == value for name, value in key.items()]
        session.execute(update(ARTICLE_FEEDBACK).where(*same).values(count=ARTICLE_FEEDBACK.c.count + 1))


def totals(session: Session, *, since: date) -> tuple[ArticleTotals, ...]:
    """The articles that were judged on that day or later, those that helped least often first."""
    table = ARTICLE_FEEDBACK.c
    rows = session.execute(
        select(table.article, table.language, table.answer, func.sum(table.count))
        .where(table.day >= since)
        .group_by(table.article, table.language, table.answer)
    )
    found: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for article, language, answer, number in rows:
        found[article, language][answer] = int(number)
    judged = (
        ArticleTotals(
            article,
            language,
            answers.get(HELPFUL, 0),
            answers.get(NOT_HELPFUL, 0),
            {reason: answers[reason] for reason in REASONS if reason in answers},
        )
        for (article, language), answers in found.items()
    )
    return tuple(sorted(judged, key=lambda one: (-one.not_helpful, one.helpful, one.article, one.language)))


def report(found: tuple[ArticleTotals, ...]) -> str:
    """One line for each article and language, as `familydesk status` prints it."""
    lines = []
    for one in found:
        why = ", ".join(f"{number} {reason.replace('_', ' ')}" for reason, number in one.reasons.items())
        said = f"  {one.language}/{one.article}: {one.helpful} helpful, {one.not_helpful} not"
        lines.append(f"{said} ({why})" if why else said)
    return "\n".join(lines)
