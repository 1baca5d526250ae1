"""The worker that deletes what has been kept long enough: at the start, and then every day."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from actions.desk import holds, purging
from actions.desk.database import Database
from actions.desk.retention import Retention
from bot import tracker_file
from bot.gateway.errors import where

logger = logging.getLogger(__name__)

EVERY_SECONDS = 24 * 3600.0
# Between two batches everybody else comes to the database.
PAUSE_SECONDS = 0.05
DIALOGUES = "dialogues in Rasa"


class Purger:
    """Purges in small batches while families are served; several may run on one database."""

    def __init__(
        self,
        database: Database,
        retention: Retention,
        trackers: Path,
        *,
        every_seconds: float = EVERY_SECONDS,
        pause_seconds: float = PAUSE_SECONDS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._retention = retention
        self._trackers = trackers
        self._every_seconds = every_seconds
        self._pause_seconds = pause_seconds
        self._clock = clock

    async def counts(self) -> dict[str, int]:
        """How much of each kind is due; nothing is deleted."""
        now = self._clock()
        found = await self._database.run(purging.count, self._retention, now)
        return {
            **found,
            DIALOGUES: await asyncio.to_thread(tracker_file.count, self._trackers, now - self._retention.chat),
        }

    async def held(self) -> dict[str, int]:
        """How much is on legal hold and stays, whatever its age."""
        return await self._database.run(holds.count_held)

    async def purge(self) -> dict[str, int]:
        """Delete what is due; how much of each kind it was."""
        now, done = self._clock(), {}
        for rule in purging.RULES:
            done[rule.kind] = 0
            while batch := await self._database.run(purging.purge_batch, rule, self._retention, now):
                done[rule.kind] += batch
                await asyncio.sleep(self._pause_seconds)
        done[DIALOGUES] = await asyncio.to_thread(tracker_file.purge, self._trackers, now - self._retention.chat)
        if not await self._database.scrub():
            logger.warning("the database is read by somebody; the next purge empties its side file")
        return done

    async def run(self) -> None:
        """Purge now and every day, for as long as the task lives."""
        while True:
            try:
                logger.info("purged %s", report(await self.purge()))
            except Exception as error:  # noqa: BLE001 - the next purge may find the database well again
                logger.error("purging: %s: %s", type(error).__name__, where(error))
            await asyncio.sleep(self._every_seconds)


def report(counts: dict[str, int]) -> str:
    """The kinds of which there were any, on one line."""
    return ", ".join(f"{number} {kind}" for kind, number in counts.items() if number) or "nothing"


def purge_worker(purger: Purger) -> Callable[[web.Application], AsyncIterator[None]]:
    """What runs beside the application, as aiohttp wants it."""

    async def running(app: web.Application) -> AsyncIterator[None]:  # noqa: ARG001
        task = asyncio.create_task(purger.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    return running
