"""The chat API: a new session, a message with its replies, and what was said so far."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web
from sqlalchemy.orm import Session

from actions.desk import conversations, hints, lookup_tries
from actions.desk.conversations import Facts, Started, Stored
from actions.desk.hints import Hints
from bot.gateway.addresses import client_of
from bot.gateway.care import read_hints
from bot.gateway.errors import ApiError, json_response, too_many
from bot.gateway.incoming import Incoming, read_after, read_language, read_message, read_object, too_long
from bot.gateway.intake import Answer
from bot.gateway.keys import CONVERSATION, CRISIS, DATABASE, DISTRICT, ORIGIN_KEY, OWN_REPLIES, SESSION_RATE, TURNS
from bot.gateway.messages import answer_json
from bot.gateway.own_replies import OwnReplies
from bot.gateway.route import Access, Handler, Route
from bot.gateway.stream import stream
from bot.gateway.texts import preferred_language
from knowledge.article_rules import SOURCE_LANGUAGE

CHANNEL = "widget"


async def open_session(request: web.Request) -> web.StreamResponse:
    """POST /api/chat/sessions: a conversation, its token, and the welcome."""
    if seconds := request.app[SESSION_RATE].wait(client_of(request)):
        raise too_many("new sessions from this address", seconds)
    offered = request.app[DISTRICT].languages
    body = await read_object(request, ApiError(413, "too_large", "The body is too large."))
    chosen = read_language(body, offered)
    preferred = chosen or preferred_language(request.headers.get("Accept-Language", ""), offered)
    started, answer = await request.app[DATABASE].run(
        _open_session,
        preferred,
        chosen=chosen is not None,
        given=read_hints(request, body),
        origin=_origin(request),
        own=request.app[OWN_REPLIES],
        now=datetime.now(UTC),
    )
    opened = {"token": started.token, "tab_token": started.tab_token, "conversation": started.conversation}
    return json_response({**opened, **answer_json(answer.messages, answer.facts)}, status=201)


def refuse_floods(handler: Handler) -> Handler:
    """What an address sends above its limits costs no look at the database, unless somebody may be in danger."""

    async def checked(request: web.Request) -> web.StreamResponse:
        turns, client = request.app[TURNS], client_of(request)
        if refusal := turns.refusal(client):
            crisis = await turns.danger_above_limit(await _read(request))
            if crisis is None:
                raise refusal
            request[CRISIS] = crisis
        return await handler(request)

    return checked


async def receive(request: web.Request) -> web.StreamResponse:
    """POST /api/chat/messages: one message of the family, answered with the replies to it."""
    answer = await request.app[TURNS].handle(
        request[CONVERSATION], await _read(request), client_of(request), request.get(CRISIS)
    )
    deleted = {"deleted": True} if answer.deleted else {}
    return json_response({**answer_json(answer.messages, answer.facts), **deleted})


async def _read(request: web.Request) -> Incoming:
    return read_message(await read_object(request, too_long("The request")))


async def history(request: web.Request) -> web.StreamResponse:
    """GET /api/chat/messages?after=ID: all messages after that one, the family's own too."""
    after = read_after(request.query.get("after"))
    messages, facts = await request.app[DATABASE].run(_history, request[CONVERSATION], after)
    return json_response(answer_json(messages, facts))


def _open_session(
    session: Session,
    language: str | None,
    *,
    chosen: bool,
    given: Hints,
    origin: str | None,
    own: OwnReplies,
    now: datetime,
) -> tuple[Started, Answer]:
    started = conversations.start(session, channel=CHANNEL, language=language, now=now, origin=origin)
    hints.keep(session, started.conversation, given)
    if language is not None and chosen:
        conversations.set_language(session, started.conversation, language, chosen=True)
    welcome = own.welcome(language or SOURCE_LANGUAGE)
    messages = conversations.reply(session, started.conversation, None, (welcome,), asks=None, now=now)
    return started, Answer(messages, conversations.facts(session, started.conversation))


def _origin(request: web.Request) -> str | None:
    client = client_of(request)
    return lookup_tries.origin(request.app[ORIGIN_KEY], client, datetime.now(UTC).date()) if client else None


def _history(session: Session, conversation: str, after: int) -> tuple[tuple[Stored, ...], Facts]:
    return conversations.since(session, conversation, after), conversations.facts(session, conversation)


ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/chat/sessions", open_session, Access.PUBLIC),
    Route("POST", "/api/chat/messages", receive, Access.FAMILY, before=refuse_floods),
    Route("GET", "/api/chat/messages", history, Access.FAMILY),
    Route("GET", "/api/chat/stream", stream, Access.STREAM),
)
