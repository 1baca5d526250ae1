"""The desk's client of our Rasa channel: one turn over HTTP, everything but a whole reply is a failure."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

import aiohttp
import numpy as np
from numpy.typing import NDArray

from actions.desk.conversations import ArticleCard, Draft
from bot.meaning import ASKS, KEY, pack
from bot.replies.catalogue import KINDS

logger = logging.getLogger(__name__)

# Rasa's server drops a quiet connection after 5 s; ours must be the first to let go.
KEEP_ALIVE_SECONDS = 4.0
HEALTH_SECONDS = 1.0
PROBE_SECONDS = 2.0
FAILED_CONNECTS = 2
REPLY_BYTES = 1024 * 1024
TRANSLATIONS = frozenset({"original", "reviewed", "machine"})


class RasaFailure(Exception):  # noqa: N818 - it is the failure of a turn, whatever was behind it
    """Rasa gave no reply that a family can be shown; the reason holds no text of a family."""


@dataclass(frozen=True)
class RasaTurn:
    """What Rasa gets: a family's text, or the payload of an issued button; `anew` forgets the dialogue first.

    `returned` says that the family comes back after hours or from a cry for help: what it had begun is offered, not
    forced. `asks` is what it was asked last.

    `meaning` is the encoder's vector of the text, so that Rasa's process needs no encoder of its own.
    """

    conversation: str
    message: int
    language: str
    text: str
    payload: str | None = None
    channel: str = "widget"
    anew: bool = False
    returned: bool = False
    asks: str | None = None
    meaning: NDArray[np.float32] | None = None

    def body(self) -> dict[str, str]:
        words = {"text": self.text} if self.payload is None else {"payload": self.payload}
        about = {"conversation": self.conversation, "message": str(self.message)}
        session = {"session": "new"} if self.anew else {"silence": "long"} if self.returned else {}
        asked = {} if self.asks is None else {ASKS: self.asks}
        meaning = {} if self.meaning is None else {KEY: pack(self.meaning)}
        return {**about, "language": self.language, "channel": self.channel, **session, **asked, **words, **meaning}


@dataclass(frozen=True)
class RasaReply:
    """The assistant's messages and the slot that it asks for next; `deletes` when the family wants its chat deleted."""

    drafts: tuple[Draft, ...]
    asks: str | None
    deletes: bool = False


class RasaClient:
    """Keeps connections open between turns, and stops asking while Rasa cannot be reached at all.

    After two connections in a row that failed, turns fail at once until a probe every two seconds gets through.
    """

    def __init__(self, url: str, *, probe_seconds: float = PROBE_SECONDS) -> None:
        self._webhook = f"{url}/webhooks/desk/webhook"
        self._health = f"{url}/webhooks/desk/"
        self._probe_seconds = probe_seconds
        self._failed_connects = 0
        # In the loop's time; what has just replied need not be asked whether it is ready.
        self.replied_at = float("-inf")
        self._probe: asyncio.Task[None] | None = None
        self._forgetting: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        if self._forgetting:
            logger.warning("%d deleted conversations stay in Rasa until it drops old ones", len(self._forgetting))
        for task in self._forgetting:
            task.cancel()
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    @property
    def given_up(self) -> bool:
        """Whether turns fail at once because Rasa cannot be reached."""
        return self._probe is not None

    async def turn(self, turn: RasaTurn, seconds: float) -> RasaReply:
        """One turn, in `seconds` at most. Raises RasaFailure."""
        if self.given_up:
            raise RasaFailure("not reachable")
        try:
            raw = await self._post(turn.body(), seconds)
        except aiohttp.ClientConnectorError as error:
            self._note_failed_connect()
            raise RasaFailure("not reachable") from error
        except TimeoutError as error:
            raise RasaFailure(f"no reply in {seconds:.1f} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise RasaFailure(f"connection lost ({type(error).__name__})") from error
        reply = read_reply(raw)
        self.replied_at = asyncio.get_running_loop().time()
        return reply

    async def forget(self, conversation: str) -> None:
        """Have Rasa drop where a deleted conversation stood; while Rasa is away, that waits until it is back."""
        if self.given_up or not await self._forgotten(conversation):
            task = asyncio.create_task(self._forget_later(conversation))
            self._forgetting.add(task)
            task.add_done_callback(self._forgetting.discard)

    async def _forget_later(self, conversation: str) -> None:
        while True:
            await asyncio.sleep(self._probe_seconds)
            if await self._forgotten(conversation):
                return

    async def _forgotten(self, conversation: str) -> bool:
        timeout = aiohttp.ClientTimeout(total=HEALTH_SECONDS)
        url = f"{self._health}conversations/{conversation}"
        try:
            async with self._open_session().delete(url, timeout=timeout, allow_redirects=False) as response:
                return response.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def is_ready(self) -> bool:
        """Whether Rasa has its model loaded and takes turns."""
        try:
            timeout = aiohttp.ClientTimeout(total=HEALTH_SECONDS)
            async with self._open_session().get(self._health, timeout=timeout, allow_redirects=False) as response:
                ready = response.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False
        if ready:
            self._reached()
        return ready

    async def _post(self, body: dict[str, str], seconds: float) -> bytes:
        timeout = aiohttp.ClientTimeout(total=seconds)
        data = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        post = self._open_session().post
        async with post(self._webhook, data=data, headers=headers, timeout=timeout, allow_redirects=False) as response:
            self._failed_connects = 0
            if response.status != 200:
                raise RasaFailure(f"status {response.status}")
            raw = bytearray()
            async for part in response.content.iter_any():
                raw += part
                if len(raw) > REPLY_BYTES:
                    raise RasaFailure("the reply has no end")
            return bytes(raw)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("start() the client before the first turn")
        return self._session

    def _note_failed_connect(self) -> None:
        self._failed_connects += 1
        if self._failed_connects >= FAILED_CONNECTS and self._probe is None:
            logger.warning("Rasa cannot be reached; families get the fallback until it is back")
            self._probe = asyncio.create_task(self.wait_until_ready())

    async def wait_until_ready(self) -> None:
        """Ask until Rasa takes turns."""
        while True:
            if await self.is_ready():
                return
            await asyncio.sleep(self._probe_seconds)

    def _reached(self) -> None:
        self._failed_connects = 0
        if self._probe is not None:
            logger.warning("Rasa is back")
            probe, self._probe = self._probe, None
            if probe is not asyncio.current_task():
                probe.cancel()


def read_reply(raw: bytes) -> RasaReply:
    """The reply of our channel, checked in every part. Raises RasaFailure."""
    try:
        body = json.loads(raw)
        drafts = tuple(_draft(message) for message in body["messages"])
        asks, deletes = body["asks"], body.get("deletes") is True
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RasaFailure(f"a reply that does not read ({type(error).__name__})") from error
    if not drafts:
        raise RasaFailure("an empty reply")
    if not isinstance(asks, str | None):
        raise RasaFailure("a reply that does not read (asks)")
    return RasaReply(drafts, asks or None, deletes)


def _draft(message: dict[str, Any]) -> Draft:
    kind, language, text = message["kind"], message["language"], message["text"]
    if kind not in KINDS or not _filled(language) or not _filled(text):
        raise ValueError
    buttons = tuple((_known(button["title"]), _known(button["payload"])) for button in message["buttons"])
    return Draft(kind, language, text, buttons, tuple(_card(article) for article in message["articles"]))


def _card(article: dict[str, Any]) -> ArticleCard:
    if article["translation"] not in TRANSLATIONS:
        raise ValueError
    return ArticleCard(
        id=_known(article["id"]),
        title=_known(article["title"]),
        language=_known(article["language"]),
        url=_known(article["url"]),
        score=float(article["score"]),
        translation=article["translation"],
    )


def _known(value: object) -> str:
    if not isinstance(value, str) or not _filled(value):
        raise ValueError
    return value


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
