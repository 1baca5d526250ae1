"""Rasa's input channel for the desk: one message in, the replies and what is asked next out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, Restarted
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import rasa_fixes
from bot.meaning import ASKS, KEY
from bot.tracker_file import file_of, scrub_file
from knowledge.settings import load_settings

logger = logging.getLogger(__name__)

# Rasa imports this channel from credentials.yml before it serves anything.
rasa_fixes.apply()

MESSAGE_FIELDS = ("text", "kind", "lang", "buttons", "articles")


class CollectedReplies(OutputChannel):  # type: ignore[misc]
    """Keeps what the bot says in one turn; `name` is the family's channel, which the wording depends on."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.messages: list[dict[str, Any]] = []
        self.deletes = False

    def name(self) -> str:
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:  # noqa: ARG002
        """Rasa would send text, buttons and the rest one by one; the desk wants the message whole."""
        self.deletes = self.deletes or bool(message.get("deletes"))
        if not message.get("text"):
            return
        self.messages.append(
            {
                "kind": message.get("kind", "text"),
                "language": message.get("lang", "en"),
                "text": message["text"],
                "buttons": message.get("buttons") or [],
                "articles": message.get("articles") or [],
            }
        )


class DeskChannel(InputChannel):  # type: ignore[misc]
    """POST /webhooks/desk/webhook; the desk is the only caller and Rasa listens on 127.0.0.1 only."""

    @classmethod
    def name(cls) -> str:
        return "desk"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[None]]) -> Blueprint:
        """The channel's routes: health, one turn of a conversation, and forgetting one."""
        routes = Blueprint("desk_channel", __name__)

        @routes.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            ready = bool(agent and agent.is_ready())
            return response.json({"status": "ok" if ready else "loading"}, status=200 if ready else 503)

        @routes.route("/conversations/<conversation:str>", methods=["DELETE"])
        async def forget(request: Request, conversation: str) -> HTTPResponse:
            await begin_anew(request.app.ctx.agent.tracker_store, conversation)
            await asyncio.to_thread(scrub_file, file_of(load_settings()))
            return response.json({})

        @routes.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            body = request.json
            collected = CollectedReplies(body.get("channel", "widget"))
            message = UserMessage(
                text=_message_text(body),
                output_channel=collected,
                sender_id=body["conversation"],
                input_channel=self.name(),
                message_id=body["message"],
                metadata=_about(body, collected.name()),
            )
            try:
                if body.get("session") == "new":
                    await begin_anew(request.app.ctx.agent.tracker_store, message.sender_id)
                await on_new_message(message)
            except Exception as error:  # noqa: BLE001 - whatever breaks a turn, the desk must hear of it
                # Rasa would log the family's text here; the name of the error and the ids are enough.
                logger.error("turn failed: conversation %s, %s", message.sender_id, type(error).__name__)
                return response.json({"error": type(error).__name__}, status=500)
            tracker = await request.app.ctx.agent.tracker_store.retrieve(message.sender_id)
            asks = tracker.get_slot("requested_slot") if tracker and tracker.active_loop_name else None
            deletes = {"deletes": True} if collected.deletes else {}
            return response.json({"messages": collected.messages, "asks": asks, **deletes})

        return routes


def _about(body: dict[str, Any], channel: str) -> dict[str, Any]:
    """What our components and actions want to know beside the words; the last are for the intent classifier alone."""
    about = {"language": body["language"], "channel": channel, "message": body["message"]}
    if body.get("silence") == "long":
        about["returned"] = True
    return {**about, **{key: body[key] for key in (ASKS, KEY) if key in body}}


async def begin_anew(store: TrackerStore, conversation: str) -> None:
    """Forget where the dialogue stood, in a session of texts that begins or a chat that was deleted."""
    tracker = await store.retrieve(conversation)
    if tracker is not None:
        tracker.update_with_events([Restarted(), ActionExecuted(ACTION_LISTEN_NAME)], store.domain)
        await store.save(tracker)


def _message_text(body: dict[str, Any]) -> str:
    """A payload comes from a button that the desk issued; a family's text must never be read as one."""
    if "payload" in body:
        return str(body["payload"])
    return str(body["text"]).lstrip().lstrip("/")
