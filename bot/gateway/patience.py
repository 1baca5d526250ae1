"""An end for clients that keep a connection busy by sending next to nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary, WeakSet

from aiohttp import web

from bot.gateway.errors import ApiError
from bot.gateway.limits import BODY_SECONDS, HEAD_SECONDS
from bot.gateway.route import Handler

LOOK_SECONDS = 1.0

# aiohttp itself ends what is idle after a request; only connections that never came to one are ours to end.
_served: WeakSet[asyncio.BaseTransport] = WeakSet()


@web.middleware
async def note_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Remember that the connection has sent the whole head of a request."""
    if request.transport is not None:
        _served.add(request.transport)
    return await handler(request)


class Patience:
    """Closes connections whose first request does not begin in time."""

    def __init__(
        self, server: web.Server, *, head_seconds: float = HEAD_SECONDS, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._server = server
        self._head_seconds = head_seconds
        self._look_seconds = look_seconds
        self._since: WeakKeyDictionary[asyncio.BaseTransport, float] = WeakKeyDictionary()

    async def run(self) -> None:
        """Look after the server's connections for as long as the task lives."""
        while True:
            await asyncio.sleep(self._look_seconds)
            self.look(asyncio.get_running_loop().time())

    def look(self, now: float) -> None:
        """Close what has been open for too long at this time without a request."""
        for connection in self._server.connections:
            opened = connection.transport
            if opened is None or opened in _served:
                continue
            if now - self._since.setdefault(opened, now) >= self._head_seconds:
                connection.force_close()


@contextlib.asynccontextmanager
async def in_time(seconds: float = BODY_SECONDS) -> AsyncIterator[None]:
    """Around the reading of a body. Raises ApiError when it does not come in time."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        message = "The body did not come in time; send it again."
        raise ApiError(408, "too_slow", message, {"Connection": "close"}) from None
