"""Answers about articles are counted, each once, and kept without anything about who gave them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from actions.desk import article_feedback
from actions.desk.article_feedback import ArticleTotals
from actions.desk.database import Database
from actions.desk.models import ARTICLE_FEEDBACK
from bot.command import main

DAY, NEXT_DAY = date(2026, 9, 1), date(2026, 9, 2)


def count(database: Database, *answers: str, article: str = "wifi", language: str = "es", day: date = DAY) -> None:
    with database.session() as session:
        for answer in answers:
            article_feedback.count(session, article=article, language=language, answer=answer, day=day)


def test_answers_add_up_by_article_and_language_those_that_help_least_first(database: Database) -> None:
    count(database, "helpful", "helpful", "not_helpful", "unclear")
    count(database, "helpful", "not_helpful", day=NEXT_DAY)
    count(database, "not_helpful", "no_use", "not_helpful", article="late-bus", language="en")
    count(database, "not_helpful", "not_helpful", "not_helpful", language="vi")
    with database.session() as session:
        assert article_feedback.totals(session, since=DAY) == (
            ArticleTotals("wifi", "vi", 0, 3, {}),
            ArticleTotals("late-bus", "en", 0, 2, {"no_use": 1}),
            ArticleTotals("wifi", "es", 3, 2, {"unclear": 1}),
        )
        assert article_feedback.totals(session, since=NEXT_DAY) == (ArticleTotals("wifi", "es", 1, 1, {}),)
        assert article_feedback.totals(session, since=date(2026, 9, 3)) == ()


def test_one_row_a_day_holds_all_answers_of_a_kind(database: Database) -> None:
    count(database, *["helpful"] * 5)
    with database.session() as session:
        [row] = session.execute(ARTICLE_FEEDBACK.select()).all()
    assert (row.day, row.count) == (DAY, 5)
    assert set(row._mapping) == {"id", "day", "article", "language", "answer", "count"}


def test_what_is_no_answer_is_not_counted(database: Database) -> None:
    with pytest.raises(ValueError, match="must be one of helpful"):
        count(database, "my name is Ana")


def test_status_prints_what_readers_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAMILYDESK_HOME", str(tmp_path))
    main(["status"])
    assert "helpful" not in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []  # looking makes nothing
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    database.migrate()
    count(database, "helpful", "not_helpful", "no_use", day=date.today())  # noqa: DTZ011
    database.close()
    main(["status"])
    assert "  es/wifi: 1 helpful, 1 not (1 no use)" in capsys.readouterr().out
