"""Conversations and their messages: who may go on with one, what was said in it, and what it waits for."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import and_, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from actions.desk.database import insert_if_new
from actions.desk.messages import (
    ArticleCard,
    Button,
    Draft,
    Sender,
    Stored,
    read,
    row_values,
    store,
    stored,
    wait_for_turn,
)
from actions.desk.models import BUTTONS, CONVERSATIONS, HANDOFFS, MESSAGES, TICKETS
from actions.desk.tickets import TicketFact
from actions.desk.tokens import (
    LONGEST,
    OPEN_SINCE,
    by_token,
    closes_soon,
    keep,
    of_browser,
    token_hash,
)
from knowledge.article_rules import SOURCE_LANGUAGE

# Messages, tokens and tickets have modules of their own; who works with a conversation finds them here as well.
__all__ = [
    "LONGEST", "ArticleCard", "Button", "Draft", "Facts", "HandoffFact", "Mode", "Received", "Sender", "Started",
    "Stored", "TicketFact", "Unfinished", "asked", "button", "by_token", "facts", "keep", "latest_id", "receive",
    "replies_to", "reply", "set_language", "since", "staff_message", "start", "unfinished",
    "was_welcomed",
]  # fmt: skip

Mode = Literal["bot", "waiting", "human", "closed"]


@dataclass(frozen=True)
class Started:
    """A new conversation, and the only copies of the tokens that open it.

    `token` is for all pages of a browser and wears out in silence, since another person may sit there next. `tab_token`
    is for the tab in which the conversation began, and lasts while that tab does: a phone may sleep for an hour in it.
    """

    conversation: str
    token: str
    tab_token: str


@dataclass(frozen=True)
class Received:
    """The stored message; when `duplicate`, the one that came first under the same client id."""

    message: Stored
    duplicate: bool


class Unfinished(NamedTuple):
    """A family's message that was stored and never answered, and the channel that it came by."""

    conversation: str
    message: Stored
    channel: str = "widget"


@dataclass(frozen=True)
class HandoffFact:
    """What a family may know of its hand-off."""

    status: str


@dataclass(frozen=True)
class Facts:
    """Where a conversation stands."""

    language: str | None
    language_chosen: bool
    asks: str | None
    mode: Mode
    ticket: TicketFact | None
    handoff: HandoffFact | None
    kept: bool = False
    closes_soon: bool = False


_OF_ID = CONVERSATIONS.c.id == bindparam("conversation")
_LATEST_TICKET = (
    select(func.max(TICKETS.c.id)).where(TICKETS.c.conversation == CONVERSATIONS.c.id).correlate(CONVERSATIONS)
).scalar_subquery()
_LATEST_HANDOFF = (
    select(func.max(HANDOFFS.c.id)).where(HANDOFFS.c.conversation == CONVERSATIONS.c.id).correlate(CONVERSATIONS)
).scalar_subquery()
_FACTS = (
    select(
        CONVERSATIONS.c.language,
        CONVERSATIONS.c.language_chosen,
        CONVERSATIONS.c.asks,
        CONVERSATIONS.c.kept_at,
        OPEN_SINCE.label("open_since"),
        TICKETS.c.number,
        TICKETS.c.status.label("ticket_status"),
        HANDOFFS.c.status.label("handoff_status"),
        HANDOFFS.c.closed_message,
    )
    .select_from(CONVERSATIONS)
    .outerjoin(TICKETS, TICKETS.c.id == _LATEST_TICKET)
    .outerjoin(HANDOFFS, HANDOFFS.c.id == _LATEST_HANDOFF)
    .where(_OF_ID)
)
_ANSWERED = (
    update(MESSAGES)
    .where(
        MESSAGES.c.id == bindparam("message"),
        MESSAGES.c.conversation == bindparam("of"),
        MESSAGES.c.sender == "family",
        ~MESSAGES.c.done,
    )
    .values(done=True)
)
_ASKS = update(CONVERSATIONS).where(CONVERSATIONS.c.id == bindparam("of")).values(asks=bindparam("now_asks"))


def start(session: Session, *, channel: str, language: str | None, now: datetime, origin: str | None = None) -> Started:
    """Begin a conversation; its id and its token are 128 and 256 random bits, and only the token's hash is kept."""
    conversation, tab_token = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
    token = of_browser(tab_token)
    new = _new(conversation, token, channel, language, now)
    session.execute(insert(CONVERSATIONS).values({**new, "origin": origin}))
    return Started(conversation, token, tab_token)


def adopt(
    session: Session, conversation: str, *, channel: str = "shell", language: str | None = None, now: datetime
) -> None:
    """Take in a conversation that was begun elsewhere (rasa shell, a form), unless it is here; no token opens it."""
    insert_if_new(session, CONVERSATIONS, _new(conversation, secrets.token_urlsafe(32), channel, language, now))


def _new(conversation: str, token: str, channel: str, language: str | None, now: datetime) -> dict[str, Any]:
    return {
        "id": conversation,
        "channel": channel,
        "token_hash": token_hash(token),
        "language": language,
        "language_chosen": False,
        "asks": None,
        "wrong_lookups": 0,
        "created_at": now,
        "seen_at": now,
    }


def receive(
    session: Session,
    conversation: str,
    client_id: str,
    text: str,
    *,
    language: str,
    payload: str | None = None,
    now: datetime,
) -> Received:
    """Store a family's message, once: the same `client_id` again gives what was stored first.

    Raises sqlalchemy.exc.IntegrityError when there is no such conversation.
    """
    values = row_values(conversation, Draft("text", language, text, sender="family"), now)
    values |= {"client_id": client_id, "payload": payload, "done": False}
    wait_for_turn(session, conversation)
    message_id = insert_if_new(session, MESSAGES, values)
    if message_id is not None:
        return Received(Stored(message_id, now, "family", "text", language, text, (), (), False, payload), False)
    same = and_(MESSAGES.c.conversation == conversation, MESSAGES.c.client_id == client_id)
    return Received(read(session, same)[0], True)


def reply(
    session: Session,
    conversation: str,
    answers_to: int | None,
    drafts: Sequence[Draft],
    *,
    asks: str | None,
    now: datetime,
) -> tuple[Stored, ...]:
    """Store the replies to a family's message, give their buttons ids, and mark the message as answered.

    A message is answered once: a second call for it stores nothing and gives the replies that it has. No drafts
    mean that the message needs no reply. `answers_to` is None for what the desk says by itself.
    Raises LookupError when the message is not a family's in this conversation.
    """
    if answers_to is not None:
        marked = session.connection().execute(_ANSWERED, {"message": answers_to, "of": conversation})
        if marked.rowcount == 0:
            return _already_answered(session, conversation, answers_to)
    session.connection().execute(_ASKS, {"of": conversation, "now_asks": asks})
    return tuple(store(session, conversation, draft, now, answers_to) for draft in drafts)


def staff_message(
    session: Session, conversation: str, text: str, *, language: str | None = None, now: datetime
) -> Stored:
    """Store what a staff member wrote; without `language` it is taken to be in the conversation's."""
    if language is None:
        language = session.scalar(select(CONVERSATIONS.c.language).where(CONVERSATIONS.c.id == conversation))
    return store(session, conversation, Draft("text", language or SOURCE_LANGUAGE, text, sender="staff"), now, None)


def replies_to(session: Session, message_id: int) -> tuple[Stored, ...]:
    """The replies to a family's message, in order; empty while it has none."""
    return read(session, MESSAGES.c.answers_to == message_id)


def since(session: Session, conversation: str, after: int) -> tuple[Stored, ...]:
    """All messages of the conversation after that id, the family's own included; after 0 from the start."""
    return read(session, and_(MESSAGES.c.conversation == conversation, MESSAGES.c.id > after))


def unfinished(session: Session, *, since: datetime) -> tuple[Unfinished, ...]:
    """Families' messages that came at `since` or later and were never answered, oldest first."""
    found = session.execute(
        select(MESSAGES, CONVERSATIONS.c.channel)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == MESSAGES.c.conversation)
        .where(~MESSAGES.c.done, MESSAGES.c.sender == "family", MESSAGES.c.at >= since)
        .order_by(MESSAGES.c.id)
    ).all()
    return tuple(Unfinished(row.conversation, stored(row), row.channel) for row in found)


def was_welcomed(session: Session, conversation: str) -> bool:
    """Whether the assistant has said who it is."""
    welcome = select(MESSAGES.c.id).where(MESSAGES.c.conversation == conversation, MESSAGES.c.kind == "welcome")
    return session.execute(welcome.limit(1)).first() is not None


def asked(session: Session, conversation: str) -> str | None:
    """What the family was asked last; None where nothing is open."""
    return session.scalar(select(CONVERSATIONS.c.asks).where(CONVERSATIONS.c.id == conversation))


def latest_id(session: Session) -> int:
    """The id of the newest message in any conversation; 0 when there is none."""
    return session.scalar(select(func.max(MESSAGES.c.id))) or 0


def button(session: Session, conversation: str, button_id: str) -> Button | None:
    """The button with that id, if it was issued in this conversation."""
    row = session.execute(
        select(BUTTONS)
        .join(MESSAGES, MESSAGES.c.id == BUTTONS.c.message)
        .where(BUTTONS.c.id == button_id, MESSAGES.c.conversation == conversation)
    ).first()
    return Button(row.id, row.title, row.payload) if row else None


def set_language(session: Session, conversation: str, language: str, *, chosen: bool) -> None:
    """Go on in this language; one that was only detected (`chosen` false) never replaces one that the family chose."""
    row = CONVERSATIONS.c.id == conversation
    if not chosen:
        row &= ~CONVERSATIONS.c.language_chosen
    session.execute(
        update(CONVERSATIONS).where(row).values(language=language, **({"language_chosen": True} if chosen else {}))
    )


def facts(session: Session, conversation: str, now: datetime | None = None) -> Facts:
    """Where the conversation stands, now if no other moment is given; raises LookupError when there is none."""
    row = session.connection().execute(_FACTS, {"conversation": conversation}).first()
    if row is None:
        raise LookupError("there is no such conversation")
    return Facts(
        language=row.language,
        language_chosen=row.language_chosen,
        asks=row.asks,
        mode=_mode(session, conversation, row.handoff_status, row.closed_message),
        ticket=TicketFact(row.number, row.ticket_status) if row.number else None,
        handoff=HandoffFact(row.handoff_status) if row.handoff_status else None,
        kept=row.kept_at is not None,
        closes_soon=closes_soon(row.kept_at, row.open_since, now or datetime.now(UTC)),
    )


def _mode(session: Session, conversation: str, handoff: str | None, closed_message: int | None) -> Mode:
    if handoff == "waiting":
        return "waiting"
    if handoff == "assigned":
        return "human"
    if handoff is None:
        return "bot"
    # The person has left; when the family writes again, the assistant is back.
    again = select(MESSAGES.c.id).where(
        MESSAGES.c.conversation == conversation, MESSAGES.c.sender == "family", MESSAGES.c.id > (closed_message or 0)
    )
    return "closed" if session.execute(again.limit(1)).first() is None else "bot"


def _already_answered(session: Session, conversation: str, message_id: int) -> tuple[Stored, ...]:
    known = select(MESSAGES.c.id).where(
        MESSAGES.c.id == message_id, MESSAGES.c.conversation == conversation, MESSAGES.c.sender == "family"
    )
    if session.execute(known).first() is None:
        raise LookupError(f"message {message_id} is not one that the family sent in this conversation")
    return replies_to(session, message_id)
