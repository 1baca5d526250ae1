"""Legal hold: what was said about a threat, abuse or the like is evidence, and stays until staff lift the hold."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from actions.desk import crisis_steps
from actions.desk.models import CONVERSATIONS, CRISIS_ALERTS, HANDOFFS, MESSAGES

# Where somebody else has done or announces something. Who speaks of himself, is ill or is missing may have it deleted.
HELD = ("threat", "abuse", "exploitation", "harassment")
# The alerts that keep what they are about.
HOLDS = CRISIS_ALERTS.c.crisis_class.in_(HELD) & CRISIS_ALERTS.c.hold_lifted_at.is_(None)


def on_hold(conversation: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the conversation whose id stands in that column must not be deleted."""
    return exists().where(CRISIS_ALERTS.c.conversation == conversation, HOLDS)


def is_held(session: Session, conversation: str) -> bool:
    """Whether the conversation is on hold."""
    held = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == conversation, on_hold(CONVERSATIONS.c.id))
    return session.execute(held).first() is not None


def count_held(session: Session) -> dict[str, int]:
    """How much is kept beyond its time for as long as it is on hold."""
    conversations = select(func.count()).select_from(CONVERSATIONS).where(on_hold(CONVERSATIONS.c.id))
    messages = select(func.count()).select_from(MESSAGES).where(on_hold(MESSAGES.c.conversation))
    return {
        "conversations": session.scalar(conversations) or 0,
        "messages": session.scalar(messages) or 0,
    }


def held_handoffs(session: Session) -> tuple[int, ...]:
    """The latest hand-off of each conversation on hold."""
    latest = select(func.max(HANDOFFS.c.id)).where(on_hold(HANDOFFS.c.conversation)).group_by(HANDOFFS.c.conversation)
    return tuple(sorted(session.scalars(latest)))


def lift(session: Session, handoff: int, staff: str, now: datetime) -> bool:
    """End the hold of the hand-off's conversation, from where on it is deleted like any other; whether there was one.

    Raises LookupError when there is no hand-off of that id.
    """
    conversation = session.scalar(select(HANDOFFS.c.conversation).where(HANDOFFS.c.id == handoff))
    if conversation is None:
        raise LookupError(f"there is no hand-off {handoff}")
    held = select(CRISIS_ALERTS.c.id).where(CRISIS_ALERTS.c.conversation == conversation, HOLDS)
    alerts = session.scalars(held.order_by(CRISIS_ALERTS.c.id)).all()
    for alert in alerts:
        crisis_steps.note(session, alert, "hold lifted", staff, None, now)
    session.execute(update(CRISIS_ALERTS).where(CRISIS_ALERTS.c.id.in_(alerts)).values(hold_lifted_at=now))
    return bool(alerts)
