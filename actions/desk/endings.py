"""How a family ends a conversation: it closes the door behind itself, or has everything deleted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from actions.desk import handoffs, holds
from actions.desk.models import CONVERSATIONS, HANDOFFS


class StillNeeded(Exception):  # noqa: N818 - it is the state of the conversation, not a fault
    """A crisis in the conversation has not been seen by a person yet."""


class OnHold(StillNeeded):
    """What was said in the conversation is evidence, and staff have not lifted the hold."""


def end(session: Session, conversation: str, now: datetime) -> None:
    """The token opens nothing any more, and nobody waits for a person; what was said stays until it is purged.

    A hand-off with priority stays open: behind it is a crisis, and a person must look at it.
    """
    of_family = (HANDOFFS.c.conversation == conversation) & (HANDOFFS.c.status != "closed") & ~HANDOFFS.c.priority
    for handoff in session.scalars(select(HANDOFFS.c.id).where(of_family)).all():
        handoffs.close(session, handoff, now)
    session.execute(update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation).values(token_hash=None))


def remove(session: Session, conversation: str) -> None:
    """Delete the conversation and every word in it; its ticket and the record of a crisis stay, without it.

    Raises OnHold while it must be kept, StillNeeded while somebody in danger waits for a person in it.
    """
    if holds.is_held(session, conversation):
        raise OnHold
    if still_needed(session, conversation):
        raise StillNeeded
    session.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation))


def still_needed(session: Session, conversation: str) -> bool:
    """Whether somebody in danger waits for a person in it."""
    in_danger = (HANDOFFS.c.conversation == conversation) & (HANDOFFS.c.status != "closed") & HANDOFFS.c.priority
    return session.execute(select(HANDOFFS.c.id).where(in_danger)).first() is not None
