"""What a staff member does with a hand-off, each in one transaction with what the family and others are told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.desk import conversations, crisis_steps, handoffs, inbox, notices
from actions.desk.conversations import Stored
from actions.desk.district import District
from actions.desk.handoffs import HandoffError
from actions.desk.models import PHONES
from actions.desk.phones import CHANNEL as SMS
from actions.desk.redaction import mask
from bot.gateway.own_replies import OwnReplies


def accept(session: Session, handoff: int, staff: str, now: datetime) -> None:
    """Take the conversation; the assistant is silent from here on. Raises HandoffError and LookupError."""
    had_it = inbox.entry(session, handoff).status == "assigned"
    handoffs.accept(session, handoff, staff, now)
    if not had_it:
        crisis_steps.note_staff(session, handoff, "accepted", staff, now)


def reply(session: Session, handoff: int, text: str, staff: str, now: datetime) -> Stored:
    """Write to the family, without passwords and the like: they are no better kept for coming from staff.

    Raises HandoffError where it would not arrive, LookupError when there is none of that id.
    """
    _must_arrive(session, inbox.entry(session, handoff))
    return handoffs.say(session, handoff, mask(text).text, now, staff=staff)


def close(session: Session, handoff: int, own: OwnReplies, now: datetime) -> None:
    """Leave the conversation to the assistant, which says so once; closing twice changes nothing.

    Raises HandoffError for one that nobody has accepted: the family would wait for a person in vain.
    """
    entry = inbox.entry(session, handoff)
    if entry.status == "waiting":
        raise HandoffError(f"hand-off {handoff} is waiting; accept it before you close it")
    if handoffs.close(session, handoff, now):
        crisis_steps.note_staff(session, handoff, "closed", entry.staff, now)
        draft = own.on(entry.channel).handoff_ended(entry.language)
        asks = conversations.facts(session, entry.conversation).asks
        conversations.reply(session, entry.conversation, None, (draft,), asks=asks, now=now)


def release(session: Session, handoff: int, district: District, now: datetime) -> None:
    """Put it back in the queue, and have staff told anew. Raises HandoffError unless a person has it."""
    entry = inbox.entry(session, handoff)
    if not handoffs.release(session, handoff, now):
        raise HandoffError(f"hand-off {handoff} is {entry.status}; only one that a person has can be put back")
    crisis_steps.note_staff(session, handoff, "released", entry.staff, now)
    if entry.crisis_class is not None:
        contacts = notices.crisis_contacts_of(district, entry.crisis_class)
        notices.post(session, handoff, "crisis", contacts, now, crisis_class=entry.crisis_class)
    else:
        notices.post(session, handoff, "waiting", notices.help_desk_of(district), now)


def _must_arrive(session: Session, entry: inbox.Entry) -> None:
    if entry.channel != SMS:
        return
    phone = session.execute(select(PHONES).where(PHONES.c.conversation == entry.conversation)).first()
    if phone is None or phone.sealed is None:
        raise HandoffError(f"hand-off {entry.id}: the family's number was deleted, so that no text can reach it")
    if phone.opted_out_at is not None:
        raise HandoffError(f"hand-off {entry.id}: the family has texted STOP and gets no more texts; call it instead")
