"""Wrong guesses at a ticket's contact, counted over all conversations: for who asks, and for each ticket number.

Who guesses is stopped first; the ticket's own limit is wide, and what was used up of it comes back bit by bit, so that
one stranger cannot shut a family out.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.desk.database import insert_if_new
from actions.desk.models import CONVERSATIONS, LOOKUP_TRIES, PHONES


@dataclass(frozen=True)
class Limit:
    """So many wrong tries at once, and one more each time `each` has passed."""

    at_once: int
    each: timedelta


# A used-up limit is whole again after a day.
WINDOW = timedelta(days=1)
# A phone that texts, or the address that a chat was begun from: more than one family's slips of the finger.
OF_ASKER = Limit(10, WINDOW / 10)
# Five askers' worth, and nothing against the ten million phones of one area code.
OF_TICKET = Limit(48, WINDOW / 48)


def origin(key: bytes, address: str, day: date) -> str:
    """The keyed hash of an address, another one every day, so that nobody can be followed by it."""
    return hmac.digest(key, f"{day} {address}".encode(), "sha256").hex()


def keys(session: Session, conversation: str, number: str) -> tuple[tuple[str, Limit], ...]:
    """What a guess is counted under, in this order: who asks, where that is known, and the number, there or not."""
    phone = session.scalar(select(PHONES.c.id).where(PHONES.c.conversation == conversation))
    begun_from = session.scalar(select(CONVERSATIONS.c.origin).where(CONVERSATIONS.c.id == conversation))
    asker = f"phone {phone}" if phone else f"origin {begun_from}" if begun_from else None
    return (*([(asker, OF_ASKER)] if asker else []), (f"ticket {number}", OF_TICKET))


def spend(session: Session, counted: Sequence[tuple[str, Limit]], now: datetime) -> bool:
    """Count a try under each key in turn; False at the first that has none left, so that who may not try any more
    uses up nobody else's."""
    return all(_spend_one(session, key, limit, now) for key, limit in counted)


def give_back(session: Session, counted: Sequence[tuple[str, Limit]]) -> None:
    """A right answer is no guess."""
    of_these = LOOKUP_TRIES.c.id.in_([key for key, _ in counted])
    fewer = update(LOOKUP_TRIES).where(of_these, LOOKUP_TRIES.c.tries > 0)
    session.execute(fewer.values(tries=LOOKUP_TRIES.c.tries - 1))


def _spend_one(session: Session, key: str, limit: Limit, now: datetime) -> bool:
    """Tries at the same moment wait for one another at this row, and so cannot get round the limit."""
    insert_if_new(session, LOOKUP_TRIES, {"id": key, "tries": 0, "since": now})
    own = LOOKUP_TRIES.c.id == key
    row = session.execute(select(LOOKUP_TRIES).where(own).with_for_update()).one()
    back = max(0, (now - row.since) // limit.each)
    tries = max(0, row.tries - back)
    if tries >= limit.at_once:
        return False
    since = row.since + back * limit.each if tries else now
    session.execute(update(LOOKUP_TRIES).where(own).values(tries=tries + 1, since=since))
    return True
