"""A lane for each address: whoever sends much at once waits behind himself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.gateway.errors import ApiError, too_many
from bot.gateway.limits import TURNS_AT_ONCE_OF_AN_ADDRESS, TURNS_WAITING_OF_AN_ADDRESS


class InOrder:
    """So many at once for each key, the others in their order; kept only while somebody is at it or waits."""

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._locks: dict[str, tuple[asyncio.Semaphore, int]] = {}

    def users(self, key: str | None) -> int:
        """How many are at it or wait."""
        return self._locks[key][1] if key in self._locks else 0

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        lock, users = self._locks.get(key, (asyncio.Semaphore(self._at_once), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[key]
            if users == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, users - 1)


class Lanes:
    """So many turns of an address at once, so many more that wait in their order; kept only while there are any."""

    def __init__(self, at_once: int = TURNS_AT_ONCE_OF_AN_ADDRESS, waiting: int = TURNS_WAITING_OF_AN_ADDRESS) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._lanes = InOrder(at_once)

    def crowded(self, client: str | None) -> bool:
        """Whether the next of this address would have to wait."""
        return self._lanes.users(client) >= self._at_once

    def refusal(self, client: str | None) -> ApiError | None:
        """The error for one more of this address, when its lane is full."""
        return too_many("messages at once from this address", 1) if self._lanes.users(client) >= self._most else None

    @asynccontextmanager
    async def of(self, client: str | None) -> AsyncIterator[None]:
        """A turn of this address; programs on this machine (None) have no lane. Raises ApiError when it is full."""
        if client is None:
            yield
            return
        if refusal := self.refusal(client):
            raise refusal
        async with self._lanes.of(client):
            yield
