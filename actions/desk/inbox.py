"""What staff see: who waits for a person or has one, who is to be called back, and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.orm import Session

from actions.desk import call_backs, conversations
from actions.desk.alerts import crisis_class_of
from actions.desk.messages import Stored
from actions.desk.models import CONVERSATIONS, HANDOFFS, TICKET_NOTES, TICKETS
from actions.desk.tickets import FINISHED
from knowledge.article_rules import SOURCE_LANGUAGE


@dataclass(frozen=True)
class Entry:
    """A hand-off; `since` is when the family asked for it or was put back, `reason` may be the family's words."""

    id: int
    conversation: str
    status: str
    priority: bool
    crisis_class: str | None
    since: datetime
    language: str
    channel: str
    staff: str | None
    reason: str


@dataclass(frozen=True)
class CallBackEntry:
    """A family that is to be called back; `contact` is None while it has not said how."""

    number: str
    conversation: str | None
    status: str
    since: datetime
    language: str
    contact: str | None
    problem: str
    notes: tuple[str, ...]


def open_entries(session: Session) -> tuple[Entry, ...]:
    """Every hand-off that is not closed: those that wait first, in the order of the queue."""
    place = (HANDOFFS.c.status != "waiting", HANDOFFS.c.priority.desc(), HANDOFFS.c.id)
    return tuple(_entry(session, row) for row in session.execute(_entries(HANDOFFS.c.status != "closed", *place)))


def entry(session: Session, handoff: int) -> Entry:
    """One hand-off; raises LookupError when there is none of that id."""
    row = session.execute(_entries(HANDOFFS.c.id == handoff)).first()
    if row is None:
        raise LookupError(f"there is no hand-off {handoff}")
    return _entry(session, row)


def open_call_backs(session: Session) -> tuple[CallBackEntry, ...]:
    """Every call-back that is not finished, oldest first."""
    waits = (TICKETS.c.kind == call_backs.KIND) & TICKETS.c.status.not_in(FINISHED)
    rows = session.execute(select(TICKETS).where(waits).order_by(TICKETS.c.id)).all()
    return tuple(_call_back(session, row) for row in rows)


def call_back(session: Session, number: str) -> CallBackEntry:
    """One call-back; raises LookupError when there is none of that number."""
    own = (TICKETS.c.number == number) & (TICKETS.c.kind == call_backs.KIND)
    row = session.execute(select(TICKETS).where(own)).first()
    if row is None:
        raise LookupError(f"there is no call-back {number}")
    return _call_back(session, row)


def finish_call_back(session: Session, number: str, now: datetime) -> None:
    """The family was reached. Raises LookupError when there is no call-back of that number."""
    call_back(session, number)
    open_one = (TICKETS.c.number == number) & TICKETS.c.status.not_in(FINISHED)
    session.execute(update(TICKETS).where(open_one).values(status="resolved", updated_at=now))


def transcript(session: Session, conversation: str | None) -> tuple[Stored, ...]:
    """All that was said; nothing once the conversation was deleted."""
    return conversations.since(session, conversation, 0) if conversation is not None else ()


def _entries(which: ColumnElement[bool], *order: Any) -> Any:
    return (
        select(HANDOFFS, CONVERSATIONS.c.language, CONVERSATIONS.c.channel)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == HANDOFFS.c.conversation)
        .where(which)
        .order_by(*order)
    )


def _entry(session: Session, row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        conversation=row.conversation,
        status=row.status,
        priority=row.priority,
        crisis_class=crisis_class_of(session, row.conversation) if row.priority else None,
        since=row.requested_at,
        language=row.language or SOURCE_LANGUAGE,
        channel=row.channel,
        staff=row.staff,
        reason=row.reason,
    )


def _call_back(session: Session, row: Row[Any]) -> CallBackEntry:
    notes = select(TICKET_NOTES.c.text).where(TICKET_NOTES.c.ticket == row.id).order_by(TICKET_NOTES.c.id)
    return CallBackEntry(
        number=row.number,
        conversation=row.conversation,
        status=row.status,
        since=row.created_at,
        language=row.language,
        contact=row.contact,
        problem=row.problem,
        notes=tuple(session.scalars(notes)),
    )
