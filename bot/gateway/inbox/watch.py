"""The clock that runs while a family waits for a person; it goes by the database, so that a restart loses nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from actions.desk import handoffs, holds, inbox, notices, phones
from actions.desk.database import Database
from actions.desk.district import District
from bot.gateway.errors import where
from bot.gateway.inbox import staff
from bot.gateway.own_replies import OwnReplies

logger = logging.getLogger(__name__)

LOOK_SECONDS = 3.0
# So long may a crisis alert wait for somebody to accept it before the next tier is told.
ESCALATE_AFTER = timedelta(minutes=5)
# How often staff are reminded of a legal hold that nobody looks at.
REMIND_AGAIN = timedelta(days=7)


class Watch:
    """Calls families back that nobody attends to, and tells the next tier of crises; several may run at once."""

    def __init__(
        self,
        database: Database,
        own: OwnReplies,
        district: District,
        *,
        look_seconds: float = LOOK_SECONDS,
        escalate_after: timedelta = ESCALATE_AFTER,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._own = own
        self._district = district
        self._look_seconds = look_seconds
        self._escalate_after = escalate_after
        self._clock = clock
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._database.run(self.look)
            except Exception as error:  # noqa: BLE001 - the next look may find the database well again
                logger.error("watching hand-offs: %s: %s", type(error).__name__, where(error))
            await asyncio.sleep(self._look_seconds)

    def look(self, session: Session) -> None:
        """Put call-backs in the place of what waits too long; what its person has left goes back in the queue; and have
        legal holds looked at."""
        now = self._clock()
        next_tier = notices.next_contacts_of(self._district)
        for crisis in notices.escalate(session, next_tier, now - self._escalate_after, now):
            logger.error("hand-off %d: nobody accepted a crisis alert in time; the next tier is told", crisis)
        for handoff, crisis_class in holds.to_review(session, self._district.retention, now):
            if holds.remind(session, handoff, now, REMIND_AGAIN):
                reviewers = notices.hold_reviewers_of(self._district, crisis_class)
                notices.post(session, handoff, "hold_review", reviewers, now, crisis_class=crisis_class)
        since = now - timedelta(minutes=self._district.handoff_minutes)
        for handoff in handoffs.abandoned(session, since):
            logger.warning("hand-off %d: the person does not answer; it goes back in the queue", handoff)
            staff.release(session, handoff, self._district, now)
        for one in handoffs.overdue(session, since):
            entry = inbox.entry(session, one.id)
            drafts = self._own.on(entry.channel).time_out(session, one.id, entry.language, now)
            for draft in drafts:
                phones.announce(session, entry.conversation, draft, zone=self._district.time_zone, now=now)
            if drafts:
                logger.info("hand-off %d: nobody accepted it in time; it is a call-back now", one.id)
