"""A message's way: masked, stored once, screened, in order to Rasa, the replies stored and handed out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from actions.desk import conversations, endings
from actions.desk.conversations import Draft, Stored, Unfinished
from actions.desk.crisis import CrisisClass
from actions.desk.database import Database
from actions.desk.earlier import before
from actions.desk.phones import CHANNEL as SMS
from actions.desk.phones import DIALOGUE_KEPT
from actions.desk.redaction import mask
from bot.gateway.errors import ApiError, too_many
from bot.gateway.incoming import Incoming, disarm, too_long
from bot.gateway.intake import (
    Answer,
    Given,
    Taken,
    settle,
    settle_with_deletion,
    settle_with_person,
    take_in,
    take_up,
)
from bot.gateway.lanes import InOrder, Lanes
from bot.gateway.limits import MESSAGE_CHARACTERS, MESSAGES_A_MINUTE, MESSAGES_A_MINUTE_OF_AN_ADDRESS, Rate
from bot.gateway.loading import Loading
from bot.gateway.own_replies import DELETE_NOW, PERSON_NOW, OwnReplies
from bot.gateway.rasa import RasaClient, RasaFailure, RasaReply, RasaTurn
from bot.gateway.screening import Screener
from bot.gateway.stream import Streams

logger = logging.getLogger(__name__)

# A family that wrote longer ago has read "try again" or gone; answering now would only confuse.
RECOVERED = timedelta(minutes=10)
# A text is read whenever it comes.
RECOVERED_TEXTS = timedelta(hours=12)
# How long a reply may take where nobody waits at the line for it, and how many such are asked of Rasa at once.
SMS_SECONDS = 25.0
TEXTS_AT_ONCE = 8
JUST_REPLIED_SECONDS = 2.0
LAST_WORD_SECONDS = 2.0
# After so long without any turn, nothing is known of how long Rasa has been away.
FORGOTTEN_SECONDS = 60.0
# Where so many are before it that it does not come to its turn by then, a text gets the fallback.
TEXT_WAITS_SECONDS = 900.0
RECOVERY_WAITS_SECONDS = 120.0
# How the mask ends what it puts in the place of a secret.
MASK_END = "removed]"


@dataclass(frozen=True)
class Turn:
    """A stored message that waits for its reply; `deadline` is in the loop's time."""

    conversation: str
    message: Stored
    masked: bool
    deadline: float
    channel: str = "widget"


class Turns:
    """Takes messages of all conversations at once, and of each conversation one at a time in the order stored."""

    def __init__(
        self,
        database: Database,
        rasa: RasaClient,
        own: OwnReplies,
        streams: Streams,
        loading: Loading,
        screener: Screener,
        *,
        languages: Sequence[str],
        reply_seconds: float,
        resume_after: timedelta = timedelta(hours=2),
    ) -> None:
        self._database = database
        self._rasa = rasa
        self._own = own
        self._streams = streams
        self._loading = loading
        self._languages = languages
        self._reply_seconds = reply_seconds
        self._resume_after = resume_after
        self._rate = Rate(MESSAGES_A_MINUTE)
        self._client_rate = Rate(MESSAGES_A_MINUTE_OF_AN_ADDRESS)
        self._screener = screener
        self._lanes = Lanes()
        self._running: dict[int, asyncio.Task[Answer]] = {}
        self._order, self._stored_in_order = InOrder(), InOrder()
        self._texts = asyncio.Semaphore(TEXTS_AT_ONCE)

    def refusal(self, client: str | None) -> ApiError | None:
        """Count one message of this address (None where addresses are not counted); the error when it is too many."""
        if client is None:
            return None
        if seconds := self._client_rate.wait(client):
            return too_many("messages", seconds)
        return self._lanes.refusal(client)

    async def danger_above_limit(self, incoming: Incoming) -> CrisisClass | None:
        """The danger that a message above the limits speaks of: such a one is never refused, however often it comes."""
        return None if incoming.text is None else await self._screener.screen_above_limit(incoming.text)

    async def handle(
        self, conversation: str, incoming: Incoming, client: str | None = None, crisis: CrisisClass | None = None
    ) -> Answer:
        """The replies to a message; it is on the disk, and so are they, before this returns. Raises ApiError.

        `client` is whose address it came from, where addresses are counted; `crisis` what is known already.
        """
        deadline = asyncio.get_running_loop().time() + self._reply_seconds
        seconds = self._rate.wait(conversation)
        if crisis is None and (seconds or self._lanes.crowded(client)):
            # Nor does a cry for help wait behind anybody.
            crisis = await self.danger_above_limit(incoming)
        if crisis is not None:
            return await self._take(conversation, incoming, crisis, deadline)
        if seconds:
            raise too_many("messages", seconds)
        async with self._lanes.of(client):
            return await self._take(conversation, incoming, None, deadline)

    async def _take(self, conversation: str, incoming: Incoming, crisis: CrisisClass | None, deadline: float) -> Answer:
        given = await self._given(incoming, crisis)
        # A server's database stores several at once; a conversation's turns shall run in the order of their ids.
        async with self._stored_in_order.of(conversation):
            taken = await self._database.run(
                take_in, conversation, given, languages=self._languages, own=self._own, now=datetime.now(UTC)
            )
        return await self._follow(Turn(conversation, taken.message, given.masked, deadline), taken.answer)

    async def follow_text(self, conversation: str, taken: Taken, *, masked: bool) -> Answer:
        """The replies to a message that came as a text and was taken in already; nobody waits at the line for them."""
        deadline = asyncio.get_running_loop().time() + SMS_SECONDS
        return await self._follow(Turn(conversation, taken.message, masked, deadline, SMS), taken.answer)

    async def _follow(self, turn: Turn, answer: Answer | None) -> Answer:
        self._streams.wake(turn.conversation)
        return answer if answer is not None else await self._join(turn)

    async def _given(self, incoming: Incoming, crisis: CrisisClass | None) -> Given:
        """Screen the text as it came, unless that was done, then mask it; only a cry for help may be too long."""
        text = incoming.text
        if text is None:
            return Given(incoming.client_id, choice=incoming.choice)
        if crisis is None:
            crisis = await (self._screener.screen_long if incoming.too_long else self._screener.screen)(text)
        if crisis is None and incoming.too_long:
            raise too_long()
        masked = mask(text)
        return Given(incoming.client_id, masked.text[:MESSAGE_CHARACTERS], None, bool(masked.kinds), crisis)

    async def _join(self, turn: Turn) -> Answer:
        """Run the turn, or wait for the one that runs already for this message."""
        task = self._running.get(turn.message.id)
        if task is None:
            task = asyncio.create_task(self._run(turn))
            self._running[turn.message.id] = task
            task.add_done_callback(lambda _: self._running.pop(turn.message.id, None))
        # Whoever stops waiting does not stop the turn.
        return await asyncio.shield(task)

    async def _run(self, turn: Turn) -> Answer:
        async with self._order.of(turn.conversation):
            if turn.message.payload == DELETE_NOW:
                return await self._delete(turn)
            if turn.message.payload != PERSON_NOW:
                return await self._ask(turn)
            own = self._own.on(turn.channel)
            answer = await self._database.run(
                settle_with_person, turn.conversation, turn.message, own=own, now=datetime.now(UTC)
            )
            self._streams.wake(turn.conversation)
            return answer

    async def _ask(self, turn: Turn) -> Answer:
        """Rasa's replies, or the fallback in their place."""
        message, own = turn.message, self._own.on(turn.channel)
        failed = False
        asks: str | None = None
        try:
            reply = await self._rasa_reply(turn)
            if reply.deletes:
                return await self._delete(turn)
            drafts, asks = reply.drafts, reply.asks
        except RasaFailure as failure:
            logger.warning("fallback for message %d: %s", message.id, failure)
            drafts, failed = (own.fallback(message.language),), True
        notice: tuple[Draft, ...] = (own.masked(message.language),) if turn.masked else ()
        answer = await self._database.run(
            settle,
            turn.conversation,
            message.id,
            (*notice, *drafts),
            asks=asks,
            asks_as_before=failed,
            now=datetime.now(UTC),
        )
        self._streams.wake(turn.conversation)
        return answer

    async def _delete(self, turn: Turn) -> Answer:
        """Delete the conversation at the family's word, here and in Rasa; the answer is the last that it hears."""
        answer = await self._database.run(
            settle_with_deletion,
            turn.conversation,
            turn.message,
            own=self._own.on(turn.channel),
            now=datetime.now(UTC),
        )
        if answer.deleted:
            await self._rasa.forget(turn.conversation)
            # The chat that has asked for it hears the answer first, and closes by itself; other tabs do not.
            asyncio.get_running_loop().call_later(LAST_WORD_SECONDS, self._streams.dismiss, turn.conversation)
        else:
            self._streams.wake(turn.conversation)
        return answer

    async def _rasa_reply(self, turn: Turn) -> RasaReply:
        loop = asyncio.get_running_loop()
        if not await self._loading.wait(turn.deadline - loop.time()):
            raise RasaFailure("the articles are still loading")
        message, text = turn.message, disarm(turn.message.text)
        try:
            meaning = await self._loading.meaning(text) if message.payload is None else None
        except Exception as error:
            raise RasaFailure(f"the encoder failed ({type(error).__name__})") from error
        earlier = await self._database.run(before, turn.conversation, message.id)
        asked = RasaTurn(
            turn.conversation,
            message.id,
            message.language,
            text,
            message.payload,
            turn.channel,
            anew=turn.channel == SMS and earlier.silence >= DIALOGUE_KEPT,
            returned=earlier.crisis or earlier.silence >= self._resume_after,
            asks=earlier.asks,
            meaning=meaning,
        )
        if turn.channel == SMS:
            return await self._text_reply(asked)
        seconds = turn.deadline - loop.time()
        if seconds <= 0:
            raise RasaFailure("the turns before it took all the time")
        return await self._rasa.turn(asked, seconds)

    async def _text_reply(self, asked: RasaTurn) -> RasaReply:
        """Rasa's reply to a text, asked for when there is room.

        All at once, a thousand texts would each wait too long for Rasa, and every family would get the fallback;
        nor shall who sits in a chat wait behind them.
        """
        await self._rasa_back()
        try:
            async with asyncio.timeout(TEXT_WAITS_SECONDS):
                await self._texts.acquire()
        except TimeoutError:
            raise RasaFailure("too many texts before it") from None
        try:
            await self._rasa_back()  # it may have died while the text waited
            return await self._rasa.turn(asked, SMS_SECONDS)
        finally:
            self._texts.release()

    async def _rasa_back(self) -> None:
        """Who has sent a text is better served by an answer in half a minute than by an excuse at once."""
        silent = asyncio.get_running_loop().time() - self._rasa.replied_at
        if silent < JUST_REPLIED_SECONDS:
            return
        # Not half a minute for each that waits, when it has been away for long.
        patience = SMS_SECONDS if silent > FORGOTTEN_SECONDS else max(JUST_REPLIED_SECONDS, SMS_SECONDS - silent)
        try:
            async with asyncio.timeout(patience):
                await self._rasa.wait_until_ready()
        except TimeoutError:
            raise RasaFailure("not reachable") from None

    async def recover(self, *, wait_seconds: float = RECOVERY_WAITS_SECONDS) -> None:
        """Answer what was stored and not answered before the desk stopped, once everything is there to do so."""
        try:
            async with asyncio.timeout(wait_seconds):
                await self._loading.wait(wait_seconds)
                await self._rasa.wait_until_ready()
        except TimeoutError:
            logger.warning("messages without a reply get the fallback: Rasa is not there")
        now = datetime.now(UTC)
        unfinished = await self._database.run(conversations.unfinished, since=now - RECOVERED_TEXTS)
        found = [
            one
            for one in sorted(unfinished, key=lambda one: (one.conversation, one.message.id))
            if one.channel == SMS or one.message.at >= now - RECOVERED
        ]
        turns = [self._recover_of(list(of_one)) for _, of_one in groupby(found, key=lambda one: one.conversation)]
        await asyncio.gather(*turns)
        if found:
            logger.info("recovered %d messages that had no reply", len(found))

    async def _recover_of(self, unfinished: Sequence[Unfinished]) -> None:
        """Those of one conversation, one after the other."""
        for one in unfinished:
            try:
                await self._recover_one(*one)
            except Exception as error:  # noqa: BLE001 - the next one may be recovered all the same
                logger.error("a message could not be recovered: %s", type(error).__name__)

    async def _recover_one(self, conversation: str, message: Stored, channel: str) -> None:
        deadline = asyncio.get_running_loop().time() + (SMS_SECONDS if channel == SMS else self._reply_seconds)
        crisis = await self._screener.screen(message.text) if message.payload is None else None
        given = Given("", masked=MASK_END in message.text, crisis=crisis)
        if message.id not in self._running:
            answer = await self._database.run(
                take_up, conversation, message, given, own=self._own.on(channel), now=datetime.now(UTC)
            )
            if answer is not None:
                self._streams.wake(conversation)
                return
        await self._join(Turn(conversation, message, given.masked, deadline, channel))

    async def remove(self, conversation: str) -> None:
        """Delete a conversation once its turns are done, here and in Rasa. Raises StillNeeded or OnHold."""
        async with self._order.of(conversation):
            await self._database.run(endings.remove, conversation)
            await self._database.scrub()
            # Rasa keeps no words of a past turn, but what a form was told.
            await self._rasa.forget(conversation)

    async def close(self) -> None:
        """Stop what is still under way; it is recovered at the next start."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
