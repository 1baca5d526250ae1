"""The numbers that text with us: whose conversation each has, what its owner agreed to, and when it is forgotten."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, insert, select, update
from sqlalchemy.orm import Session

from actions.desk import conversations
from actions.desk.database import insert_if_new
from actions.desk.holds import on_hold
from actions.desk.messages import Draft, Stored, store
from actions.desk.models import CONSENT_NOTICES, CONSENTS, MESSAGES, OUTBOX, PHONES
from actions.desk.quiet_hours import next_allowed
from actions.desk.tokens import with_person

Consent = Literal["stop", "start", "blocked"]

CHANNEL = "sms"
# A number whose conversation has been silent for so long, and that nothing waits to be sent to, is deleted.
KEPT = timedelta(days=1)
# A number picks among the choices of the last text for so long.
SESSION_GAP = timedelta(hours=6)
# After so much silence the assistant begins anew: what was left half-way is not even offered any more.
DIALOGUE_KEPT = timedelta(days=3)
LONGEST_WORDING = 300
FIRST_TEXT = "first text "


@dataclass(frozen=True)
class Phone:
    """A number by its keyed hash, with its conversation."""

    id: str
    conversation: str
    opted_out: bool


def meet(session: Session, number_hash: str, sealed: str, now: datetime) -> Phone:
    """The number that a text came from, with a conversation; its readable form is kept for the reply."""
    new = {"id": number_hash, "sealed": sealed, "conversation": None, "opted_out_at": None, "seen_at": now}
    insert_if_new(session, PHONES, new)
    row = session.execute(select(PHONES).where(PHONES.c.id == number_hash).with_for_update()).one()
    conversation = row.conversation
    if conversation is None:
        conversation = conversations.start(session, channel=CHANNEL, language=None, now=now).conversation
    values = {"sealed": sealed, "conversation": conversation, "seen_at": now}
    session.execute(update(PHONES).where(PHONES.c.id == number_hash).values(values))
    return Phone(number_hash, conversation, row.opted_out_at is not None)


def of_id(session: Session, phone: str, *, lock: bool = False) -> Phone | None:
    """The number with that hash, if it has a conversation; `lock` keeps other processes from it until the end."""
    query = select(PHONES).where(PHONES.c.id == phone)
    row = session.execute(query.with_for_update() if lock else query).first()
    if row is None or row.conversation is None:
        return None
    return Phone(row.id, row.conversation, row.opted_out_at is not None)


def note_consent(
    session: Session,
    phone: str,
    consent: Consent,
    *,
    wording: str,
    source: str,
    now: datetime,
    notice: str | None = None,
) -> None:
    """Keep what the number's owner said as a proof, with our `notice` to it, and do it: no texts, or texts again.

    What still waits to be sent is dropped by a stop; `blocked` is a stop that the phone company told us of.
    """
    proof = {"phone": phone, "consent": consent, "wording": wording[:LONGEST_WORDING], "source": source, "at": now}
    proof["notice"] = None if notice is None else _version(session, notice, now)
    session.execute(insert(CONSENTS).values(proof))
    of_phone = PHONES.c.id == phone
    if consent == "start":
        session.execute(update(PHONES).where(of_phone).values(opted_out_at=None))
        return
    session.execute(update(PHONES).where(of_phone, PHONES.c.opted_out_at.is_(None)).values(opted_out_at=now))
    waiting = (OUTBOX.c.phone == phone) & (OUTBOX.c.status == "waiting")
    session.execute(update(OUTBOX).where(waiting, ~_is_crisis()).values(status="dropped", error="opted out"))


def note_first_text(session: Session, phone: str, sid: str, now: datetime) -> None:
    """Keep as a proof that this number wrote to us first, once, under Twilio's id of its text.

    What it wrote is not kept with it: proofs are never deleted, and a question may hold a child's name.
    """
    if session.execute(select(CONSENTS.c.id).where(CONSENTS.c.phone == phone).limit(1)).first() is None:
        proof = {"phone": phone, "consent": "start", "wording": "", "source": f"{FIRST_TEXT}{sid}", "at": now}
        session.execute(insert(CONSENTS).values(proof))


def note_welcome(session: Session, phone: str, notice: str, now: datetime) -> None:
    """Keep with the proof of a number's first text what it was told to it: who answers, what is kept, how to stop."""
    first = (CONSENTS.c.phone == phone) & CONSENTS.c.source.startswith(FIRST_TEXT) & CONSENTS.c.notice.is_(None)
    session.execute(update(CONSENTS).where(first).values(notice=_version(session, notice, now)))


def _version(session: Session, notice: str, now: datetime) -> str:
    """The version of a wording of ours, which is kept once however many numbers were told it."""
    version = hashlib.sha256(notice.encode()).hexdigest()[:16]
    insert_if_new(session, CONSENT_NOTICES, {"id": version, "wording": notice, "at": now})
    return version


def announce(session: Session, conversation: str, draft: Draft, *, zone: ZoneInfo, now: datetime) -> Stored:
    """Say what the family has not just asked for: over text messages by day only, and only where they are wanted."""
    return store(session, conversation, draft, now, None, not_before=next_allowed(now, zone))


def begin_again(session: Session, conversation: str, language: str, now: datetime) -> str | None:
    """Give the number of this conversation a new, empty one; None when it is no number's.

    What its owner said about getting texts is the number's, and stays.
    """
    of_conversation = PHONES.c.conversation == conversation
    phone = session.scalar(select(PHONES.c.id).where(of_conversation).with_for_update())
    if phone is None:
        return None
    new = conversations.start(session, channel=CHANNEL, language=language, now=now).conversation
    session.execute(update(PHONES).where(PHONES.c.id == phone).values(conversation=new))
    return new


def forget_numbers(session: Session, now: datetime, kept: timedelta = KEPT) -> int:
    """Delete the readable form of numbers that have been silent long enough and are owed nothing; how many."""
    return session.connection().execute(update(PHONES).where(forgettable(now, kept)).values(sealed=None)).rowcount


def forgettable(now: datetime, kept: timedelta = KEPT) -> ColumnElement[bool]:
    """Numbers that are readable and need not be: who waits for a person, or talks to one, is owed an answer, and whose
    words are on legal hold must be found by those who act on them."""
    owed = exists().where(OUTBOX.c.phone == PHONES.c.id, OUTBOX.c.status.in_(("waiting", "sending")))
    handed_off = with_person(PHONES.c.conversation)
    held = on_hold(PHONES.c.conversation)
    return (PHONES.c.seen_at <= now - kept) & PHONES.c.sealed.is_not(None) & ~owed & ~handed_off & ~held


def _is_crisis() -> ColumnElement[bool]:
    return exists().where(MESSAGES.c.id == OUTBOX.c.message, MESSAGES.c.kind == "crisis")
