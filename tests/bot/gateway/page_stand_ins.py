"""Stand-ins for what the pages and the widget talk to: a small library, a retriever, and the chat API of the desk."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web
from numpy.typing import NDArray

from actions.desk.district import load_district
from bot.gateway import help_centre, pages, privacy
from bot.gateway.keys import DISTRICT, KNOWLEDGE, SEARCH_RATE, SETTINGS, UNNAMED_PROXY
from bot.gateway.limits import SEARCHES_A_MINUTE, SEARCHES_A_MINUTE_OF_ALL, AddressRate
from knowledge.articles import Article, Library
from knowledge.retriever import Finding, Suggestion
from knowledge.settings import load_settings
from tests.bot.gateway.payloads import PAYLOADS as PAYLOADS  # noqa: PLC0414 - found here by tests of the widget

DISTRICT_FOLDER = Path("data/district")


def article(article_id: str, language: str = "en", **changes: Any) -> Article:
    """An article that is right in every part, with the parts that a test is about changed."""
    parts: dict[str, Any] = {
        "id": article_id,
        "language": language,
        "title": f"About {article_id}",
        "summary": f"What to know about {article_id}.",
        "category": "chromebook",
        "questions": ("how?",),
        "device": "chromebook",
        "ticket": "device-repair",
        "department": "technology",
        "related": (),
        "owner": "Technology Department",
        "reviewed": date(2026, 8, 17),
        "review_by": date(2027, 8, 16),
        "body": "First words.\n\n1. Press the key.\n2. Wait.\n",
        "steps": ("Press the key.", "Wait."),
        "sections": (),
        "guides": False,
        "translation": "original" if language == "en" else "machine",
        "stale": False,
        "content_hash": "0" * 64,
        "path": f"knowledge/articles/{language}/{article_id}.md",
    }
    return Article(**{**parts, **changes})


class StandInKnowledge:
    """Finds what the test says it finds."""

    def __init__(self, articles: Iterable[Article] = (), finding: Finding | None = None) -> None:
        self.library = Library({(one.language, one.id): one for one in articles}, ())
        self.finding = finding or Finding("unknown", ())
        self.asked: list[tuple[str, str | None]] = []

    async def meaning_soon(self, text: str) -> NDArray[np.float32]:
        return np.array([len(text), 0.5], dtype=np.float32)

    async def find_soon(self, text: str, language: str | None) -> Finding:
        self.asked.append((text, language))
        return self.finding


def found(*article_ids: str, decision: str = "answer") -> Finding:
    """A finding that suggests these articles."""
    return Finding(decision, tuple(Suggestion(one, "en", one, 0.9, "passage") for one in article_ids))  # type: ignore[arg-type]


def pages_application(knowledge: Any, *more: web.RouteDef) -> web.Application:
    """The pages with their routes, and `more` beside them."""
    application = web.Application()
    settings = load_settings({"FAMILYDESK_PUBLIC_URL": "https://desk.cedarhollow.example"})
    district = load_district(DISTRICT_FOLDER)
    application[SETTINGS] = settings
    application[DISTRICT] = district
    application[KNOWLEDGE] = lambda: knowledge
    application[SEARCH_RATE] = AddressRate(SEARCHES_A_MINUTE, SEARCHES_A_MINUTE_OF_ALL)
    application[UNNAMED_PROXY] = []
    for route in (*pages.ROUTES, *privacy.ROUTES, *help_centre.ROUTES):
        application.router.add_route(route.method, route.path, route.handler)
    application.router.add_routes(more)
    return application


Answer = dict[str, Any]


@dataclass
class StandInDesk:
    """The chat API as the contract has it, with switches for everything that goes wrong on the way."""

    answers: Callable[[str], list[Answer]] = field(default=lambda text: [{"text": f"You wrote: {text}"}])
    state: dict[str, Any] = field(
        default_factory=lambda: {"language": "en", "mode": "bot", "asks": None, "ticket": None, "handoff": None}
    )
    messages: list[Answer] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)  # every POST of a message that arrived
    sessions: list[dict[str, Any]] = field(default_factory=list)
    accept_languages: list[str] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)
    hints: list[dict[str, Any]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # "end" or "delete" for each chat that a family has left
    leaving: int = 200  # how the desk answers to it
    leaving_code: str = "no"
    deletes_at: str = "delete it all"  # at these words the desk deletes the chat, as a family has written
    failures: list[int | str] = field(default_factory=list)  # what the next POSTs of messages answer
    streams_refused: bool = False
    streams_late: int = 0  # this many streams are closed although their token is right
    echo: bool = True  # the family's own messages come back over the stream
    slow: float = 0.0
    by_client_id: dict[str, list[Answer]] = field(default_factory=dict)
    next_id: int = 100

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/chat/sessions", self.start),
            web.post("/api/chat/messages", self.receive),
            web.get("/api/chat/messages", self.history),
            web.get("/api/chat/stream", self.stream),
            web.post("/api/chat/feedback", self.rate),
            web.post("/api/chat/hints", self.keep_hints),
            web.post("/api/chat/end", self.leave),
            web.delete("/api/chat/conversation", self.leave),
        ]

    def message(self, parts: Answer) -> Answer:
        self.next_id += 1
        whole = {
            "id": str(self.next_id), "at": "2026-09-01T12:00:00Z", "from": "bot", "kind": "text",
            "lang": self.state["language"], "dir": "ltr", "buttons": [], "articles": [], **parts,
        }  # fmt: skip
        self.messages.append(whole)
        return whole

    async def publish(self, *messages: Answer) -> None:
        for socket in [one for one in self.sockets if not one.closed]:
            for message in messages:
                await socket.send_json({"message": message})
            await socket.send_json({"state": self.state})

    async def staff_says(self, text: str) -> None:
        await self.publish(self.message({"from": "staff", "text": text}))

    async def cut_streams(self) -> None:
        await asyncio.gather(*(socket.close(code=1011) for socket in self.sockets))

    async def start(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.sessions.append(body)
        self.accept_languages.append(request.headers.get("Accept-Language", ""))
        language = body.get("language") or request.headers.get("Accept-Language", "en")[:2]
        self.state["language"] = language
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        welcome = self.message({"kind": "welcome", "text": "Hola. Soy el asistente." if language == "es" else "Hello."})
        body = {"token": token, "conversation": "c1", "messages": [welcome], "state": self.state}
        return web.json_response(body, status=201)

    def refused(self, request: web.Request) -> bool:
        return request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens

    async def receive(self, request: web.Request) -> web.Response:
        if self.failures:
            failure = self.failures.pop(0)
            if failure == "lost answer":  # stored, but the answer never arrives
                await self.take(await request.json())
                failure = "cut"
            if failure == "cut":
                assert request.transport is not None
                request.transport.close()
                return web.Response(status=500)
            code = {413: "message_too_long", 422: "unknown_choice", 429: "too_many"}.get(int(failure), "other")
            headers = {"Retry-After": "1"} if failure == 429 else {}
            return web.json_response({"error": {"code": code, "message": "no"}}, status=int(failure), headers=headers)
        if self.refused(request):
            return web.json_response({"error": {"code": "unknown_token", "message": "no"}}, status=401)
        body = await request.json()
        await asyncio.sleep(self.slow)
        if body.get("text") == self.deletes_at:
            last = self.message({"kind": "notice", "text": "Done, this chat is deleted."})
            self.tokens.discard(request.headers.get("Authorization", "").removeprefix("Bearer "))
            self.messages.clear()
            return web.json_response({"messages": [last], "state": self.state, "deleted": True})
        return web.json_response({"messages": await self.take(body), "state": self.state})

    async def take(self, body: dict[str, Any]) -> list[Answer]:
        self.posts.append(body)
        if body["id"] in self.by_client_id:
            return self.by_client_id[body["id"]]
        text = body.get("text") or next(
            button["title"] for one in self.messages for button in one["buttons"] if button["id"] == body["choice"]
        )
        own = self.message({"from": "family", "text": unicodedata.normalize("NFC", text)})
        replies = [self.message(reply) for reply in self.answers(text)]
        self.by_client_id[body["id"]] = replies
        await self.publish(*([own] if self.echo else []), *replies)
        return replies

    async def history(self, request: web.Request) -> web.Response:
        if self.refused(request):
            return web.json_response({"error": {"code": "unknown_token", "message": "no"}}, status=401)
        after = int(request.query.get("after", "0"))
        messages = [one for one in self.messages if int(one["id"]) > after]
        return web.json_response({"messages": messages, "state": self.state})

    async def rate(self, request: web.Request) -> web.Response:
        if self.refused(request):
            return web.json_response({"error": {"code": "unknown_token", "message": "no"}}, status=401)
        self.ratings.append(await request.json())
        return web.json_response({"messages": [], "state": self.state})

    async def keep_hints(self, request: web.Request) -> web.Response:
        self.hints.append(await request.json())
        return web.json_response({})

    async def leave(self, request: web.Request) -> web.Response:
        if self.leaving != 200:
            return web.json_response({"error": {"code": self.leaving_code, "message": "no"}}, status=self.leaving)
        self.left.append("delete" if request.method == "DELETE" else "end")
        self.tokens.discard(request.headers.get("Authorization", "").removeprefix("Bearer "))
        self.messages.clear()
        await asyncio.gather(*(socket.close(code=4401) for socket in self.sockets))
        return web.json_response({})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        if self.streams_refused:
            return web.Response(status=502)
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        first = await socket.receive_json()
        if first["token"] not in self.tokens or self.streams_late:
            self.streams_late = max(0, self.streams_late - 1)
            await socket.close(code=4401)
            return socket
        for message in [one for one in self.messages if int(one["id"]) > int(first.get("after") or 0)]:
            await socket.send_json({"message": message})
        await socket.send_json({"state": self.state})
        self.sockets.append(socket)
        async for frame in socket:
            if frame.type is WSMsgType.ERROR:
                break
        return socket
