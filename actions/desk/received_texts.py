"""Text messages as they come: each stored once, and those of a burst taken together as one message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.desk.crisis import CrisisClass
from actions.desk.database import insert_if_new
from actions.desk.models import RECEIVED_TEXTS


@dataclass(frozen=True)
class ReceivedText:
    """A text that no message was made of yet; `text` is masked, `crisis` was screened on the text as it came."""

    id: int
    sid: str
    text: str
    masked: bool
    pictures: bool
    crisis: CrisisClass | None


def store(
    session: Session,
    phone: str,
    sid: str,
    text: str,
    *,
    masked: bool,
    pictures: bool,
    crisis: CrisisClass | None,
    now: datetime,
) -> int | None:
    """Store a text under Twilio's id of it; None when it is there already."""
    values = {"sid": sid, "phone": phone, "text": text, "masked": masked, "pictures": pictures}
    return insert_if_new(session, RECEIVED_TEXTS, {**values, "crisis_class": crisis, "taken": False, "at": now})


def untaken(session: Session, phone: str) -> tuple[ReceivedText, ...]:
    """The texts of a number that no message was made of, in the order in which they came."""
    waits = (RECEIVED_TEXTS.c.phone == phone) & ~RECEIVED_TEXTS.c.taken
    rows = session.execute(select(RECEIVED_TEXTS).where(waits).order_by(RECEIVED_TEXTS.c.id))
    return tuple(
        ReceivedText(row.id, row.sid, row.text, row.masked, row.pictures, cast("CrisisClass | None", row.crisis_class))
        for row in rows
    )


def take(session: Session, texts: list[int]) -> None:
    """Note that a message was made of these; what they said is in the message and need not stand here as well."""
    session.execute(update(RECEIVED_TEXTS).where(RECEIVED_TEXTS.c.id.in_(texts)).values(taken=True, text=""))


def phones_waiting(session: Session) -> tuple[str, ...]:
    """Numbers with texts that no message was made of: the desk was stopped in between."""
    waiting = select(RECEIVED_TEXTS.c.phone).where(~RECEIVED_TEXTS.c.taken).distinct()
    return tuple(session.scalars(waiting))
