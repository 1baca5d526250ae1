"""The worker that tells staff what is in their outbox: again after a failure, and again until a hand-off is taken."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from actions.desk import notices
from actions.desk.database import Database
from actions.desk.notices import Due
from bot.gateway import sending
from bot.gateway.errors import where
from bot.gateway.inbox.paths import NoticeNotSent, Path
from bot.gateway.inbox.watch import ESCALATE_AFTER, LOOK_SECONDS
from bot.gateway.inbox.wording import Notice, Writer
from bot.gateway.sending import Sendings

logger = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 120.0


def pause(attempts: int) -> float:
    """Seconds before the next try."""
    return sending.pause(attempts, LONGEST_PAUSE_SECONDS)


@dataclass(frozen=True)
class Pace:
    """How fast notices are worked on; tests are in more of a hurry."""

    look_seconds: float = 1.0
    # Longer than handing one over takes; whoever is killed in between is taken over then.
    lease: timedelta = timedelta(seconds=60)
    pause_seconds: Callable[[int], float] = pause
    # How long until it is told again; None for the minutes of district.yml.
    again: timedelta | None = None
    # How often waiting families are looked after, and how long a crisis may wait before the next tier is told.
    watch_seconds: float = LOOK_SECONDS
    escalate_after: timedelta = ESCALATE_AFTER


class Notifier:
    """Tells staff until it is closed; several may run on one database. What no path is set for stays where it is."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        paths: Mapping[notices.Path, Path],
        *,
        again: timedelta,
        pace: Pace | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._writer = writer
        self._paths = paths
        self._pace = pace or Pace()
        self._again = self._pace.again or again
        self._clock = clock
        self._sendings = Sendings("a staff notice", logger)
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        for path in self._paths.values():
            await path.start()
        if self._paths:
            self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Take nothing more, and let what is on its way end; what does not is sent again after its lease."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._sendings.drain()
        for path in self._paths.values():
            await path.close()

    async def _run(self) -> None:
        while True:
            try:
                await self._begin_due()
            except Exception as error:  # noqa: BLE001 - the next look may find the database well again
                logger.error("staff notices: %s: %s", type(error).__name__, where(error))
            await asyncio.sleep(self._pace.look_seconds)

    async def _begin_due(self) -> None:
        room = self._sendings.room
        if room <= 0:
            return
        for due, notice in await self._database.run(self._prepare, room):
            self._sendings.begin(self._send(due, notice))

    def _prepare(self, session: Session, most: int) -> list[tuple[Due, Notice]]:
        paths = tuple(self._paths)
        claimed = notices.claim(session, self._clock(), paths=paths, lease=self._pace.lease, most=most)
        return [(due, self._writer.write(session, due)) for due in claimed]

    async def _send(self, due: Due, notice: Notice) -> None:
        try:
            await self._paths[due.to.path].send(due.id, due.to.address, notice)
        except NoticeNotSent as failure:
            await self._not_sent(due, failure)
            return
        now = self._clock()
        await self._database.run(notices.note_sent, due, now, again_at=now + self._again)

    async def _not_sent(self, due: Due, failure: NoticeNotSent) -> None:
        now = self._clock()
        if failure.for_good:
            logger.error("staff notice %d by %s is refused: %s", due.id, due.to.path, failure.code)
            await self._database.run(notices.note_failed, due, failure.code, now, again_at=now + self._again)
            return
        seconds = self._pace.pause_seconds(due.attempts)
        level = logging.ERROR if due.kind == "crisis" else logging.WARNING
        logger.log(level, "staff notice %d by %s is tried again in %.0f s: %s", due.id, due.to.path, seconds, failure)
        await self._database.run(notices.note_later, due, now + timedelta(seconds=seconds), failure.code)
