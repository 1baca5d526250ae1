"""Whether families found an answer helpful."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.desk.database import insert_if_new
from actions.desk.models import FEEDBACK, MESSAGES


def rate(
    session: Session, conversation: str, message: int, *, helpful: bool, reason: str | None, now: datetime
) -> None:
    """Note a family's word on a message of the assistant; a later word replaces it. `reason` comes masked.

    Raises LookupError when the assistant has said no such message in this conversation.
    """
    said = select(MESSAGES.c.id).where(
        MESSAGES.c.id == message, MESSAGES.c.conversation == conversation, MESSAGES.c.sender == "bot"
    )
    if session.execute(said).first() is None:
        raise LookupError(f"message {message} is none that the assistant sent in this conversation")
    values = {"helpful": helpful, "reason": reason, "at": now}
    if insert_if_new(session, FEEDBACK, {"message": message, **values}) is None:
        session.execute(update(FEEDBACK).where(FEEDBACK.c.message == message).values(values))
