"""The outbox of text messages: written with the reply in one transaction, sent in order, and never twice.

A row is `waiting`, then `sending` while a process talks to Twilio, then `sent`, and `delivered` or `undelivered` as
Twilio tells later. It ends as `failed` when nobody can send it and as `dropped` when nobody wants it any more.
A row that is still `sending` when its lease has ended is uncertain: it may have gone out or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Insert, Row, Select, bindparam, func, insert, literal, or_, select, text, update
from sqlalchemy.orm import Session

from actions.desk.database import insert_if_new
from actions.desk.models import MESSAGES, OUTBOX, PHONES
from actions.desk.quiet_hours import next_allowed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# What the day's limit holds back is looked at again then.
HELD_BACK = timedelta(minutes=10)
# The payload of the one text that says that a number is above its limit; it goes out above it.
ABOVE_LIMIT = "sms:above_limit"
# In the words of the partial index, so that the database uses it.
_UNSENT = text("outbox.status IN ('waiting', 'sending')")
_UNDER_WAY = ("waiting", "sending")


@dataclass(frozen=True)
class Due:
    """A text to be sent now. `sealed` is None when the number was deleted; `uncertain`, when it may have gone out."""

    id: int
    phone: str
    sealed: str | None
    message: int
    part: int
    body: str | None
    attempts: int
    uncertain: bool
    created_at: datetime


def post(
    session: Session,
    conversation: str,
    message: int,
    now: datetime,
    *,
    regardless: bool = False,
    not_before: datetime | None = None,
) -> None:
    """Have a message sent, if its conversation is one over text messages and its number wants texts.

    `regardless` sends it to a number that does not: a crisis is always answered, and a stop is confirmed.
    """
    values = {"of_conversation": conversation, "of_message": message, "now": now, "due": not_before or now}
    session.connection().execute(_POST_ALWAYS if regardless else _POST, values)


def post_part(session: Session, phone: str, message: int, part: int, now: datetime) -> None:
    """Have one more part of a message sent; one that is there already is not sent again."""
    values = {"phone": phone, "message": message, "part": part, "status": "waiting", "attempts": 0}
    insert_if_new(session, OUTBOX, {**values, "due_at": now, "created_at": now})


def parts_sent(session: Session, phone: str, most: int = 6) -> list[tuple[int, int]]:
    """(message, last part) of the latest messages to a number, newest first."""
    last = func.max(OUTBOX.c.part)
    query = select(OUTBOX.c.message, last).where(OUTBOX.c.phone == phone).group_by(OUTBOX.c.message)
    return [(row[0], row[1]) for row in session.execute(query.order_by(OUTBOX.c.message.desc()).limit(most))]


def bodies_sent(session: Session, phone: str, most: int = 40) -> list[str]:
    """The texts that a number got last, as they were handed over, newest first."""
    query = select(OUTBOX.c.body).where(OUTBOX.c.phone == phone, OUTBOX.c.body.is_not(None))
    return list(session.scalars(query.order_by(OUTBOX.c.id.desc()).limit(most)))


def replies_in_hour(session: Session, phone: str, now: datetime) -> int:
    """How many texts went, or go, to a number within an hour."""
    counts = or_(OUTBOX.c.sent_at > now - HOUR, OUTBOX.c.status == "sending")
    query = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.phone == phone, counts)
    return session.scalar(query) or 0


def room_again(session: Session, phone: str, now: datetime, an_hour: int) -> datetime:
    """When the number may get another text: the one that is `an_hour` texts back is an hour old then."""
    recent = (OUTBOX.c.phone == phone) & (OUTBOX.c.sent_at > now - HOUR)
    query = select(OUTBOX.c.sent_at).where(recent).order_by(OUTBOX.c.sent_at.desc()).offset(an_hour - 1).limit(1)
    oldest = session.scalar(query)
    return now + HELD_BACK if oldest is None else oldest + HOUR


def told_of_limit(session: Session, conversation: str, now: datetime) -> bool:
    """Whether the number of this conversation heard within an hour that it is above its limit."""
    told = (
        (MESSAGES.c.conversation == conversation) & (MESSAGES.c.payload == ABOVE_LIMIT) & (MESSAGES.c.at > now - HOUR)
    )
    return session.execute(select(MESSAGES.c.id).where(told).limit(1)).first() is not None


def tells_of_limit(session: Session, message: int) -> None:
    """Note that this message says so: it goes out all the same, and nothing says so again for an hour."""
    session.execute(update(MESSAGES).where(MESSAGES.c.id == message).values(payload=ABOVE_LIMIT))


def sent_in_day(session: Session, now: datetime) -> int:
    """How many texts went, or go, to all numbers within 24 hours."""
    counts = or_(OUTBOX.c.sent_at > now - DAY, OUTBOX.c.status == "sending")
    return session.scalar(select(func.count()).select_from(OUTBOX).where(counts)) or 0


def claim(
    session: Session,
    now: datetime,
    *,
    lease: timedelta,
    an_hour: int,
    zone: ZoneInfo,
    day_is_full: bool = False,
    most: int = 20,
) -> tuple[Due, ...]:
    """Take what is due, for each number only its first, so that order is kept; others may take it after `lease`.

    A number that got `an_hour` texts within an hour gets the assistant's others later: two machines would never end,
    and a ticket's number must not be lost. What helps in a crisis and what a person writes is sent all the same. When
    the `day_is_full`, all but a crisis waits; a text that answers nobody waits for the day as the clock shows it in
    `zone`.
    """
    taken = []
    for row in session.execute(_heads(now, most)).all():
        due = _not_before(row, now, zone, day_is_full)
        if _counts(row) and replies_in_hour(session, row.phone, now) >= an_hour:
            due = max(due, room_again(session, row.phone, now, an_hour))
        if due > now:
            # Untried again, it holds up nothing that may go before it.
            session.execute(update(OUTBOX).where(_as_read(row)).values(due_at=due, attempts=0))
            continue
        values = {"status": "sending", "due_at": now + lease, "attempts": row.attempts + 1}
        if session.connection().execute(update(OUTBOX).where(_as_read(row)).values(values)).rowcount == 1:
            uncertain = row.status == "sending"
            taken.append(
                Due(row.id, row.phone, row.sealed, row.message, row.part, row.body, row.attempts, uncertain,
                    row.created_at)
            )  # fmt: skip
    return tuple(taken)


def _counts(row: Row[Any]) -> bool:
    """Whether it must have room under the hour's limit; what may have gone out has only to be found out."""
    if row.status == "sending" or row.kind == "crisis" or row.payload == ABOVE_LIMIT:
        return False
    return bool(row.sender == "bot")


def _not_before(row: Row[Any], now: datetime, zone: ZoneInfo, day_is_full: bool) -> datetime:
    """When a text may go out; now for one that may have gone already, which only has to be found out."""
    if row.kind == "crisis" or row.status == "sending":
        return now
    if day_is_full:
        return now + HELD_BACK
    # What is said to a number that has just written is a reply, whoever says it and in whichever conversation.
    is_reply = row.answers_to is not None or row.seen_at > row.created_at - HOUR
    return now if is_reply else next_allowed(now, zone)


def next_due(session: Session) -> datetime | None:
    """The moment at which the next text is due; None when none waits."""
    return cast("datetime | None", session.scalar(select(func.min(OUTBOX.c.due_at)).where(_UNSENT)))


def note_body(session: Session, row: int, body: str) -> None:
    """Keep what is handed to Twilio, before it is."""
    session.execute(update(OUTBOX).where(OUTBOX.c.id == row).values(body=body))


def note_sent(session: Session, row: int, sid: str, now: datetime) -> None:
    """Twilio has it, under this id; what its callback has told already stays."""
    session.execute(
        update(OUTBOX)
        .where(OUTBOX.c.id == row, OUTBOX.c.status.in_(_UNDER_WAY))
        .values(status="sent", sent_at=now, error=None)
    )
    session.execute(update(OUTBOX).where(OUTBOX.c.id == row, OUTBOX.c.sid.is_(None)).values(sid=sid))


def note_later(session: Session, row: int, due: datetime, error: str, *, uncertain: bool = False) -> None:
    """Twilio does not have it; to be tried again then. `uncertain`: Twilio may have it, which must be found out."""
    status = "sending" if uncertain else "waiting"
    values = {"status": status, "due_at": due, "error": error}
    session.execute(update(OUTBOX).where(OUTBOX.c.id == row, OUTBOX.c.status.in_(_UNDER_WAY)).values(values))


def note_end(session: Session, row: int, status: str, error: str) -> None:
    """It is not sent and never will be: `failed` or `dropped`."""
    values = {"status": status, "error": error}
    session.execute(update(OUTBOX).where(OUTBOX.c.id == row, OUTBOX.c.status.in_(_UNDER_WAY)).values(values))


def note_delivery(session: Session, row: int | None, sid: str, status: str, error: str | None, now: datetime) -> str:
    """Twilio tells how a text fares, by our row's number where it knows it, else by its own id; its phone's hash.

    Callbacks come in any order, and before our own note: a text that arrived stays so. Raises LookupError.
    """
    found = session.execute(
        select(OUTBOX).where(OUTBOX.c.id == row if row is not None else OUTBOX.c.sid == sid)
    ).first()
    if found is None or found.sid not in {None, sid}:
        raise LookupError("a delivery of a text that is not ours")
    final = found.status in {"delivered", "undelivered"}
    values: dict[str, Any] = {"sid": sid, "sent_at": found.sent_at or now}
    if not final:
        values |= {"status": status, "error": error}
    session.execute(update(OUTBOX).where(OUTBOX.c.id == found.id).values(values))
    return str(found.phone)


def _as_read(row: Row[Any]) -> Any:
    """The row, unless another process has taken it in the meantime."""
    return (OUTBOX.c.id == row.id) & (OUTBOX.c.status == row.status) & (OUTBOX.c.attempts == row.attempts)


def _heads(now: datetime, most: int) -> Select[Any]:
    """Each number's first unsent text, where it is due; a crisis before all others.

    What waits for a later hour, untried, holds up nothing.
    """
    place = func.row_number().over(partition_by=OUTBOX.c.phone, order_by=(OUTBOX.c.message, OUTBOX.c.part))
    counts = or_(OUTBOX.c.attempts > 0, OUTBOX.c.due_at <= now)
    ranked = select(OUTBOX.c.id, place.label("place")).where(_UNSENT, counts).subquery()
    return (
        select(
            OUTBOX,
            PHONES.c.sealed,
            PHONES.c.seen_at,
            MESSAGES.c.kind,
            MESSAGES.c.sender,
            MESSAGES.c.payload,
            MESSAGES.c.answers_to,
        )
        .join(ranked, ranked.c.id == OUTBOX.c.id)
        .join(PHONES, PHONES.c.id == OUTBOX.c.phone)
        .join(MESSAGES, MESSAGES.c.id == OUTBOX.c.message)
        .where(ranked.c.place == 1, OUTBOX.c.due_at <= now)
        .order_by((MESSAGES.c.kind == "crisis").desc(), OUTBOX.c.due_at, OUTBOX.c.id)
        .limit(most)
    )


def _insert(*, always: bool) -> Insert:
    moment = OUTBOX.c.due_at.type
    rows = select(
        PHONES.c.id,
        bindparam("of_message", type_=OUTBOX.c.message.type),
        literal(0),
        literal("waiting"),
        literal(0),
        bindparam("due", type_=moment),
        bindparam("now", type_=moment),
    ).where(PHONES.c.conversation == bindparam("of_conversation"))
    if not always:
        rows = rows.where(PHONES.c.opted_out_at.is_(None))
    return insert(OUTBOX).from_select(
        ["phone", "message", "part", "status", "attempts", "due_at", "created_at"], rows, include_defaults=False
    )


_POST, _POST_ALWAYS = _insert(always=False), _insert(always=True)
