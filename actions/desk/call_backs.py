"""Call-backs: where no person can come, a ticket asks one to get in touch, and the family says how."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from actions.desk import conversations, handoffs, tickets
from actions.desk.models import HANDOFFS, MESSAGES, PHONES, TICKETS
from actions.desk.phone_numbers import PhoneNumbers
from actions.desk.recognise import recognise
from actions.desk.tickets import FINISHED, NewTicket
from knowledge.article_rules import SOURCE_LANGUAGE

KIND = "call_back"
# How far back a contact is looked for.
NEWEST = 100
_OPEN = (
    select(TICKETS)
    .where(TICKETS.c.conversation == bindparam("conversation"), TICKETS.c.kind == KIND)
    .where(TICKETS.c.status.not_in(FINISHED))
    .order_by(TICKETS.c.id.desc())
    .limit(1)
)
_OPEN_WITHOUT_CONTACT = _OPEN.where(TICKETS.c.contact.is_(None))


@dataclass(frozen=True)
class CallBack:
    """The ticket; `contact` is an e-mail address or a number as +15155550177, None while none is known."""

    number: str
    contact: str | None
    new: bool = False


def open_instead(
    session: Session, handoff: int, *, numbers: PhoneNumbers | None, contact: str | None = None, now: datetime
) -> CallBack | None:
    """End a hand-off for which nobody comes, and open a ticket in its place; the one that is open already will do.

    `contact` is what the family has just said, `numbers` opens the number of one that texts. None where the hand-off
    has priority, or a person has it: then it stays.
    """
    if not handoffs.give_up(session, handoff, now):
        return None
    row = session.execute(select(HANDOFFS).where(HANDOFFS.c.id == handoff)).one()
    before = current(session, row.conversation)
    if before is not None:
        return before
    contact = contact or known_contact(session, row.conversation, numbers)
    new = NewTicket(
        conversation=row.conversation,
        kind=KIND,
        article=None,
        problem=row.reason,
        asset_tag=None,
        school=None,
        student_name=None,
        contact=contact,
        language=conversations.facts(session, row.conversation).language or SOURCE_LANGUAGE,
        steps=(),
    )
    opened = tickets.open_ticket(session, new, request_id=f"call-back {handoff}", now=now)
    return CallBack(opened.number, contact, new=True)


def current(session: Session, conversation: str) -> CallBack | None:
    """The call-back that the conversation waits for."""
    row = session.connection().execute(_OPEN, {"conversation": conversation}).first()
    return CallBack(row.number, row.contact) if row else None


def take_contact(session: Session, conversation: str, text: str, now: datetime) -> CallBack | None:
    """Where a call-back waits for a contact and the text holds one: note it and all that was written with it."""
    row = session.connection().execute(_OPEN_WITHOUT_CONTACT, {"conversation": conversation}).first()
    if row is None:
        return None
    contact = contact_in(text)
    if contact is None:
        return None
    session.execute(update(TICKETS).where(TICKETS.c.id == row.id).values(contact=contact))
    tickets.add_note(session, row.number, text, conversation, now)
    return CallBack(row.number, contact)


def contact_in(text: str, ours: Collection[str] = ()) -> str | None:
    """The last phone number or e-mail address of a text, as one puts right what stands before it; none of `ours`."""
    found = [one.value for one in recognise(text, asks="contact") if one.kind in {"phone", "email"}]
    return next((contact for contact in reversed(found) if contact not in ours), None)


def told_contact(session: Session, conversation: str, ours: Collection[str] = ()) -> str | None:
    """What the family wrote last, in this conversation, of how to reach it; numbers of the district are not meant."""
    own = (MESSAGES.c.conversation == conversation) & (MESSAGES.c.sender == "family")
    said = session.scalars(select(MESSAGES.c.text).where(own).order_by(MESSAGES.c.id.desc()).limit(NEWEST))
    return next((contact for text in said if (contact := contact_in(text, ours))), None)


def known_contact(session: Session, conversation: str, numbers: PhoneNumbers | None) -> str | None:
    """What the family gave for an earlier ticket in this conversation, else the number that it texts from."""
    given = select(TICKETS.c.contact).where(TICKETS.c.conversation == conversation, TICKETS.c.contact.is_not(None))
    contact = session.scalar(given.order_by(TICKETS.c.id.desc()).limit(1))
    if contact is None and numbers is not None:
        sealed = session.scalar(select(PHONES.c.sealed).where(PHONES.c.conversation == conversation))
        contact = numbers.opened(sealed) if sealed is not None else None
    return contact
