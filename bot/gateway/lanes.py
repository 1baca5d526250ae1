"""A lane for each address: whoever sends much at once waits behind himself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.gateway.errors import too_many
from bot.gateway.limits import TURNS_AT_ONCE_OF_AN_ADDRESS, TURNS_WAITING_OF_AN_ADDRESS


class Lanes:
    """So many turns of an address at once, so many more that wait in their order; kept only while there are any."""

    def __init__(self, at_once: int = TURNS_AT_ONCE_OF_AN_ADDRESS, waiting: int = TURNS_WAITING_OF_AN_ADDRESS) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._lanes: dict[str, tuple[asyncio.Semaphore, int]] = {}

    def crowded(self, client: str | None) -> bool:
        """Whether the next of this address would have to wait."""
        return client in self._lanes and self._lanes[client][1] >= self._at_once

    @asynccontextmanager
    async def of(self, client: str | None) -> AsyncIterator[None]:
        """A turn of this address; programs on this machine (None) have no lane. Raises ApiError when it is full."""
        if client is None:
            yield
            return
        lane, users = self._lanes.get(client, (asyncio.Semaphore(self._at_once), 0))
        if users >= self._most:
            raise too_many("messages at once from this address", 1)
        self._lanes[client] = (lane, users + 1)
        try:
            async with lane:
                yield
        finally:
            lane, users = self._lanes[client]
            if users == 1:
                del self._lanes[client]
            else:
                self._lanes[client] = (lane, users - 1)
