"""Twilio's Messages API: one text sent, or looked for; every failure in our own words."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

import aiohttp

logger = logging.getLogger(__name__)

# opted out: the number wants no texts. never: nobody can send this. later: Twilio has not taken it.
# unknown: Twilio may have taken it.
Failure = Literal["opted out", "never", "later", "unknown"]

SECONDS = 10.0
ANSWER_BYTES = 1024 * 1024
LOOK_AT = 50
# Twilio's error codes in our words. One that is not here is logged and counts as passing.
CODES: Mapping[int, Failure] = {
    20003: "later",  # the account or its token is wrong, which somebody will mend
    20429: "later",  # too many requests
    21211: "never",  # not a number
    21265: "never",  # a short code
    21408: "never",  # no leave to send to that country
    21606: "later",  # TWILIO_FROM is not a number of this account
    21610: "opted out",
    21611: "later",  # the sender's queue is full
    21612: "never",  # no way from our number to that one
    21614: "never",  # a landline
    21617: "never",  # too long
    21619: "never",  # empty
    21635: "never",  # a landline
    30001: "later",  # queue overflow
    30032: "later",  # the toll-free number is not verified yet
    30034: "later",  # the 10DLC campaign is not registered yet
    63038: "later",  # the account's daily limit
}


class TextNotSent(Exception):  # noqa: N818 - it is what became of a text
    """A text was not sent; `code` names why and holds no text and no number; `wait` is what Twilio asked for, in s."""

    def __init__(self, failure: Failure, code: str, wait: float = 0.0) -> None:
        super().__init__(f"{failure}: {code}")
        self.failure = failure
        self.code = code
        self.wait = wait


@dataclass(frozen=True)
class Found:
    """A text that Twilio has."""

    sid: str
    body: str


class Carrier(Protocol):
    """Whoever carries texts to phones."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, number: str, body: str, callback: str | None) -> str:
        """Hand a text over; its id there. Raises TextNotSent."""

    async def sent_since(self, number: str, since: datetime) -> tuple[Found, ...]:
        """The texts to a number that it has taken from us since then. Raises TextNotSent."""


class Nobody:
    """Where no account is set: texts count as sent, and go to nobody."""

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def send(self, number: str, body: str, callback: str | None) -> str:  # noqa: ARG002
        return f"SM{uuid.uuid4().hex}"

    async def sent_since(self, number: str, since: datetime) -> tuple[Found, ...]:  # noqa: ARG002
        return ()


class Twilio:
    """The real API, or a stand-in for it at the same paths."""

    def __init__(self, url: str, account: str, token: str, sender: str, *, seconds: float = SECONDS) -> None:
        self._messages = f"{url}/2010-04-01/Accounts/{account}/Messages.json"
        self._login = {"Authorization": aiohttp.encode_basic_auth(account, token)}
        # A number of ours, or a Messaging Service (MG...), which picks one.
        self._sender = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            headers=self._login, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, number: str, body: str, callback: str | None) -> str:
        form = {"To": number, **self._sender, "Body": body}
        if callback is not None:
            form["StatusCallback"] = callback
        status, answer, wait = await self._call("POST", data=form)
        if status // 100 == 2:
            sid = answer.get("sid")
            if not isinstance(sid, str) or not sid:
                raise TextNotSent("unknown", "an answer without a sid")
            return sid
        raise _not_sent(status, answer, wait)

    async def sent_since(self, number: str, since: datetime) -> tuple[Found, ...]:
        query = {"To": number, "PageSize": str(LOOK_AT), "DateSent>": since.date().isoformat()}
        status, answer, wait = await self._call("GET", params=query)
        if status in {404, 405, 501}:
            return ()  # a stand-in that cannot tell
        if status // 100 != 2:
            raise _not_sent(status, answer, wait)
        messages = answer.get("messages")
        found = messages if isinstance(messages, list) else []
        return tuple(Found(str(one.get("sid")), str(one.get("body"))) for one in found if isinstance(one, dict))

    async def _call(self, method: str, **how: Any) -> tuple[int, dict[str, Any], float]:
        """Status, JSON body, and how long Twilio asks us to wait. Raises TextNotSent when there is no answer."""
        if self._session is None:
            raise RuntimeError("start() it before the first text")
        try:
            async with self._session.request(method, self._messages, allow_redirects=False, **how) as response:
                raw = await response.content.read(ANSWER_BYTES)
                wait = response.headers.get("Retry-After", "")
                return response.status, _read(raw), float(wait) if wait.isdigit() else 0.0
        except aiohttp.ClientConnectorError as error:
            raise TextNotSent("later", "Twilio cannot be reached") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise TextNotSent("unknown", f"no answer ({type(error).__name__})") from error


def _not_sent(status: int, answer: Mapping[str, Any], wait: float) -> TextNotSent:
    code = answer.get("code")
    if isinstance(code, int) and code in CODES:
        return TextNotSent(CODES[code], str(code), wait)
    if status == 429:
        return TextNotSent("later", "status 429", wait)
    if status >= 500:
        return TextNotSent("unknown", f"status {status}", wait)
    logger.warning("Twilio answered %d with the code %s, which is not in our table", status, code)
    return TextNotSent("later", f"status {status}, code {code}", wait)


def _read(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
