"""The tickets of a household: those of its conversation, and those that name the number which it texts from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from actions.desk.models import PHONES, TICKETS
from actions.desk.phone_numbers import PhoneNumbers
from actions.desk.tickets import FINISHED

MOST = 20


@dataclass(frozen=True)
class EarlierTicket:
    """What tells a household's tickets apart; never the name of a child."""

    number: str
    status: str
    asset_tag: str | None
    school: str | None


def of_household(session: Session, conversation: str, *, numbers: PhoneNumbers) -> tuple[EarlierTicket, ...]:
    """Newest first. A chat has its own tickets only; who texts, the unfinished ones too that name its number.

    What is told goes to that number and to nobody else; finished ones are left out, since numbers change hands.
    """
    theirs = TICKETS.c.conversation == conversation
    sealed = session.scalar(select(PHONES.c.sealed).where(PHONES.c.conversation == conversation))
    if sealed is not None and (number := numbers.opened(sealed)) is not None:
        theirs = or_(theirs, and_(TICKETS.c.contact == number, TICKETS.c.status.not_in(FINISHED)))
    columns = (TICKETS.c.number, TICKETS.c.status, TICKETS.c.asset_tag, TICKETS.c.school)
    rows = session.execute(select(*columns).where(theirs).order_by(TICKETS.c.id.desc()).limit(MOST))
    return tuple(EarlierTicket(*row) for row in rows)
