"""The crisis screen beside the loop: whoever floods the desk waits behind himself, and nobody else does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from actions.desk.crisis import CrisisClass, screen, screen_quickly

T = TypeVar("T")
# Of what comes too often, so much is read at its beginning and at its end.
QUICK_CHARACTERS = 2_000
# Half a millisecond of work: handing it to a thread costs the loop more, for each hand-over waits for the interpreter.
SHORT_CHARACTERS = 200


class Screener:
    """Two threads: one for messages within the limits, in their order, one for all that is above them."""

    def __init__(self) -> None:
        self._first = ThreadPoolExecutor(max_workers=1, thread_name_prefix="crisis-screen")
        self._second = ThreadPoolExecutor(max_workers=1, thread_name_prefix="crisis-screen-above-limits")

    async def screen(self, text: str) -> CrisisClass | None:
        """The whole screen, for a message within the limits."""
        return await asyncio.get_running_loop().run_in_executor(self._first, screen, text)

    async def screen_long(self, text: str) -> CrisisClass | None:
        """The whole screen for a text that is too long to be taken for anything but a cry for help."""
        return await self.aside(screen, text)

    async def screen_above_limit(self, text: str) -> CrisisClass | None:
        """For what comes too often: the agreed wordings and the second reader's words, a thirtieth of the work."""
        if len(text) > 2 * QUICK_CHARACTERS:
            text = f"{text[:QUICK_CHARACTERS]}\n{text[-QUICK_CHARACTERS:]}"
        if len(text) <= SHORT_CHARACTERS:
            return screen_quickly(text)
        return await self.aside(screen_quickly, text)

    async def aside(self, work: Callable[..., T], *given: object) -> T:
        """Do some work of that kind in the second thread."""
        return await asyncio.get_running_loop().run_in_executor(self._second, lambda: work(*given))

    def close(self) -> None:
        """Finish what is under way."""
        self._first.shutdown(wait=True, cancel_futures=True)
        self._second.shutdown(wait=True, cancel_futures=True)
