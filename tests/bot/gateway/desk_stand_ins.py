"""The desk over real HTTP with a real database, and a Rasa at the wire that does as the test says."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from numpy.typing import NDArray
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.desk.database import Database
from actions.desk.district import District, load_district
from actions.desk.models import CONVERSATIONS, MESSAGES
from bot.gateway.app import build_app
from bot.gateway.keys import RASA, TURNS
from bot.gateway.loading import Loading
from bot.replies import Replies
from knowledge.articles import Library
from knowledge.settings import Settings, load_settings
from tests.databases import new_database
from tests.ports import free_port

DISTRICT = load_district(Path("data/district"))
REPLIES = Replies.load(values=DISTRICT.values())

# How long a test waits for what must come; only what never comes takes so long, however busy the machine is.
PATIENCE = 30.0
# A Rasa that was away is asked so often whether it is back.
PROBE_SECONDS = 0.05

Body = dict[str, Any]
Answer = Callable[[Body], Awaitable[web.StreamResponse]]


def message(text: str, **more: Any) -> Body:
    """A message as our Rasa channel sends it."""
    return {"kind": "text", "language": "en", "text": text, "buttons": [], "articles": [], **more}


def says(*messages: Body, asks: str | None = None) -> Answer:
    """Answer every turn with these messages."""

    async def answer(body: Body) -> web.StreamResponse:
        return web.json_response({"messages": list(messages), "asks": asks})

    return answer


def sends(text: str, status: int = 200) -> Answer:
    """Answer every turn with exactly this body."""

    async def answer(body: Body) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type="application/json")

    return answer


async def echo(body: Body) -> web.StreamResponse:
    """Answer a turn with what it said."""
    words = body.get("text", body.get("payload"))
    return web.json_response({"messages": [message(f"You said: {words}", language=body["language"])], "asks": None})


async def hangs(body: Body) -> web.StreamResponse:
    """Take the turn and never answer."""
    await asyncio.sleep(3600)
    raise AssertionError("nobody waits this long")


@dataclass
class StandInRasa:
    """Our Rasa channel at the wire: keeps what it got, answers as `answer` says."""

    port: int = field(default_factory=free_port)
    answer: Answer = echo
    healthy: bool = True
    turns: list[Body] = field(default_factory=list)
    content_types: list[str] = field(default_factory=list)
    health_checks: int = 0
    forgotten: list[str] = field(default_factory=list)
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/webhooks/desk/webhook", self._webhook)
        app.router.add_get("/webhooks/desk/", self._health)
        app.router.add_delete("/webhooks/desk/conversations/{conversation}", self._forget)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        self.content_types.append(request.content_type)
        body = await request.json()
        self.turns.append(body)
        return await self.answer(body)

    async def _forget(self, request: web.Request) -> web.StreamResponse:
        if not self.healthy:
            return web.json_response({}, status=503)
        self.forgotten.append(request.match_info["conversation"])
        return web.json_response({})

    async def _health(self, request: web.Request) -> web.StreamResponse:
        self.health_checks += 1
        return web.json_response({"status": "ok"}, status=200 if self.healthy else 503)


class StandInKnowledge:
    """Loaded, with no articles; asked for nothing but what a message means, since the actions do the rest."""

    library = Library({}, ())

    async def meaning_soon(self, text: str) -> NDArray[np.float32]:
        return np.array([len(text), 0.5], dtype=np.float32)


async def until(what: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.01)


async def until_true(what: Callable[[], Awaitable[Any]], seconds: float = PATIENCE) -> None:
    """Wait until it comes out true."""
    async with asyncio.timeout(seconds):
        while not await what():
            await asyncio.sleep(0.01)


@dataclass
class Desk:
    """A running desk and what stands around it."""

    client: TestClient[web.Request, web.Application]
    rasa: StandInRasa
    database: Database
    loading: Loading
    settings: Settings

    async def family(self, language: str | None = None, **headers: str) -> Family:
        async with self.client.post("/api/chat/sessions", json={"language": language}, headers=headers) as response:
            body = await response.json()
            assert response.status == 201, body
        return Family(self, body["token"], body["conversation"], body["messages"], body["state"])

    def answers_within(self, seconds: float) -> None:
        """Change how long a family waits at most, to less where something never answers."""
        self.client.app[TURNS]._reply_seconds = seconds

    async def post(self, path: str, **how: Any) -> tuple[int, Any]:
        async with self.client.post(path, **how) as response:
            return response.status, await response.json()

    async def get(self, path: str, **how: Any) -> tuple[int, Any]:
        async with self.client.get(path, **how) as response:
            return response.status, await response.json()


async def pass_time(database: Database, time: timedelta) -> None:
    """As if all that was said and done in the chats had been so much earlier."""
    moments = {CONVERSATIONS: ("created_at", "seen_at", "extended_at", "kept_at"), MESSAGES: ("at",)}

    def shift(session: Session) -> None:
        for table, names in moments.items():
            for row in session.execute(select(table)).all():
                values = {name: then - time for name in names if (then := row._mapping[name]) is not None}
                session.execute(update(table).where(table.c.id == row.id).values(values))

    await database.run(shift)


@dataclass
class Family:
    """A family with its token."""

    desk: Desk
    token: str
    conversation: str
    messages: list[Body]
    state: Body

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def send(self, **body: Any) -> tuple[int, Any]:
        """Status and body of a POST; an `id` is made up unless one is given."""
        sent = {"id": uuid.uuid4().hex, **body}
        return await self.desk.post("/api/chat/messages", json=sent, headers=self.headers)

    async def say(self, text: str) -> list[Body]:
        return await self._replies(text=text)

    async def press(self, title: str) -> list[Body]:
        buttons = {button["title"]: button["id"] for one in self.messages for button in one["buttons"]}
        return await self._replies(choice=buttons[title])

    async def _replies(self, **body: Any) -> list[Body]:
        status, answer = await self.send(**body)
        assert status == 200, answer
        self.messages, self.state = answer["messages"], answer["state"]
        return self.messages

    async def history(self, after: str | None = None) -> list[Body]:
        query = {} if after is None else {"after": after}
        status, answer = await self.desk.get("/api/chat/messages", params=query, headers=self.headers)
        assert status == 200, answer
        messages: list[Body] = answer["messages"]
        return messages


def settings_for(home: Path, rasa_port: int, **more: str) -> Settings:
    given = {"HOME": str(home), "RASA_PORT": str(rasa_port), "REPLY_SECONDS": str(PATIENCE), **more}
    return load_settings({f"FAMILYDESK_{name}": value for name, value in given.items()})


def database_of(settings: Settings) -> Database:
    """The desk's database, with its tables; what an earlier desk has left there stays."""
    file = settings.home / "desk.db"
    if settings.database == f"sqlite:///{file.absolute()}" and not file.exists():
        return new_database(file)
    database = Database(settings.database)
    database.migrate()
    return database


def loaded() -> Loading:
    """A loading that is over."""
    loading = Loading()
    loading.done(StandInKnowledge(), object())  # type: ignore[arg-type]
    return loading


@asynccontextmanager
async def running_desk(
    home: Path,
    *,
    rasa: StandInRasa | None = None,
    loading: Loading | None = None,
    district: District = DISTRICT,
    rasa_starts: bool = True,
    app_options: dict[str, Any] | None = None,
    **settings: str,
) -> AsyncIterator[Desk]:
    """The desk's application on a free port, with its own database and Rasa."""
    rasa = rasa or StandInRasa()
    if rasa_starts:
        await rasa.start()
    given = settings_for(home, rasa.port, **settings)
    database = database_of(given)
    loading = loading or loaded()
    app = build_app(given, district, database, REPLIES, loading, **(app_options or {}))
    app[RASA]._probe_seconds = PROBE_SECONDS
    server = TestServer(app)
    await server.start_server(auto_decompress=False, access_log=None)  # as the desk listens
    client = TestClient(server)
    try:
        yield Desk(client, rasa, database, loading, given)
    finally:
        await client.close()
        await rasa.stop()
        database.close()


async def next_frame(socket: Any, seconds: float = PATIENCE) -> Body:
    """The next frame of a stream."""
    frame = await asyncio.wait_for(socket.receive(), seconds)
    assert isinstance(frame.data, str), frame
    body: Body = json.loads(frame.data)
    return body
