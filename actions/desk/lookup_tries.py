"""Wrong guesses at a ticket's contact, counted over all conversations: for each ticket number and each phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, or_, select, update
from sqlalchemy.orm import Session

from actions.desk.database import insert_if_new
from actions.desk.models import LOOKUP_TRIES, PHONES

# More than one family's slips of the finger, and nothing against the ten million phones of one area code.
TRIES_ALLOWED = 10
WINDOW = timedelta(days=1)


def keys(session: Session, conversation: str, number: str) -> tuple[str, ...]:
    """What a guess is counted under: the phone of a texted conversation, and the number asked about, there or not."""
    phone = session.scalar(select(PHONES.c.id).where(PHONES.c.conversation == conversation))
    return (*([f"phone {phone}"] if phone else []), f"ticket {number}")


def spend(session: Session, counted: Sequence[str], now: datetime) -> bool:
    """Count a try under each key in turn; False at the first that has none left, so that who may not try any more
    uses up nobody else's.

    One statement for each key counts and compares, so that tries at the same moment cannot get round the limit.
    """
    return all(_spend_one(session, key, now) for key in counted)


def give_back(session: Session, counted: Sequence[str]) -> None:
    """A right answer is no guess."""
    fewer = update(LOOKUP_TRIES).where(LOOKUP_TRIES.c.id.in_(counted), LOOKUP_TRIES.c.tries > 0)
    session.execute(fewer.values(tries=LOOKUP_TRIES.c.tries - 1))


def _spend_one(session: Session, key: str, now: datetime) -> bool:
    insert_if_new(session, LOOKUP_TRIES, {"id": key, "tries": 0, "since": now})
    over = LOOKUP_TRIES.c.since <= now - WINDOW
    spent = (
        update(LOOKUP_TRIES)
        .where(LOOKUP_TRIES.c.id == key, or_(over, LOOKUP_TRIES.c.tries < TRIES_ALLOWED))
        .values(
            tries=case((over, 1), else_=LOOKUP_TRIES.c.tries + 1),
            since=case((over, now), else_=LOOKUP_TRIES.c.since),
        )
    )
    return session.connection().execute(spent).rowcount == 1
