"""The SMS door: a text is stored before Twilio is answered, and its turn runs afterwards; bursts wait for their end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from actions.desk import outbox, phones, received_texts
from actions.desk.database import Database
from actions.desk.keywords import said
from actions.desk.phone_numbers import PhoneNumbers, is_number
from actions.desk.redaction import mask
from bot.gateway.errors import ApiError, where
from bot.gateway.incoming import clean, visible
from bot.gateway.limits import MESSAGE_CHARACTERS, TEXTS_A_MINUTE, TEXTS_A_MINUTE_OF_ALL, Rate
from bot.gateway.own_replies import OwnReplies
from bot.gateway.screening import Screener
from bot.gateway.sms.bursts import merge, tell_of_limit
from bot.gateway.sms.intake import Text, take_text
from bot.gateway.sms.layout import Layout
from bot.gateway.sms.sender import Sender
from bot.gateway.turns import Turns

logger = logging.getLogger(__name__)

# Families send a thought in several texts: so long after the last one it is taken as whole, and so long at most.
BURST_SECONDS = 1.2
LONGEST_BURST_SECONDS = 5.0
# What an error kept from being answered is taken up again then, and after that at the next start.
AGAIN_SECONDS = 30.0
# Of what waits for the database, storing a text must not stand behind a thousand that are worked on already.
MERGES_AT_ONCE = 2
# Whether texts above the limit of all may go on is looked at this often.
LATER_LOOK_SECONDS = 0.25
# How Twilio's words for a text's fate become ours; what it is on its way to be says nothing yet.
DELIVERIES = {"delivered": "delivered", "read": "delivered", "undelivered": "undelivered", "failed": "undelivered"}
OPTED_OUT = "21610"


class Door:
    """Takes texts of all numbers at once, and makes messages of those of each number one after the other."""

    def __init__(
        self,
        database: Database,
        turns: Turns,
        own: OwnReplies,
        layout: Layout,
        numbers: PhoneNumbers,
        sender: Sender,
        screener: Screener,
        *,
        languages: Sequence[str],
        own_number: str,
        an_hour: int,
        burst_seconds: float = BURST_SECONDS,
    ) -> None:
        self._database = database
        self._turns = turns
        self._own = own.on(phones.CHANNEL)
        self._layout = layout
        self._numbers = numbers
        self._screener = screener
        self._sender = sender
        self._languages = languages
        self._own_number = own_number
        self._an_hour = an_hour
        self._burst_seconds = burst_seconds
        # For each number whose burst goes on: when it began, and the timer that ends it.
        self._bursts: dict[str, tuple[float, asyncio.TimerHandle]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._merging = asyncio.Semaphore(MERGES_AT_ONCE)
        self._of_number, self._of_all = Rate(TEXTS_A_MINUTE), Rate(TEXTS_A_MINUTE_OF_ALL)
        self._warned = Rate(1)
        # Numbers whose texts are stored and wait for room, in their order; the task that lets them go on.
        self._later: dict[str, None] = {}
        self._letting_on: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._sender.start()

    async def close(self) -> None:
        """What is under way ends or is taken up at the next start: all of it is on the disk."""
        for _, timer in self._bursts.values():
            timer.cancel()
        self._bursts.clear()
        if self._letting_on is not None:
            self._tasks.add(self._letting_on)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sender.close()

    async def receive(self, form: Mapping[str, str]) -> None:
        """Store a text that Twilio hands over; its turn runs afterwards. Raises ApiError for what is no text."""
        sid, number = form.get("MessageSid") or form.get("SmsSid") or "", form.get("From", "")
        if not 0 < len(sid) <= 64 or not sid.isalnum():
            raise ApiError(422, "no_sid", "`MessageSid` must be Twilio's id of the text.")
        text = await self._read(sid, number, form)
        if text is None:
            return
        outcome = await self._database.run(take_text, text, own=self._own, layout=self._layout, now=datetime.now(UTC))
        if outcome == "done":
            self._sender.wake()
        elif outcome in {"now", "wait"} and text.crisis is None and self._must_wait():
            self._put_off(text.phone)
        elif outcome == "now":
            self._end_burst(text.phone, urgent=text.crisis is not None)
        elif outcome == "wait":
            self._extend_burst(text.phone)

    async def note_delivery(self, form: Mapping[str, str], row: int | None) -> None:
        """Twilio tells how a text of ours fares. Raises LookupError when it is not ours."""
        status = DELIVERIES.get(form.get("MessageStatus", ""), "sent")
        if form.get("MessageStatus") in {"queued", "accepted", "scheduled", None}:
            return
        error = form.get("ErrorCode") or None
        sid, now = form.get("MessageSid", ""), datetime.now(UTC)
        phone = await self._database.run(outbox.note_delivery, row, sid, status, error, now)
        if error is not None:
            logger.warning("Twilio could not deliver a text: error %s", error)
        if error == OPTED_OUT:
            source = f"twilio error {error}"
            await self._database.run(phones.note_consent, phone, "blocked", wording="", source=source, now=now)

    async def recover(self) -> None:
        """Make messages of the texts that were stored, and nothing more, before the desk stopped."""
        waiting = await self._database.run(received_texts.phones_waiting)
        for phone in waiting:
            if phone not in self._bursts:
                self._end_burst(phone)
        if waiting:
            logger.info("took up the texts of %d numbers", len(waiting))

    async def _read(self, sid: str, number: str, form: Mapping[str, str]) -> Text | None:
        """Screen the text as it came, then mask it; None when it is from nobody who could read a reply."""
        if not is_number(number) or number == self._own_number:
            logger.warning("a text that is not from a telephone number is not answered")
            return None
        words = clean(form.get("Body", ""))
        media = form.get("NumMedia", "0")
        pictures = media.isdecimal() and int(media) > 0
        answered = form.get("OptOutType") or None
        if not visible(words) and not pictures and answered is None:
            return None
        phone = self._numbers.hashed(number)
        if self._of_number.wait(phone):
            # A machine: its texts are not worth a place on the disk, and Twilio is not asked to hand them over again.
            # What it says about getting texts, and a cry for help, are taken all the same.
            crisis = await self._screener.screen_above_limit(words)
            about_texts = answered is not None or ((asked := said(words)) is not None and asked.keyword == "stop")
            if crisis is None and not about_texts:
                if not self._warned.wait(phone):
                    logger.warning("a number sends over %d texts a minute; those above are not taken", TEXTS_A_MINUTE)
                    await self._database.run(_say_not_taken, phone, own=self._own, now=datetime.now(UTC))
                    self._sender.wake()
                return None
        else:
            crisis = await self._screener.screen(words)
        masked = mask(words)
        return Text(
            sid=sid,
            phone=phone,
            sealed=self._numbers.sealed(number),
            words=masked.text[:MESSAGE_CHARACTERS],
            masked=bool(masked.kinds),
            pictures=pictures,
            crisis=crisis,
            answered=answered,
        )

    def _must_wait(self) -> bool:
        """Whether there is no room for a text now; nobody goes before those who wait already."""
        return bool(self._later) or self._of_all.wait("all") > 0

    def _put_off(self, phone: str) -> None:
        """What is stored is answered when there is room: in order, and after a restart by `recover`."""
        if not self._later:
            logger.warning("more than %d texts a minute: those above are answered later", TEXTS_A_MINUTE_OF_ALL)
        self._later[phone] = None
        if self._letting_on is None or self._letting_on.done():
            self._letting_on = asyncio.create_task(self._let_on())

    async def _let_on(self) -> None:
        while self._later:
            if self._of_all.wait("all"):
                await asyncio.sleep(LATER_LOOK_SECONDS)
                continue
            phone = next(iter(self._later))
            del self._later[phone]
            self._end_burst(phone)

    def _extend_burst(self, phone: str) -> None:
        loop = asyncio.get_running_loop()
        began, timer = self._bursts.get(phone, (loop.time(), None))
        if timer is not None:
            timer.cancel()
        end = min(loop.time() + self._burst_seconds, began + LONGEST_BURST_SECONDS)
        self._bursts[phone] = (began, loop.call_at(end, self._end_burst, phone))

    def _end_burst(self, phone: str, *, urgent: bool = False) -> None:
        _, timer = self._bursts.pop(phone, (0.0, None))
        if timer is not None:
            timer.cancel()
        task = asyncio.create_task(self._answer(phone, urgent=urgent))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, phone: str, *, urgent: bool) -> None:
        """Make a message of what a number has sent, and have it answered; after an error once more a little later."""
        try:
            rest = True
            while rest:
                rest = await self._answer_one(phone, urgent=urgent)
        except Exception as error:  # noqa: BLE001 - nobody waits who could be told
            logger.error("a text could not be answered: %s: %s", type(error).__name__, where(error))
            await asyncio.sleep(AGAIN_SECONDS)
            await self._turns.recover()
            await self.recover()

    async def _answer_one(self, phone: str, *, urgent: bool) -> bool:
        """Whether there is more."""
        async with nullcontext() if urgent else self._merging:
            merged = await self._database.run(
                merge,
                phone,
                languages=self._languages,
                own=self._own,
                layout=self._layout,
                an_hour=self._an_hour,
                now=datetime.now(UTC),
            )
        if merged is None:
            return False
        self._sender.wake()
        await self._turns.follow_text(merged.conversation, merged.taken, masked=merged.masked)
        self._sender.wake()
        return merged.rest


def _say_not_taken(session: Session, phone_id: str, *, own: OwnReplies, now: datetime) -> None:
    """Tell a number that what it sends above its limit is not taken, unless it wants no texts."""
    phone = phones.of_id(session, phone_id, lock=True)
    if phone is not None and not phone.opted_out:
        tell_of_limit(session, phone.conversation, own=own, now=now)
