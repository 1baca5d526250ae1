"""Twilio at the other end of the whole desk: its API in a thread, texts that it hands in, and what became of them."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

from twilio.request_validator import RequestValidator

from bot.gateway.sms.stand_in import StandInTwilio, standing_in
from tests.stack import OUR_NUMBER, TOKEN, Stack

DOWN = (503, {}, {"Retry-After": "1"})


class TwilioInAThread:
    """The stand-in for Twilio's API outside of the desk, as Twilio is."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.stand_in: StandInTwilio | None = None
        self._stop: Callable[[], Any] = lambda: None
        started = threading.Event()

        async def run() -> None:
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            async with standing_in("127.0.0.1", port) as self.stand_in:
                self._stop = lambda: loop.call_soon_threadsafe(stop.set)
                started.set()
                await stop.wait()

        self._thread = threading.Thread(target=lambda: asyncio.run(run()))
        self._thread.start()
        assert started.wait(10)

    def close(self) -> None:
        self._stop()
        self._thread.join(10)

    def works(self, *, works: bool) -> None:
        assert self.stand_in is not None
        self.stand_in.fail = lambda form: None if works else DOWN

    def to(self, number: str) -> list[str]:
        assert self.stand_in is not None
        return [text.body for text in self.stand_in.sent if text.to == number]


def text(stack: Stack, number: str, body: str, sid: str | None = None) -> int:
    """Twilio hands the desk a text; the status that it gets."""
    sid = sid or f"SM{uuid.uuid4().hex}"
    form = {"MessageSid": sid, "From": number, "To": OUR_NUMBER, "Body": body, "NumMedia": "0"}
    url = f"{stack.url}/sms/twilio"
    headers = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(url, form)}
    request = urllib.request.Request(url, data=urllib.parse.urlencode(form).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.read() == b"<Response/>"
        return int(response.status)


def rows(stack: Stack, query: str) -> list[Any]:
    connection = sqlite3.connect(stack.database, timeout=10)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def wait(what: Callable[[], object], seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
