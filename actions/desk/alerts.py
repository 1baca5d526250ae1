"""Crisis alerts: recorded once, told to the district's contacts, and the family first in the queue for a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.desk.database import insert_if_new
from actions.desk.handoffs import Queued, request
from actions.desk.models import CRISIS_ALERTS
from actions.desk.notices import Recipient, post


def record_crisis(
    session: Session,
    conversation: str,
    crisis_class: str,
    message_id: int,
    now: datetime,
    *,
    recipients: Iterable[Recipient] = (),
) -> Queued:
    """Record that a message was caught by the crisis screen, once a message; ask for a person with priority.

    The recipients are told at once, also when a person is there already.
    """
    values = {"conversation": conversation, "message": message_id, "crisis_class": crisis_class, "at": now}
    new = insert_if_new(session, CRISIS_ALERTS, values) is not None
    queued = request(session, conversation, reason=f"crisis: {crisis_class}", priority=True, now=now)
    if new:
        post(session, queued.id, "crisis", recipients, now, crisis_class=crisis_class)
    return queued


def crisis_class_of(session: Session, conversation: str) -> str | None:
    """The class of the latest crisis in a conversation."""
    latest = select(CRISIS_ALERTS.c.crisis_class).where(CRISIS_ALERTS.c.conversation == conversation)
    return session.scalar(latest.order_by(CRISIS_ALERTS.c.id.desc()).limit(1))
