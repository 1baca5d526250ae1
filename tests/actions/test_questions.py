"""What families could not find is kept for the staff who write articles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from actions.desk.database import Database
from actions.desk.models import UNANSWERED_QUESTIONS
from actions.desk.questions import record_unanswered


def test_an_unanswered_question_is_kept_with_language_conversation_and_time(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        record_unanswered(session, "¿dan clases de piano?", "es", conversation, now)
        record_unanswered(session, "¿dan clases de piano?", "es", conversation, now)
    with database.session() as session:
        rows = session.execute(select(UNANSWERED_QUESTIONS)).all()
    assert [(row.text, row.language, row.conversation, row.at) for row in rows] == [
        ("¿dan clases de piano?", "es", conversation, now)
    ] * 2
