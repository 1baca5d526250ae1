"""Tickets: opening one, adding to it, and telling its status to the family that opened it."""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from actions.desk import lookup_tries
from actions.desk.database import insert_if_new
from actions.desk.models import CONVERSATIONS, TICKET_NOTES, TICKET_STEPS, TICKETS

Outcome = Literal["failed", "not_seen", "worked"]
TicketStatus = Literal["open", "in_progress", "waiting", "resolved", "closed"]

FINISHED: tuple[TicketStatus, ...] = ("resolved", "closed")
# The first ticket is FD-100001.
COUNTED_FROM = 100_000
WRONG_LOOKUPS_ALLOWED = 5
# Compared when there is no ticket, so that an unknown number takes as long as a wrong contact.
NOBODY = "nobody@invalid"


@dataclass(frozen=True)
class StepTried:
    """A step of the article, and what the family said of it."""

    text: str
    outcome: Outcome


@dataclass(frozen=True)
class NewTicket:
    """What a family tells for a ticket; `school` is an id or its own words, None is what it did not give."""

    conversation: str
    kind: str
    article: str | None
    problem: str
    asset_tag: str | None
    school: str | None
    student_name: str | None
    contact: str | None
    language: str
    steps: tuple[StepTried, ...]


@dataclass(frozen=True)
class TicketFact:
    """What a family may know of a ticket."""

    number: str
    status: str


@dataclass(frozen=True)
class Submitted:
    """The ticket that has the report now; `added` when the device had it already."""

    ticket: TicketFact
    added: bool


def submit(session: Session, new: NewTicket, *, request_id: str, now: datetime) -> Submitted:
    """Open a ticket, or add to the one that the device has open; the same `request_id` again changes nothing.

    Raises sqlalchemy.exc.IntegrityError when there is no such conversation.
    """
    known = session.execute(select(TICKETS.c.number, TICKETS.c.status).where(TICKETS.c.request_id == request_id))
    if (row := known.first()) is not None:
        return Submitted(TicketFact(row.number, row.status), False)
    existing = open_for_device(session, new.asset_tag) if new.asset_tag else None
    if existing is None:
        return Submitted(open_ticket(session, new, request_id=request_id, now=now), False)
    note = "\n".join(filter(None, [new.problem, new.contact]))
    if not _has_note(session, existing.number, note, new.conversation):
        add_note(session, existing.number, note, new.conversation, now)
    return Submitted(existing, True)


def open_ticket(session: Session, new: NewTicket, *, request_id: str, now: datetime) -> TicketFact:
    """Open a ticket; the same `request_id` again gives the ticket that it opened.

    Raises sqlalchemy.exc.IntegrityError when there is no such conversation.
    """
    values = asdict(new)
    steps = values.pop("steps")
    # The number is made from the row's id, which the database never gives twice; until then the request's id
    # holds its place, which nobody sees outside this transaction.
    values |= {"number": request_id, "request_id": request_id, "status": "open", "created_at": now, "updated_at": now}
    ticket = insert_if_new(session, TICKETS, values)
    if ticket is None:
        known = select(TICKETS.c.number, TICKETS.c.status).where(TICKETS.c.request_id == request_id)
        return TicketFact(*session.execute(known).one())
    number = f"FD-{COUNTED_FROM + ticket}"
    session.execute(update(TICKETS).where(TICKETS.c.id == ticket).values(number=number))
    if steps:
        rows = [{**step, "ticket": ticket, "place": place} for place, step in enumerate(steps)]
        session.connection().execute(insert(TICKET_STEPS), rows)
    return TicketFact(number, "open")


def status(
    session: Session, *, conversation: str, number: str | None, contact: str | None, now: datetime
) -> TicketFact | None:
    """How a ticket is doing.

    The conversation that opened it need not say more (without `number`: its latest one); anyone else needs the
    number and the contact that the ticket has. A wrong contact, an unknown number and too many wrong tries look the
    same. Tries are counted for the conversation, and over all conversations for who asks and for the number.
    """
    own = select(TICKETS.c.number, TICKETS.c.status).where(TICKETS.c.conversation == conversation)
    if number is not None:
        own = own.where(TICKETS.c.number == number)
    row = session.execute(own.order_by(TICKETS.c.id.desc()).limit(1)).first()
    if row is not None:
        return TicketFact(row.number, row.status)
    if number is None or contact is None or not _spend_try(session, conversation):
        return None
    counted = lookup_tries.keys(session, conversation, number)
    allowed = lookup_tries.spend(session, counted, now)
    asked = select(TICKETS.c.number, TICKETS.c.status, TICKETS.c.contact).where(TICKETS.c.number == number)
    found = session.execute(asked).first()
    matches = _same_contact(contact, (found.contact if found else None) or NOBODY)
    if not allowed or found is None or found.contact is None or not matches:
        return None
    _give_try_back(session, conversation)
    lookup_tries.give_back(session, counted)
    return TicketFact(found.number, found.status)


def open_for_device(session: Session, asset_tag: str) -> TicketFact | None:
    """The latest ticket for this device that is not finished."""
    row = session.execute(
        select(TICKETS.c.number, TICKETS.c.status)
        .where(TICKETS.c.asset_tag == asset_tag, TICKETS.c.status.not_in(FINISHED))
        .order_by(TICKETS.c.id.desc())
        .limit(1)
    ).first()
    return TicketFact(row.number, row.status) if row else None


def add_note(session: Session, number: str, text: str, conversation: str, now: datetime) -> None:
    """Add what a family says to a ticket; raises LookupError when there is none of that number."""
    ticket = session.scalar(
        update(TICKETS).where(TICKETS.c.number == number).values(updated_at=now).returning(TICKETS.c.id)
    )
    if ticket is None:
        raise LookupError(f"there is no ticket {number}")
    session.execute(insert(TICKET_NOTES).values(ticket=ticket, conversation=conversation, text=text, at=now))


def _has_note(session: Session, number: str, text: str, conversation: str) -> bool:
    same = (TICKETS.c.number == number) & (TICKET_NOTES.c.text == text) & (TICKET_NOTES.c.conversation == conversation)
    return session.execute(select(TICKET_NOTES.c.id).join(TICKETS).where(same).limit(1)).first() is not None


def _spend_try(session: Session, conversation: str) -> bool:
    """Count a try before it is looked at, so that tries at the same moment cannot get round the limit."""
    spent = (
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation, CONVERSATIONS.c.wrong_lookups < WRONG_LOOKUPS_ALLOWED)
        .values(wrong_lookups=CONVERSATIONS.c.wrong_lookups + 1)
    )
    return session.connection().execute(spent).rowcount == 1


def _give_try_back(session: Session, conversation: str) -> None:
    back = CONVERSATIONS.c.wrong_lookups - 1
    session.execute(update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation).values(wrong_lookups=back))


def _same_contact(given: str, known: str) -> bool:
    """Whether two e-mails, or the last ten digits of two phones, are the same."""
    return hmac.compare_digest(_comparable(given), _comparable(known)) and bool(_comparable(given))


def _comparable(contact: str) -> bytes:
    if "@" in contact:
        return contact.strip().casefold().encode()
    digits = "".join(character for character in contact if character in "0123456789")
    # Fewer digits are no phone, and must not match another that has none either.
    return digits[-10:].encode() if len(digits) >= 10 else b""
