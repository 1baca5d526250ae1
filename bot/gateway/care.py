"""What a family may do about its chat: rate an answer, say where it writes from, end it, have it deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from actions.desk import alerts, conversations, endings, feedback, hints
from actions.desk.conversations import Facts
from actions.desk.crisis import CrisisClass, screen
from actions.desk.hints import Hints, known_hints
from actions.desk.redaction import mask
from bot.gateway.errors import ApiError, json_response, too_many
from bot.gateway.incoming import clean, read_after, read_object, too_long
from bot.gateway.intake import Answer
from bot.gateway.keys import CONVERSATION, DATABASE, DISTRICT, FEEDBACK_RATE, OWN_REPLIES, STREAMS, TURNS
from bot.gateway.limits import REASON_CHARACTERS
from bot.gateway.messages import answer_json
from bot.gateway.own_replies import OwnReplies
from bot.gateway.route import Access, Route
from knowledge.article_rules import SOURCE_LANGUAGE


async def rate(request: web.Request) -> web.StreamResponse:
    """POST /api/chat/feedback: whether an answer helped, with a reason if the family likes."""
    conversation = request[CONVERSATION]
    body = await read_object(request, too_long("The request"))
    message, helpful, reason = read_after(body.get("message")), body.get("helpful"), read_reason(body)
    if not isinstance(helpful, bool):
        raise ApiError(422, "wrong_helpful", "`helpful` must be true or false.")
    crisis = screen(reason) if reason else None
    if crisis is None:
        if seconds := request.app[FEEDBACK_RATE].wait(conversation):
            raise too_many("ratings", seconds)
        if reason and len(reason) > REASON_CHARACTERS:
            raise ApiError(413, "reason_too_long", f"`reason` may have {REASON_CHARACTERS} characters at most.")
    kept = mask(reason).text[:REASON_CHARACTERS] if reason else None
    try:
        answer = await request.app[DATABASE].run(
            _rate,
            conversation,
            message,
            helpful=helpful,
            reason=kept,
            crisis=crisis,
            own=request.app[OWN_REPLIES],
            now=datetime.now(UTC),
        )
    except LookupError:
        message_text = "`message` is the id of no message that the assistant sent in this conversation."
        raise ApiError(404, "unknown_message", message_text) from None
    if answer.messages:
        request.app[STREAMS].wake(conversation)
    return json_response(answer_json(answer.messages, answer.facts))


def _rate(
    session: Session,
    conversation: str,
    message: int,
    *,
    helpful: bool,
    reason: str | None,
    crisis: CrisisClass | None,
    own: OwnReplies,
    now: datetime,
) -> Answer:
    """Note the rating; a cry for help among the reasons is answered as it would be in the chat."""
    feedback.rate(session, conversation, message, helpful=helpful, reason=reason, now=now)
    facts = conversations.facts(session, conversation)
    if crisis is None:
        return Answer((), facts)
    alerts.record_crisis(session, conversation, crisis, message, now, recipients=own.crisis_contacts(crisis))
    draft = own.crisis(crisis, facts.language or SOURCE_LANGUAGE, now)
    said = conversations.reply(session, conversation, None, (draft,), asks=facts.asks, now=now)
    return Answer(said, conversations.facts(session, conversation))


async def keep_hints(request: web.Request) -> web.StreamResponse:
    """POST /api/chat/hints: the device or the school that a page is about, for a conversation under way."""
    body = await read_object(request, too_long("The request"))
    given = read_hints(request, body)
    await request.app[DATABASE].run(hints.keep, request[CONVERSATION], given)
    return json_response({"asset_tag": given.asset_tag, "school": given.school})


async def keep(request: web.Request) -> web.StreamResponse:
    """POST /api/chat/keep: 12 more hours, or with `days` as long as chats are kept; the state after it."""
    conversation = request[CONVERSATION]
    days = (await read_object(request, too_long("The request"))).get("days")
    if not isinstance(days, bool):
        raise ApiError(422, "wrong_days", "`days` must be true or false.")
    facts = await request.app[DATABASE].run(_keep, conversation, days=days, now=datetime.now(UTC))
    request.app[STREAMS].wake(conversation)
    return json_response(answer_json((), facts))


def _keep(session: Session, conversation: str, *, days: bool, now: datetime) -> Facts:
    conversations.keep(session, conversation, days=days, now=now)
    return conversations.facts(session, conversation, now)


async def end(request: web.Request) -> web.StreamResponse:
    """POST /api/chat/end: the token opens nothing any more."""
    await request.app[DATABASE].run(endings.end, request[CONVERSATION], datetime.now(UTC))
    request.app[STREAMS].dismiss(request[CONVERSATION])
    return json_response({"ended": True})


async def remove(request: web.Request) -> web.StreamResponse:
    """DELETE /api/chat/conversation: every word of it is deleted, here and in Rasa."""
    conversation = request[CONVERSATION]
    try:
        await request.app[TURNS].remove(conversation)
    except endings.OnHold:
        message = "This chat speaks of danger and must be kept; call the help desk to ask about it."
        raise ApiError(409, "on_hold", message) from None
    except endings.StillNeeded:
        message = "A person has to read this chat first; call the help desk to have it deleted."
        raise ApiError(409, "still_needed", message) from None
    request.app[STREAMS].dismiss(conversation)
    return json_response({"deleted": True})


def read_hints(request: web.Request, body: dict[str, Any]) -> Hints:
    """`asset_tag` and `school` of a body, as far as the district knows them. Raises ApiError for other than texts."""
    given = {name: body.get(name) for name in ("asset_tag", "school")}
    for name, value in given.items():
        if value is not None and not isinstance(value, str):
            raise ApiError(422, f"wrong_{name}", f"`{name}` must be a text or null.")
    return known_hints(given["asset_tag"], given["school"], request.app[DISTRICT])


def read_reason(body: dict[str, Any]) -> str | None:
    """The reason for a rating, cleaned; None where there is none."""
    reason = body.get("reason")
    if reason is not None and not isinstance(reason, str):
        raise ApiError(422, "wrong_reason", "`reason` must be a text or null.")
    return clean(reason or "") or None


ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/chat/feedback", rate, Access.FAMILY),
    Route("POST", "/api/chat/hints", keep_hints, Access.FAMILY),
    Route("POST", "/api/chat/keep", keep, Access.FAMILY),
    Route("POST", "/api/chat/end", end, Access.FAMILY),
    Route("DELETE", "/api/chat/conversation", remove, Access.FAMILY),
)
