"""Which conversation a token opens, and for how long; in a browser that keeps it, for days."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from actions.desk.models import CONVERSATIONS, HANDOFFS

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# So long before the end of its hours a family is asked whether it needs more of them.
WARNING = timedelta(minutes=10)
# Being here is written down this often at most: a write for every request would cost a disk flush each.
TOUCH_EVERY = timedelta(seconds=30)

OPEN_SINCE = func.coalesce(
    CONVERSATIONS.c.extended_at, CONVERSATIONS.c.created_at, type_=CONVERSATIONS.c.created_at.type
)
_SEEN = select(
    CONVERSATIONS.c.id,
    CONVERSATIONS.c.token_hash,
    CONVERSATIONS.c.seen_at,
    CONVERSATIONS.c.kept_at,
    OPEN_SINCE.label("open_since"),
).where(CONVERSATIONS.c.token_hash.in_((bindparam("of_browser"), bindparam("of_tab"))))


def by_token(session: Session, token: str, now: datetime) -> str | None:
    """The conversation that the token opens; None when it is unknown, idle for 30 minutes or 12 hours old.

    Looking keeps it alive, and so does a person whom the family waits for or talks to: its phone may sleep meanwhile.
    A tab's own token is never idle, and one that the family keeps lasts until it is purged.
    """
    as_browsers = token_hash(token)
    row = session.execute(_SEEN, {"of_browser": as_browsers, "of_tab": token_hash(of_browser(token))}).first()
    if row is None:
        return None
    if row.kept_at is None:
        if now - row.open_since >= LONGEST:
            return None
        idle = row.token_hash == as_browsers and now - row.seen_at >= IDLE
        if idle and not session.execute(select(with_person(row.id))).scalar_one():
            return None
    if now - row.seen_at >= TOUCH_EVERY:
        session.execute(update(CONVERSATIONS).where(CONVERSATIONS.c.id == row.id).values(seen_at=now))
    return str(row.id)


def keep(session: Session, conversation: str, *, days: bool, now: datetime) -> None:
    """Its 12 hours begin anew; with `days`, it stays open in the family's browser as long as it is kept at all."""
    values = {"extended_at": now, "kept_at": now if days else None, "seen_at": now}
    session.execute(update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation).values(values))


def worn_out(now: datetime) -> ColumnElement[bool]:
    """Conversations that no token opens any more, however it is used."""
    return and_(CONVERSATIONS.c.kept_at.is_(None), now - LONGEST >= OPEN_SINCE)


def with_person(conversation: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the conversation waits for a person or has one."""
    return exists().where(HANDOFFS.c.conversation == conversation, HANDOFFS.c.status != "closed")


def closes_soon(kept_at: datetime | None, open_since: datetime, now: datetime) -> bool:
    """Whether its last minutes run."""
    return kept_at is None and LONGEST - WARNING <= now - open_since < LONGEST


def of_browser(tab_token: str) -> str:
    """The token that a tab's own one stands behind; from it, nobody comes back to the tab's."""
    digest = hashlib.sha256(f"browser {tab_token}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
