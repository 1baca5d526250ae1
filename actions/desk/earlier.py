"""What came before a message: how long all were silent, what was asked, and whether there was a cry for help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, exists, func, select
from sqlalchemy.orm import Session

from actions.desk.models import CONVERSATIONS, CRISIS_ALERTS, MESSAGES


@dataclass(frozen=True)
class Earlier:
    """How long nobody had said anything, nothing for the first message of all; what the family was asked last; and
    whether what it said last was a cry for help: then what it had begun is offered, and no form takes its words."""

    silence: timedelta
    asks: str | None
    crisis: bool


def _latest_before(*which: ColumnElement[bool]) -> ScalarSelect[int]:
    of_it = MESSAGES.c.conversation == bindparam("conversation"), MESSAGES.c.id < bindparam("message")
    return select(func.max(MESSAGES.c.id)).where(*of_it, *which).scalar_subquery()


_LAST, _THIS = MESSAGES.alias("last"), MESSAGES.alias("this")
# Every message asks for this: one statement, put together once.
_EARLIER = select(
    select(_LAST.c.at).where(_LAST.c.id == _latest_before()).scalar_subquery().label("last"),
    select(_THIS.c.at).where(_THIS.c.id == bindparam("message")).scalar_subquery().label("now"),
    CONVERSATIONS.c.asks,
    exists().where(CRISIS_ALERTS.c.message == _latest_before(MESSAGES.c.sender == "family")).label("crisis"),
).where(CONVERSATIONS.c.id == bindparam("conversation"))


def before(session: Session, conversation: str, message: int) -> Earlier:
    """What came before this message of the conversation."""
    row = session.connection().execute(_EARLIER, {"conversation": conversation, "message": message}).first()
    if row is None:
        return Earlier(timedelta(0), None, False)
    silence = row.now - row.last if row.last is not None and row.now is not None else timedelta(0)
    return Earlier(silence, row.asks, bool(row.crisis))
