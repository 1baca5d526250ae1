"""Text messages through everything: a family's phone, Twilio's stand-in, and the desk killed at the worst moments."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from bot.gateway.sms.stand_in import StandInTwilio, standing_in
from tests.stack import ROOT, Stack, free_ports, new_home, status

pytestmark = pytest.mark.slow

ACCOUNT, TOKEN, OUR_NUMBER = "AC123", "12345", "+15155550142"
DOWN = (503, {}, {"Retry-After": "1"})


class TwilioInAThread:
    """The stand-in for Twilio's API outside of the desk, as Twilio is."""

    def __init__(self, port: int) -> None:
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


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioInAThread]:
    [port] = free_ports(1)
    running = TwilioInAThread(port)
    running.port = port  # type: ignore[attr-defined]
    yield running
    running.close()


@pytest.fixture(scope="module")
def sms_stack(trained: None, twilio: TwilioInAThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = {
        "FAMILYDESK_TWILIO_ACCOUNT_SID": ACCOUNT,
        "FAMILYDESK_TWILIO_AUTH_TOKEN": TOKEN,
        "FAMILYDESK_TWILIO_FROM": OUR_NUMBER,
        "FAMILYDESK_TWILIO_API_URL": f"http://127.0.0.1:{twilio.port}",  # type: ignore[attr-defined]
    }
    running = Stack(new_home(tmp_path_factory.mktemp("sms")), settings)
    running.start()
    yield running
    running.stop()


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


def wait(what: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def kill_desk(stack: Stack) -> None:
    os.kill(stack.pid_of("desk"), signal.SIGKILL)
    wait(lambda: status(f"{stack.url}/healthz") == 0)
    wait(lambda: status(f"{stack.url}/readyz") == 200)


def test_a_family_is_answered_and_led_through_a_repair_by_number(sms_stack: Stack, twilio: TwilioInAThread) -> None:
    number = "+15155550161"
    assert text(sms_stack, number, "mi chromebook no prende") == 200
    wait(lambda: len(twilio.to(number)) >= 3)
    welcome, answer, step = twilio.to(number)[:3]
    assert "911" in welcome
    assert f"{sms_stack.url}/help/es/chromebook-wont-turn-on" in answer
    assert step.startswith("1/")
    assert "\n1 Ya funciona\n2 " in step
    text(sms_stack, number, "2")
    wait(lambda: len(twilio.to(number)) >= 4)
    assert twilio.to(number)[3].startswith("2/")


def test_killed_between_storing_and_sending_nothing_is_lost_or_doubled(
    sms_stack: Stack, twilio: TwilioInAThread
) -> None:
    number = "+15155550162"
    twilio.works(works=False)
    text(sms_stack, number, "my chromebook wont turn on")
    unanswered = "SELECT count(*) FROM messages WHERE NOT done"
    wait(lambda: rows(sms_stack, "SELECT count(*) FROM outbox WHERE sent_at IS NULL")[0][0] >= 3)
    wait(lambda: rows(sms_stack, unanswered)[0][0] == 0)
    stored = rows(sms_stack, "SELECT id FROM messages")
    os.kill(sms_stack.pid_of("desk"), signal.SIGKILL)
    twilio.works(works=True)
    wait(lambda: len(twilio.to(number)) >= 3)
    wait(lambda: status(f"{sms_stack.url}/readyz") == 200)
    time.sleep(2)
    assert rows(sms_stack, "SELECT id FROM messages") == stored  # no turn was run again
    sent = twilio.to(number)
    assert len(sent) == len(set(sent)) == 3
    assert [body.startswith("1/") for body in sent] == [False, False, True]


@pytest.mark.parametrize("moment", [0.0, 0.3, 1.25])
def test_killed_after_the_webhook_was_answered_the_text_is_answered_once(
    sms_stack: Stack, twilio: TwilioInAThread, moment: float
) -> None:
    number = f"+1515555017{int(moment * 4)}"
    sid = f"SM{uuid.uuid4().hex}"
    text(sms_stack, number, "my chromebook wont turn on", sid)
    time.sleep(moment)
    kill_desk(sms_stack)
    text(sms_stack, number, "my chromebook wont turn on", sid)  # Twilio tries again
    wait(lambda: len(twilio.to(number)) >= 3)
    time.sleep(2)
    sent = twilio.to(number)
    assert len(sent) == len(set(sent)) == 3


def test_a_newcomer_texts_the_desk_without_an_account(stack: Stack) -> None:
    def familydesk_text(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot.command", "text", "515-555-0177", *words],
            check=False, cwd=ROOT, env={**os.environ, **stack.settings}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    first = familydesk_text("mi chromebook", "no prende")
    assert first.returncode == 0, first.stderr
    assert "\n\n1/" in first.stdout
    assert "/help/es/chromebook-wont-turn-on" in first.stdout
    assert familydesk_text("2").stdout.startswith("2/")
    assert "START" in familydesk_text("STOP").stdout
    silent = familydesk_text("hola")
    assert (silent.returncode, silent.stdout) == (0, "")
    assert (
        subprocess.run([sys.executable, "-m", "bot.command", "text", "12", "x"], cwd=ROOT, check=False).returncode == 2
    )
