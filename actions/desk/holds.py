"""Legal hold: what was said about a threat, abuse or the like is evidence, and stays until staff lift the hold.

A hold has no end of its own, so staff are reminded to look at it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from actions.desk import crisis_steps
from actions.desk.models import CONVERSATIONS, CRISIS_ALERTS, HANDOFFS, MESSAGES
from actions.desk.retention import Retention

# Where somebody else has done or announces something. Who speaks of himself, is ill or is missing may have it deleted.
HELD = ("threat", "abuse", "exploitation", "harassment", "bullying")
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


def to_review(session: Session, kept: Retention, now: datetime) -> tuple[tuple[int, str], ...]:
    """(hand-off, class) of each conversation on hold that nobody has looked at for `hold_review_days`."""
    newest = func.max(func.coalesce(CRISIS_ALERTS.c.hold_reviewed_at, CRISIS_ALERTS.c.at))
    latest = select(func.max(HANDOFFS.c.id)).where(HANDOFFS.c.conversation == CRISIS_ALERTS.c.conversation)
    # Of several, the one of which one more contact is told.
    harassment = func.max(case((CRISIS_ALERTS.c.crisis_class == "harassment", "harassment")))
    crisis_class = func.coalesce(harassment, func.max(CRISIS_ALERTS.c.crisis_class))
    due = (
        select(latest.scalar_subquery().label("handoff"), crisis_class)
        .where(HOLDS, CRISIS_ALERTS.c.conversation.is_not(None))
        .group_by(CRISIS_ALERTS.c.conversation)
        .having(newest <= now - kept.hold_review)
    )
    return tuple(sorted((row[0], row[1]) for row in session.execute(due) if row[0] is not None))


def remind(session: Session, handoff: int, now: datetime, again: timedelta) -> bool:
    """Note that staff are reminded now of this hold; False where they were less than `again` ago."""
    reminded = CRISIS_ALERTS.c.hold_reminded_at
    late = or_(reminded.is_(None), reminded <= now - again)
    held = and_(CRISIS_ALERTS.c.conversation == _conversation_of(session, handoff), HOLDS)
    recently = session.execute(select(CRISIS_ALERTS.c.id).where(held, ~late).limit(1)).first()
    if recently is not None:
        return False
    return session.connection().execute(update(CRISIS_ALERTS).where(held).values(hold_reminded_at=now)).rowcount > 0


def keep(session: Session, handoff: int, staff: str, now: datetime) -> bool:
    """Somebody has looked at the hold of the hand-off's conversation, and it stays; whether there was one.

    Raises LookupError when there is no hand-off of that id.
    """
    return _note_each(session, handoff, "hold kept", staff, now, hold_reviewed_at=now)


def lift(session: Session, handoff: int, staff: str, now: datetime) -> bool:
    """End the hold of the hand-off's conversation, from where on it is deleted like any other; whether there was one.

    Raises LookupError when there is no hand-off of that id.
    """
    return _note_each(session, handoff, "hold lifted", staff, now, hold_lifted_at=now)


def _note_each(
    session: Session, handoff: int, step: crisis_steps.StepName, staff: str, now: datetime, **values: datetime
) -> bool:
    conversation = _conversation_of(session, handoff)
    held = select(CRISIS_ALERTS.c.id).where(CRISIS_ALERTS.c.conversation == conversation, HOLDS)
    alerts = session.scalars(held.order_by(CRISIS_ALERTS.c.id)).all()
    for alert in alerts:
        crisis_steps.note(session, alert, step, staff, None, now)
    session.execute(update(CRISIS_ALERTS).where(CRISIS_ALERTS.c.id.in_(alerts)).values(values))
    return bool(alerts)


def _conversation_of(session: Session, handoff: int) -> str:
    conversation: str | None = session.scalar(select(HANDOFFS.c.conversation).where(HANDOFFS.c.id == handoff))
    if conversation is None:
        raise LookupError(f"there is no hand-off {handoff}")
    return conversation
