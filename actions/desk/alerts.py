"""Crisis alerts: a record that one is due, and the family at the head of the queue for a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.desk.database import insert_if_new
from actions.desk.handoffs import Queued, request
from actions.desk.models import CRISIS_ALERTS


def record_crisis(session: Session, conversation: str, crisis_class: str, message_id: int, now: datetime) -> Queued:
    """Record that a message was caught by the crisis screen, once a message, and ask for a person with priority."""
    values = {"conversation": conversation, "message": message_id, "crisis_class": crisis_class, "at": now}
    insert_if_new(session, CRISIS_ALERTS, values)
    return request(session, conversation, reason=f"crisis: {crisis_class}", priority=True, now=now)
