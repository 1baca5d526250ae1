"""The open WebSockets: each shows its conversation as the database has it, from where its client left off."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.desk import conversations
from actions.desk.conversations import Facts, Stored
from actions.desk.database import Database
from actions.desk.models import MESSAGES
from bot.gateway.access import conversation_of
from bot.gateway.addresses import client_of
from bot.gateway.errors import ApiError, too_many, where
from bot.gateway.incoming import read_after
from bot.gateway.keys import DATABASE, STREAMS
from bot.gateway.limits import FRAME_BYTES, FRAMES_UNREAD, STREAMS_A_CONVERSATION, STREAMS_AN_ADDRESS, STREAMS_OF_ALL
from bot.gateway.messages import message_json, state_json

logger = logging.getLogger(__name__)

FIRST_FRAME_SECONDS = 10.0
PING_SECONDS = 20.0
# Messages of other processes, a staff member's above all, are looked for this often while a stream is open.
LOOK_SECONDS = 0.5
# On PostgreSQL a message may appear so much later than one with a higher id.
LATE_SECONDS = 10.0
# A change that comes without a message (a person takes the conversation) shows within this time.
STATE_SECONDS = 2.0
# An open chat counts as being there, up to the twelve hours of its token.
TOKEN_SECONDS = 300.0

UNAUTHORISED = 4401
WRONG_FRAME = 4400
TOO_MANY = 4429
TOO_MANY_SECONDS = 30


class Streams:
    """Who waits for news of which conversation; looks into the database only while somebody does."""

    def __init__(
        self,
        database: Database,
        *,
        look_seconds: float = LOOK_SECONDS,
        most: int = STREAMS_OF_ALL,
        most_of_client: int = STREAMS_AN_ADDRESS,
    ) -> None:
        self._most, self._most_of_client = most, most_of_client
        self._open = 0
        self._of_client: Counter[str] = Counter()
        self._database = database
        self._look_seconds = look_seconds
        self._waiting: defaultdict[str, dict[web.WebSocketResponse, asyncio.Event]] = defaultdict(dict)
        self._looker: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[bool]] = set()

    def wake(self, conversation: str) -> None:
        """Something new is in the conversation."""
        for news in self._waiting.get(conversation, {}).values():
            news.set()

    def count(self, conversation: str) -> int:
        return len(self._waiting.get(conversation, {}))

    @contextmanager
    def admitted(self, client: str | None) -> Iterator[None]:
        """Count a socket under its client's address while it is open. Raises ApiError when there are too many."""
        if self._open >= self._most or (client is not None and self._of_client[client] >= self._most_of_client):
            raise too_many("open streams", TOO_MANY_SECONDS)
        self._open += 1
        if client is not None:
            self._of_client[client] += 1
        try:
            yield
        finally:
            self._open -= 1
            if client is not None:
                self._of_client[client] -= 1
                if not self._of_client[client]:
                    del self._of_client[client]

    @contextmanager
    def opened(self, conversation: str, socket: web.WebSocketResponse) -> Iterator[asyncio.Event]:
        """The event that is set whenever there is news for this socket."""
        news = asyncio.Event()
        self._waiting[conversation][socket] = news
        if self._looker is None:
            self._looker = asyncio.create_task(self._look())
        try:
            yield news
        finally:
            del self._waiting[conversation][socket]
            if not self._waiting[conversation]:
                del self._waiting[conversation]
            if not self._waiting and self._looker is not None:
                self._looker.cancel()
                self._looker = None

    def dismiss(self, conversation: str) -> None:
        """The conversation is over: its sockets find its token worth nothing at their next look."""
        for socket in list(self._waiting.get(conversation, {})):
            closing = asyncio.create_task(socket.close(code=UNAUTHORISED, message=b"the chat has ended"))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Tell every client that the desk goes away; they come back to the next one."""
        sockets = [socket for waiting in self._waiting.values() for socket in waiting]
        closing = [socket.close(code=WSCloseCode.GOING_AWAY, message=b"restarting") for socket in sockets]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        # What was seen above the newest id of LATE_SECONDS ago, by when that was.
        seen: set[int] = set()
        newest: deque[tuple[float, int]] = deque()
        while True:
            try:
                if not newest:
                    newest.append((loop.time(), await self._database.run(conversations.latest_id)))
                found = await self._database.run(_newer, newest[0][1])
            except Exception as error:  # noqa: BLE001 - the next look may find the database well again
                logger.error("looking for news: %s: %s", type(error).__name__, where(error))
                found = {}
            for conversation in {found[message] for message in found.keys() - seen} & self._waiting.keys():
                self.wake(conversation)
            if found:
                seen = set(found)
                newest.append((loop.time(), max(found)))
            while len(newest) > 1 and newest[1][0] <= loop.time() - LATE_SECONDS:
                newest.popleft()
            await asyncio.sleep(self._look_seconds)


def _newer(session: Session, after: int) -> dict[int, str]:
    """The conversation of each message with a higher id than `after`."""
    rows = session.execute(select(MESSAGES.c.id, MESSAGES.c.conversation).where(MESSAGES.c.id > after))
    return {row.id: row.conversation for row in rows}


def _news(session: Session, conversation: str, after: int) -> tuple[tuple[Stored, ...], Facts]:
    return conversations.since(session, conversation, after), conversations.facts(session, conversation)


async def stream(request: web.Request) -> web.StreamResponse:
    """The WebSocket of the contract: {"token", "after"} in, then messages and states out as they come."""
    with request.app[STREAMS].admitted(client_of(request)):
        return await _stream(request)


async def _stream(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse(heartbeat=PING_SECONDS, max_msg_size=FRAME_BYTES, compress=False)
    await socket.prepare(request)
    first = await _first_frame(socket)
    if first is None:
        return socket
    token, after = first
    conversation = await conversation_of(request, token)
    if conversation is None:
        await socket.close(code=UNAUTHORISED, message=b"unknown token")
        return socket
    streams = request.app[STREAMS]
    if streams.count(conversation) >= STREAMS_A_CONVERSATION:
        await socket.close(code=TOO_MANY, message=b"too many streams")
        return socket
    with streams.opened(conversation, socket) as news:
        sender = asyncio.create_task(_send(request, socket, conversation, token, after, news))
        try:
            unread = 0
            async for _ in socket:  # nothing more is expected from the client; reading notices that it left
                unread += 1
                if unread > FRAMES_UNREAD:
                    await socket.close(code=WRONG_FRAME, message=b"nothing more is read here")
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
    return socket


async def _first_frame(socket: web.WebSocketResponse) -> tuple[str, int] | None:
    """Token and last seen id; None when the socket was closed for lack of them."""
    try:
        frame = await asyncio.wait_for(socket.receive(), FIRST_FRAME_SECONDS)
    except TimeoutError:
        await socket.close(code=UNAUTHORISED, message=b"no token")
        return None
    if frame.type is not WSMsgType.TEXT:
        if not socket.closed:
            await socket.close(code=WRONG_FRAME, message=b"the first frame must be text")
        return None
    try:
        body: Any = json.loads(frame.data)
        after = read_after(body.get("after"))
    except (ValueError, AttributeError, RecursionError, ApiError):
        await socket.close(code=WRONG_FRAME, message=b'the first frame must be {"token", "after"}')
        return None
    token = body.get("token")
    return (token if isinstance(token, str) else ""), after


async def _send(
    request: web.Request,
    socket: web.WebSocketResponse,
    conversation: str,
    token: str,
    after: int,
    news: asyncio.Event,
) -> None:
    """Send all that is newer than `after`, in order and once, then wait for news."""
    loop = asyncio.get_running_loop()
    shown: dict[str, Any] | None = None
    checked = loop.time()
    try:
        while not socket.closed:
            news.clear()
            messages, facts = await request.app[DATABASE].run(_news, conversation, after)
            for message in messages:
                await socket.send_json({"message": message_json(message)}, dumps=_dumps)
                after = message.id
            state = state_json(facts)
            if state != shown:
                await socket.send_json({"state": state}, dumps=_dumps)
                shown = state
            patience = STATE_SECONDS if facts.mode in {"waiting", "human"} else TOKEN_SECONDS
            await _wait(news, patience)
            if loop.time() - checked >= TOKEN_SECONDS:
                checked = loop.time()
                if await conversation_of(request, token) is None:
                    await socket.close(code=UNAUTHORISED, message=b"unknown token")
    except ConnectionError:  # the client left while we were writing
        return
    except LookupError:  # the conversation was deleted
        await socket.close(code=UNAUTHORISED, message=b"unknown token")
    except Exception as error:  # noqa: BLE001 - the client comes back and goes on from where it was
        logger.error("stream: %s: %s", type(error).__name__, where(error))
        await socket.close(code=WSCloseCode.INTERNAL_ERROR)


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(news.wait(), seconds)
    except TimeoutError:
        return


def _dumps(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
