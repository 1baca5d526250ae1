"""What the workers of the two outboxes share: so many sendings at once, let end at the close, tried again in time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

from bot.gateway.errors import where

AT_ONCE = 20
DRAIN_SECONDS = 5.0


def pause(attempts: int, longest: float) -> float:
    """Seconds before the next try: twice as long each time, and never the same for all who wait."""
    return min(longest, 2.0 ** min(attempts, 20)) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load


class Sendings:
    """The sendings under way; `what` names one in the log of its worker, `ended` is called after each."""

    def __init__(self, what: str, log: logging.Logger, ended: Callable[[], None] = lambda: None) -> None:
        self._what, self._log, self._after = what, log, ended
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def room(self) -> int:
        """How many more may begin."""
        return AT_ONCE - len(self._tasks)

    def begin(self, sending: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(sending)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def drain(self) -> None:
        """Let what is on its way end; what takes too long is stopped."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("%s: %s: %s", self._what, type(error).__name__, where(error))
        self._after()
