"""Messages of a conversation: what one is made of, storing it with its buttons, and reading it back."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Row, bindparam, func, insert, select
from sqlalchemy.orm import Session

from actions.desk import outbox
from actions.desk.models import BUTTONS, CONVERSATIONS, MESSAGES
from knowledge.articles import Article

Sender = Literal["bot", "staff", "family"]


@dataclass(frozen=True)
class Button:
    """A choice under a message; families see the title and send the id, never the payload."""

    id: str
    title: str
    payload: str


@dataclass(frozen=True)
class ArticleCard:
    """An article that a message shows."""

    id: str
    title: str
    language: str
    url: str
    score: float
    translation: str


def article_card(article: Article, address: str, score: float = 1.0) -> ArticleCard:
    """The card of an article of the desk at that address; `score` is how well it answers, 1 where people chose it."""
    url = f"{address}/help/{article.language}/{article.id}"
    return ArticleCard(article.id, article.title, article.language, url, score, article.translation)


@dataclass(frozen=True)
class Draft:
    """A reply that is not stored yet; its buttons are (title, payload)."""

    kind: str
    language: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    articles: tuple[ArticleCard, ...] = ()
    sender: Sender = "bot"


@dataclass(frozen=True)
class Stored:
    """A message on the disk; `done` is false while a family's has no answer, `payload` is what a button means."""

    id: int
    at: datetime
    sender: Sender
    kind: str
    language: str
    text: str
    buttons: tuple[Button, ...]
    articles: tuple[ArticleCard, ...]
    done: bool
    payload: str | None = None


# Not against rows that only refer to the conversation, which come and go beside it.
_CONVERSATION_TO_WRITE_IN = (
    select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == bindparam("conversation")).with_for_update(key_share=True)
)
_INSERT_BUTTONS = insert(BUTTONS)
_INSERT_MESSAGE = insert(MESSAGES).returning(MESSAGES.c.id)
_OF_BOT = (MESSAGES.c.conversation == bindparam("conversation")) & (MESSAGES.c.sender == "bot")
_ANSWERED_LAST = select(func.max(MESSAGES.c.answers_to)).where(_OF_BOT, MESSAGES.c.answers_to.is_not(None))
# Those of the message that was said last come first.
_LATEST_BUTTONS = (
    select(BUTTONS)
    .join(MESSAGES, MESSAGES.c.id == BUTTONS.c.message)
    .where(_OF_BOT, MESSAGES.c.answers_to == _ANSWERED_LAST.scalar_subquery(), MESSAGES.c.at > bindparam("since"))
    .order_by(BUTTONS.c.message.desc(), BUTTONS.c.place)
)


def wait_for_turn(session: Session, conversation: str) -> None:
    """Until whoever writes in the conversation just now has committed, so that its ids appear in their order.

    A chat asks for what came after the last id that it has: a lower one that appeared later would never be shown.
    SQLite has one writer at a time anyway.
    """
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(_CONVERSATION_TO_WRITE_IN, {"conversation": conversation})


def store(
    session: Session,
    conversation: str,
    draft: Draft,
    now: datetime,
    answers_to: int | None,
    *,
    not_before: datetime | None = None,
) -> Stored:
    """Store what the desk says, with a random id for each button.

    Over text messages it is in the outbox with that, and goes out from `not_before` on.
    """
    wait_for_turn(session, conversation)
    connection = session.connection()
    values = row_values(conversation, draft, now) | {"answers_to": answers_to}
    message_id: int = connection.execute(_INSERT_MESSAGE, values).scalar_one()
    buttons = tuple(Button(secrets.token_urlsafe(16), title, payload) for title, payload in draft.buttons)
    if buttons:
        connection.execute(
            _INSERT_BUTTONS,
            [{**vars(issued), "message": message_id, "place": place} for place, issued in enumerate(buttons)],
        )
    outbox.post(session, conversation, message_id, now, regardless=draft.kind == "crisis", not_before=not_before)
    return Stored(message_id, now, draft.sender, draft.kind, draft.language, draft.text, buttons, draft.articles, True)


def row_values(conversation: str, draft: Draft, now: datetime) -> dict[str, Any]:
    """The row of a message from the desk; one from a family differs in a few columns."""
    return {
        "conversation": conversation,
        "client_id": None,
        "answers_to": None,
        "sender": draft.sender,
        "kind": draft.kind,
        "language": draft.language,
        "text": draft.text,
        "payload": None,
        "articles": [dict(vars(card)) for card in draft.articles],
        "done": True,
        "at": now,
    }


def read(session: Session, which: ColumnElement[bool]) -> tuple[Stored, ...]:
    """The messages that the condition picks, with their buttons, in the order of saying."""
    rows = session.execute(select(MESSAGES).where(which).order_by(MESSAGES.c.id)).all()
    buttons = _buttons(session, [row.id for row in rows if row.sender != "family"])
    return tuple(replace(stored(row), buttons=tuple(buttons[row.id])) for row in rows)


def latest_buttons(session: Session, conversation: str, *, since: datetime) -> tuple[Button, ...]:
    """The choices that the newest messages of the assistant offer; none once it has said something without any."""
    rows = session.connection().execute(_LATEST_BUTTONS, {"conversation": conversation, "since": since}).all()
    return tuple(Button(row.id, row.title, row.payload) for row in rows if row.message == rows[0].message)


def language_of_last_reply(session: Session, conversation: str) -> str | None:
    """The language of the assistant's newest answer; None before the first."""
    newest = select(MESSAGES.c.language).where(_OF_BOT, MESSAGES.c.answers_to.is_not(None))
    return session.scalar(newest.order_by(MESSAGES.c.id.desc()).limit(1), {"conversation": conversation})


def _buttons(session: Session, messages: Iterable[int]) -> defaultdict[int, list[Button]]:
    found: defaultdict[int, list[Button]] = defaultdict(list)
    rows = session.execute(
        select(BUTTONS).where(BUTTONS.c.message.in_(messages)).order_by(BUTTONS.c.message, BUTTONS.c.place)
    )
    for row in rows:
        found[row.message].append(Button(row.id, row.title, row.payload))
    return found


def stored(row: Row[Any]) -> Stored:
    """The message of a row, without its buttons."""
    return Stored(
        id=row.id,
        at=row.at,
        sender=cast(Sender, row.sender),
        kind=row.kind,
        language=row.language,
        text=row.text,
        buttons=(),
        articles=tuple(ArticleCard(**card) for card in row.articles),
        done=row.done,
        payload=row.payload,
    )
