"""The worker that sends what is in the outbox: in order for each number, again after a failure, never twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from actions.desk import messages, outbox, phones
from actions.desk.database import Database
from actions.desk.models import BUTTONS, MESSAGES, OUTBOX
from actions.desk.outbox import Due
from actions.desk.phone_numbers import PhoneNumbers
from bot.gateway import sending
from bot.gateway.errors import where
from bot.gateway.sending import AT_ONCE, Sendings
from bot.gateway.sms.layout import Layout, can_wait
from bot.gateway.sms.twilio import Carrier, Found, TextNotSent

logger = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 300.0
# About four hours of pauses.
MOST_ATTEMPTS = 55
FORGET_EVERY = timedelta(minutes=10)
COUNTED_EVERY, TOLD_EVERY = timedelta(seconds=1), timedelta(hours=1)


def pause(attempts: int) -> float:
    """Seconds before the next try."""
    return sending.pause(attempts, LONGEST_PAUSE_SECONDS)


@dataclass(frozen=True)
class Pace:
    """How fast the outbox is worked on; tests are in more of a hurry."""

    # Texts of other processes, and those that are due again, are looked for this often.
    look_seconds: float = 1.0
    # Longer than a text takes with Twilio; whoever is killed in between is taken over then.
    lease: timedelta = timedelta(seconds=30)
    pause_seconds: Callable[[int], float] = pause


@dataclass(frozen=True)
class Prepared:
    """A text that is due, as it will be handed over; the body is on the disk already."""

    due: Due
    body: str


class DayLimit:
    """How many texts may still go out within 24 hours; counted again every second, since other processes send too."""

    def __init__(self, a_day: int) -> None:
        self._a_day = a_day
        self._sent = 0
        self._counted_at: datetime | None = None
        self._told_at: datetime | None = None

    def is_full(self, session: Session, now: datetime) -> bool:
        """Whether none is left; says so in the log once an hour."""
        if self._counted_at is None or now - self._counted_at >= COUNTED_EVERY or not self.left:
            self._sent, self._counted_at = outbox.sent_in_day(session, now), now
        if self.left:
            return False
        if self._told_at is None or now - self._told_at >= TOLD_EVERY:
            self._told_at = now
            logger.error(
                "ALARM: %d texts went out within 24 hours, the most that FAMILYDESK_SMS_PER_DAY allows; all but crisis "
                "texts wait. See who is texting, and raise the limit if that is right",
                self._sent,
            )
        return True

    @property
    def left(self) -> int:
        return max(0, self._a_day - self._sent)

    def note(self, sent: int) -> None:
        self._sent += sent


class Sender:
    """Sends until it is closed; several may run on one database."""

    def __init__(
        self,
        database: Database,
        numbers: PhoneNumbers,
        layout: Layout,
        carrier: Carrier,
        *,
        an_hour: int,
        a_day: int,
        zone: ZoneInfo,
        callback: str | None = None,
        pace: Pace | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._numbers = numbers
        self._layout = layout
        self._carrier = carrier
        self._an_hour = an_hour
        self._day = DayLimit(a_day)
        self._zone = zone
        self._callback = callback
        self._pace = pace or Pace()
        self._clock = clock
        self._news = asyncio.Event()
        self._sendings = Sendings("a text", logger, self.wake)  # after one, the number's next may go
        self._forgot_at: datetime | None = None
        self._running: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        await self._carrier.start()
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Take nothing more, and let what is on its way end; what does not is looked for at the next start."""
        self._closing = True
        self._news.set()
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)
        await self._sendings.drain()
        await self._carrier.close()

    def wake(self) -> None:
        """Something new may be in the outbox."""
        self._news.set()

    async def _run(self) -> None:
        while not self._closing:
            self._news.clear()
            if self._closing:
                return
            try:
                await self._begin_due()
                await self._forget()
            except Exception as error:  # noqa: BLE001 - the next look may find the database well again
                logger.error("outbox: %s: %s", type(error).__name__, where(error))
            try:
                async with asyncio.timeout(self._pace.look_seconds):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _begin_due(self) -> None:
        room = self._sendings.room
        # Looking costs the more, the more texts wait: rather ten at a look than one each.
        if room < AT_ONCE // 2:
            return
        for prepared in await self._database.run(self._prepare, room):
            self._sendings.begin(self._send(prepared))

    def _prepare(self, session: Session, most: int) -> list[Prepared]:
        now = self._clock()
        full, room = self._day.is_full(session, now), min(most, self._day.left or most)
        claimed = outbox.claim(
            session,
            now,
            lease=self._pace.lease,
            an_hour=self._an_hour,
            zone=self._zone,
            day_is_full=full,
            most=room,
        )
        self._day.note(len(claimed))
        return [prepared for due in claimed if (prepared := self._lay_out(session, due, now)) is not None]

    def _lay_out(self, session: Session, due: Due, now: datetime) -> Prepared | None:
        if due.body is not None:
            return Prepared(due, due.body)
        parts, waits = parts_of(session, self._layout, due.message)
        if due.part >= len(parts):  # the wording has changed since
            outbox.note_end(session, due.id, "dropped", "no such part")
            return None
        outbox.note_body(session, due.id, parts[due.part])
        if not waits and due.part + 1 < len(parts):
            outbox.post_part(session, due.phone, due.message, due.part + 1, now)
        return Prepared(due, parts[due.part])

    async def _send(self, prepared: Prepared) -> None:
        due = prepared.due
        number = self._numbers.opened(due.sealed) if due.sealed is not None else None
        if number is None:
            logger.error("text %d cannot be sent: its number is deleted, or SECRET_KEY has changed", due.id)
            await self._database.run(outbox.note_end, due.id, "failed", "no number")
            return
        try:
            sid = await self._already_sent(prepared, number) if due.uncertain else None
            if sid is None:
                callback = f"{self._callback}?text={due.id}" if self._callback else None
                sid = await self._carrier.send(number, prepared.body, callback)
        except TextNotSent as failure:
            await self._not_sent(due, failure)
            return
        await self._database.run(outbox.note_sent, due.id, sid, self._clock())

    async def _already_sent(self, prepared: Prepared, number: str) -> str | None:
        """Twilio's id of a text that it took although we never heard so."""
        since = prepared.due.created_at - timedelta(minutes=5)
        found = await self._carrier.sent_since(number, since)
        same = [one for one in found if one.body.strip() == prepared.body.strip()]
        return await self._database.run(_unknown_sid, same) if same else None

    async def _not_sent(self, due: Due, failure: TextNotSent) -> None:
        if failure.failure == "opted out":
            await self._database.run(_opted_out, due, failure.code, self._clock())
            return
        if failure.failure == "never" or due.attempts + 1 >= MOST_ATTEMPTS:
            logger.error("text %d is given up after %d tries: %s", due.id, due.attempts + 1, failure)
            await self._database.run(outbox.note_end, due.id, "failed", failure.code)
            return
        seconds = max(self._pace.pause_seconds(due.attempts), failure.wait)
        logger.warning("text %d is tried again in %.0f s: %s", due.id, seconds, failure)
        again = self._clock() + timedelta(seconds=seconds)
        # What is unknown stays so until somebody has looked; what failed while looking does too.
        uncertain = failure.failure == "unknown" or due.uncertain
        await self._database.run(outbox.note_later, due.id, again, failure.code, uncertain=uncertain)

    async def _forget(self) -> None:
        now = self._clock()
        if self._forgot_at is None or now - self._forgot_at >= FORGET_EVERY:
            self._forgot_at = now
            await self._database.run(phones.forget_numbers, now)


def parts_of(session: Session, layout: Layout, message_id: int) -> tuple[list[str], bool]:
    """The text messages that a message becomes, and whether all but the first wait for the word MORE."""
    [message] = messages.read(session, MESSAGES.c.id == message_id)
    answers_to = session.scalar(select(MESSAGES.c.answers_to).where(MESSAGES.c.id == message_id))
    numbered = True
    if answers_to is not None and message.buttons:
        later = (MESSAGES.c.answers_to == answers_to) & (MESSAGES.c.id > message_id)
        numbered = session.execute(select(BUTTONS.c.id).join(MESSAGES).where(later).limit(1)).first() is None
    return layout.parts(message, numbered=numbered), can_wait(message)


def _unknown_sid(session: Session, found: list[Found]) -> str | None:
    """Of texts with the same words, one that no row of ours is noted for."""
    for one in found:
        if not session.scalar(select(exists().where(OUTBOX.c.sid == one.sid))):
            return one.sid
    return None


def _opted_out(session: Session, due: Due, code: str, now: datetime) -> None:
    outbox.note_end(session, due.id, "dropped", code)
    phones.note_consent(session, due.phone, "blocked", wording="", source=f"twilio error {code}", now=now)
