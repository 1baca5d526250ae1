"""Questions that no article answered: what families could not find, for the staff who write articles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from actions.desk.models import UNANSWERED_QUESTIONS


def record_unanswered(session: Session, text: str, language: str, conversation: str, now: datetime) -> None:
    """Keep a question for staff; it is deleted with its conversation."""
    session.execute(
        insert(UNANSWERED_QUESTIONS).values(text=text, language=language, conversation=conversation, at=now)
    )
