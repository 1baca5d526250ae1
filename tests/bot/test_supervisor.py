"""The supervisor brings back what dies, replaces what hangs, and names a port that is taken."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import supervisor
from bot.supervisor import Child, UpError, check_ports
from knowledge.settings import load_settings
from tests.ports import free_ports

SERVER = """
import http.server, sys
class Well(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Well).serve_forever()
"""


@pytest.fixture
async def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Child]:
    monkeypatch.setattr(supervisor, "HEALTH_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(supervisor, "HEALTH_TIMEOUT_SECONDS", 0.5)
    port = free_ports(1)[0]
    one = Child("server", [sys.executable, "-c", SERVER, str(port)], f"http://127.0.0.1:{port}/", dict(os.environ),
                tmp_path / "log" / "server.log")  # fmt: skip
    stop = asyncio.Event()
    await one.start()
    announcer = asyncio.create_task(asyncio.sleep(0))
    keeper = asyncio.create_task(supervisor._keep(one, stop, announcer))
    await until(lambda: one.well_once)
    yield one
    stop.set()
    keeper.cancel()
    await one.stop(2)


async def until(condition: object, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.02)


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


async def test_a_killed_process_is_started_again(child: Child) -> None:
    first = pid(child)
    os.kill(first, signal.SIGKILL)
    await until(lambda: pid(child) != first and child.well_once)


async def test_a_hanging_process_is_killed_and_replaced(child: Child) -> None:
    first = pid(child)
    os.kill(first, signal.SIGSTOP)
    await until(lambda: pid(child) != first and child.well_once)


async def test_stopping_ends_the_process(child: Child) -> None:
    await child.stop(2)
    assert not child.running


def test_a_port_that_is_taken_is_named_with_its_setting() -> None:
    port, rasa, actions = free_ports(3)
    settings = load_settings(
        {"FAMILYDESK_PORT": str(port), "FAMILYDESK_RASA_PORT": str(rasa), "FAMILYDESK_ACTIONS_PORT": str(actions)}
    )
    check_ports(settings)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", rasa))
        taken.listen()
        with pytest.raises(UpError, match=f"port {rasa} .* FAMILYDESK_RASA_PORT"):
            check_ports(settings)


async def test_a_process_that_hangs_before_it_was_ever_seen_well_is_replaced_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "HEALTH_TIMEOUT_SECONDS", 0.2)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        assert supervisor._health(url) == "silent"
    assert supervisor._health(url) == "not ready"


def wrongly_set_up(tmp_path: Path) -> Child:
    code = "import sys; print('FAMILYDESK_X is wrong; set it right'); sys.exit(2)"
    return Child("desk", [sys.executable, "-c", code], "http://127.0.0.1:1/", dict(os.environ), tmp_path / "desk.log")


async def test_what_cannot_start_as_it_is_set_up_ends_the_start_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "HEALTH_EVERY_SECONDS", 0.05)
    child = wrongly_set_up(tmp_path)
    child.log.write_text("of a run before\n", encoding="utf-8")
    announcer = asyncio.create_task(asyncio.sleep(3600))
    await child.start()
    with pytest.raises(UpError, match="FAMILYDESK_X is wrong; set it right") as raised:
        async with asyncio.timeout(60):
            await supervisor._keep(child, asyncio.Event(), announcer)
    assert "of a run before" not in str(raised.value)
    announcer.cancel()
    await child.stop()


async def test_once_all_was_ready_it_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "HEALTH_EVERY_SECONDS", 0.05)
    child, announcer, stop = wrongly_set_up(tmp_path), asyncio.create_task(asyncio.sleep(0)), asyncio.Event()
    await child.start()
    keeper = asyncio.create_task(supervisor._keep(child, stop, announcer))
    await until(lambda: child.restarts >= 1)
    assert not keeper.done()
    keeper.cancel()
    await child.stop()


def test_an_address_that_is_not_this_machines_is_named_as_the_host() -> None:
    settings = load_settings({"FAMILYDESK_HOST": "203.0.113.9"})
    with pytest.raises(UpError, match=r"FAMILYDESK_HOST is '203\.0\.113\.9', no address of this machine"):
        check_ports(settings)
