"""Hand-offs: a family waits for a person, a person takes the conversation, writes in it, and leaves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Row, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from actions.desk.conversations import Stored, staff_message
from actions.desk.database import insert_if_new
from actions.desk.models import HANDOFFS, MESSAGES

HandoffStatus = Literal["waiting", "assigned", "closed"]


class HandoffError(Exception):
    """What was asked of a hand-off does not fit its state; the text says which it is in."""


@dataclass(frozen=True)
class Queued:
    """An open hand-off; `position` counts from 1 and is 0 once a person has it; `new` when this request made it."""

    id: int
    status: HandoffStatus
    position: int
    new: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Waiting:
    """A family that waits, as the staff see it in the queue; `requested_at` is since when."""

    id: int
    conversation: str
    reason: str
    priority: bool
    requested_at: datetime


def request(session: Session, conversation: str, *, reason: str, priority: bool = False, now: datetime) -> Queued:
    """Put the conversation in the queue; while it has an open hand-off that one stays, but may gain priority.

    Raises sqlalchemy.exc.IntegrityError when there is no such conversation.
    """
    values = {
        "conversation": conversation,
        "status": "waiting",
        "reason": reason,
        "priority": priority,
        "requested_at": now,
    }
    new = insert_if_new(session, HANDOFFS, values) is not None
    is_open = and_(HANDOFFS.c.conversation == conversation, HANDOFFS.c.status != "closed")
    if priority:
        session.execute(update(HANDOFFS).where(is_open).values(priority=True))
    row = session.execute(select(HANDOFFS).where(is_open)).one()
    return Queued(row.id, row.status, _position(session, row), new)


def accept(session: Session, handoff_id: int, staff: str, now: datetime) -> None:
    """Give the conversation to this person; again by the same person changes nothing.

    Raises HandoffError when another person has it or it is closed, LookupError when there is none of that id.
    """
    taken = update(HANDOFFS).where(HANDOFFS.c.id == handoff_id, HANDOFFS.c.status == "waiting")
    changed = session.connection().execute(taken.values(status="assigned", staff=staff, accepted_at=now))
    if changed.rowcount == 0:
        row = _row(session, handoff_id)
        if row.status == "closed" or row.staff != staff:
            raise HandoffError(f"hand-off {handoff_id} is {_standing(row)}; choose one that is waiting")


def say(
    session: Session,
    handoff_id: int,
    text: str,
    now: datetime,
    *,
    language: str | None = None,
    staff: str | None = None,
) -> Stored:
    """Store what the person writes to the family; `language` is the conversation's unless another is named.

    Raises HandoffError when no person has accepted it, or another than `staff`; LookupError when there is none of
    that id.
    """
    row = _row(session, handoff_id, lock=True)
    if row.status != "assigned" or staff not in {None, row.staff}:
        raise HandoffError(f"hand-off {handoff_id} is {_standing(row)}; accept one before you write in it")
    return staff_message(session, row.conversation, text, language=language, now=now)


def release(session: Session, handoff_id: int, now: datetime) -> bool:
    """Put it back in the queue at its old place, where it waits anew; whether a person had it.

    Raises LookupError when there is none of that id.
    """
    _row(session, handoff_id)
    assigned = update(HANDOFFS).where(HANDOFFS.c.id == handoff_id, HANDOFFS.c.status == "assigned")
    values = {"status": "waiting", "staff": None, "accepted_at": None, "requested_at": now}
    return session.connection().execute(assigned.values(values)).rowcount == 1


def close(session: Session, handoff_id: int, now: datetime) -> bool:
    """End it, accepted or not; the assistant answers again. Closing twice changes nothing; whether this did.

    Raises LookupError when there is none of that id.
    """
    row = _row(session, handoff_id)
    newest = select(func.max(MESSAGES.c.id)).where(MESSAGES.c.conversation == row.conversation).scalar_subquery()
    not_closed = update(HANDOFFS).where(HANDOFFS.c.id == handoff_id, HANDOFFS.c.status != "closed")
    values = {"status": "closed", "closed_at": now, "closed_message": newest}
    return session.connection().execute(not_closed.values(values)).rowcount == 1


def give_up(session: Session, handoff_id: int, now: datetime) -> bool:
    """End one for which nobody comes; whether it did. One with priority, or that a person has, stays.

    As nobody was there who could leave, the assistant goes on at once.
    """
    waits = update(HANDOFFS).where(HANDOFFS.c.id == handoff_id, HANDOFFS.c.status == "waiting", ~HANDOFFS.c.priority)
    return session.connection().execute(waits.values(status="closed", closed_at=now)).rowcount == 1


def overdue(session: Session, since: datetime) -> tuple[Waiting, ...]:
    """Those without priority that have waited since then or longer."""
    return tuple(one for one in waiting(session) if not one.priority and one.requested_at <= since)


def abandoned(session: Session, since: datetime) -> tuple[int, ...]:
    """Those in which the family has waited since then or longer for a word of the person who has it."""
    family, staff = MESSAGES.alias("family"), MESSAGES.alias("staff")
    answered = exists().where(
        staff.c.conversation == family.c.conversation, staff.c.sender == "staff", staff.c.id > family.c.id
    )
    unheard = exists().where(
        family.c.conversation == HANDOFFS.c.conversation,
        family.c.sender == "family",
        family.c.at <= since,
        ~answered,
    )
    left = and_(HANDOFFS.c.status == "assigned", HANDOFFS.c.accepted_at <= since, unheard)
    return tuple(session.scalars(select(HANDOFFS.c.id).where(left).order_by(HANDOFFS.c.id)))


def present(session: Session, conversation: str) -> bool:
    """Whether a person has this conversation, so that the assistant must be silent."""
    assigned = select(HANDOFFS.c.id).where(HANDOFFS.c.conversation == conversation, HANDOFFS.c.status == "assigned")
    return session.execute(assigned).first() is not None


def place(session: Session, conversation: str) -> int | None:
    """The conversation's place in the queue, from 1; None where it does not wait."""
    waits = select(HANDOFFS).where(HANDOFFS.c.conversation == conversation, HANDOFFS.c.status == "waiting")
    row = session.execute(waits).first()
    return _position(session, row) if row is not None else None


def conversation_of(session: Session, handoff_id: int) -> str:
    """Raises LookupError when there is none of that id."""
    return str(_row(session, handoff_id).conversation)


def leave(session: Session, conversation: str, now: datetime) -> bool:
    """The family does not want a person any more; whether it waited for one. One with priority stays."""
    waits = select(HANDOFFS.c.id).where(HANDOFFS.c.conversation == conversation, HANDOFFS.c.status == "waiting")
    handoff = session.scalar(waits)
    return handoff is not None and give_up(session, handoff, now)


def waiting(session: Session) -> tuple[Waiting, ...]:
    """The queue: those with priority first, then in the order of asking."""
    queue = select(HANDOFFS).where(HANDOFFS.c.status == "waiting")
    rows = session.execute(queue.order_by(HANDOFFS.c.priority.desc(), HANDOFFS.c.id))
    return tuple(Waiting(row.id, row.conversation, row.reason, row.priority, row.requested_at) for row in rows)


def _standing(row: Row[Any]) -> str:
    return f"assigned to {row.staff}" if row.status == "assigned" else str(row.status)


def _position(session: Session, row: Row[Any]) -> int:
    if row.status != "waiting":
        return 0
    earlier = and_(HANDOFFS.c.priority == row.priority, HANDOFFS.c.id < row.id)
    before = earlier if row.priority else or_(HANDOFFS.c.priority, earlier)
    ahead = select(func.count()).select_from(HANDOFFS).where(HANDOFFS.c.status == "waiting", before)
    return 1 + cast(int, session.scalar(ahead))


def _row(session: Session, handoff_id: int, *, lock: bool = False) -> Row[Any]:
    query: Select[Any] = select(HANDOFFS).where(HANDOFFS.c.id == handoff_id)
    # Locked, nobody can close it before what depends on its state is stored; SQLite has one writer anyway.
    row = session.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise LookupError(f"there is no hand-off {handoff_id}")
    return row
