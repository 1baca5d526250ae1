"""Starting and stopping the desk: it listens at once, finishes what it has begun, and names what is in the way."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from aiohttp import web
from numpy.typing import NDArray

from actions import resources
from actions.desk import crisis
from bot.gateway import serve
from knowledge.encoder import EncoderError
from knowledge.settings import Settings
from tests.bot.gateway.desk_stand_ins import (
    DISTRICT,
    PATIENCE,
    REPLIES,
    Body,
    StandInRasa,
    echo,
    settings_for,
    until,
    until_true,
)
from tests.ports import free_port


class StandInKnowledge:
    """Loads when the test lets it, and says when it is watched."""

    encoder = "stand-in"

    def __init__(self) -> None:
        self.may_load = threading.Event()
        self.watched = threading.Event()
        self.error: Exception | None = None

    def open(self, settings: Settings) -> StandInKnowledge:
        self.may_load.wait(PATIENCE)
        if self.error is not None:
            raise self.error
        return self

    def meaning(self, text: str) -> NDArray[np.float32]:
        return np.array([len(text), 0.5], dtype=np.float32)

    async def meaning_soon(self, text: str) -> NDArray[np.float32]:
        return self.meaning(text)

    def watch(self, stop: threading.Event) -> None:
        stop.wait(PATIENCE)
        self.watched.set()


@pytest.fixture
def knowledge(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInKnowledge]:
    stand_in = StandInKnowledge()
    monkeypatch.setattr("knowledge.knowledge.Knowledge", stand_in)
    monkeypatch.setattr(serve, "load_executor", object)
    yield stand_in
    stand_in.may_load.set()
    resources.use(None)
    crisis.use_meaning(None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path, free_port(), PORT=str(free_port()), ACTIONS_PORT=str(free_port()))


async def readiness(settings: Settings) -> dict[str, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{settings.address}/readyz") as response:
        checks: dict[str, str] = (await response.json())["checks"]
        return checks


async def test_the_desk_listens_at_once_and_says_what_is_loading(
    settings: Settings, knowledge: StandInKnowledge
) -> None:
    async with serve.desk(settings, DISTRICT, REPLIES) as loaded:
        assert (await readiness(settings))["knowledge"] == "loading"
        knowledge.may_load.set()
        await loaded

        async def ready() -> bool:
            return (await readiness(settings))["knowledge"] == "ok"

        await until_true(ready)
        assert resources.resources().knowledge is knowledge  # type: ignore[comparison-overlap]
    assert knowledge.watched.wait(PATIENCE)


async def test_the_actions_are_on_this_machine_only(settings: Settings, knowledge: StandInKnowledge) -> None:
    knowledge.may_load.set()
    async with serve.desk(settings, DISTRICT, REPLIES):
        with socket.socket() as probe:
            probe.connect(("127.0.0.1", settings.actions_port))
        with socket.socket() as probe:  # another address of this machine, as a stranger would come
            assert probe.connect_ex(("127.0.0.2", settings.actions_port)) != 0


async def test_a_turn_under_way_is_finished_before_the_desk_stops(
    settings: Settings, knowledge: StandInKnowledge
) -> None:
    go_on = asyncio.Event()

    async def slowly(body: Body) -> web.StreamResponse:
        await go_on.wait()
        return await echo(body)

    rasa = StandInRasa(port=settings.rasa_port, answer=slowly)
    await rasa.start()
    knowledge.may_load.set()
    async with aiohttp.ClientSession() as session:
        async with serve.desk(settings, DISTRICT, REPLIES) as loaded:
            await loaded
            async with session.post(f"{settings.address}/api/chat/sessions", json={}) as response:
                token = (await response.json())["token"]
            turn = asyncio.create_task(
                session.post(
                    f"{settings.address}/api/chat/messages",
                    json={"id": "1", "text": "hello"},
                    headers={"Authorization": f"Bearer {token}"},
                )
            )
            await until(lambda: rasa.turns)
            began = time.monotonic()
            asyncio.get_running_loop().call_later(0.3, go_on.set)
        assert time.monotonic() - began < serve.DRAIN_SECONDS / 2
        body = await (await turn).json()
    assert [message["text"] for message in body["messages"]] == ["You said: hello"]
    await rasa.stop()


@pytest.mark.parametrize("setting", ["PORT", "ACTIONS_PORT"])
async def test_a_port_in_use_is_named_with_the_cure(
    settings: Settings, knowledge: StandInKnowledge, caplog: pytest.LogCaptureFixture, setting: str
) -> None:
    port = getattr(settings, setting.lower())
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        with pytest.raises(SystemExit) as stopped:
            async with serve.desk(settings, DISTRICT, REPLIES):
                pass
    assert stopped.value.code == 2
    assert f"port {port} on 127.0.0.1 cannot be used" in caplog.text
    assert f"FAMILYDESK_{setting}" in caplog.text


async def test_an_encoder_that_is_not_there_stops_the_desk_naming_it(
    settings: Settings, knowledge: StandInKnowledge, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    knowledge.error = EncoderError("FAMILYDESK_ENCODER is 'nothing'; set it to bundled")
    knowledge.may_load.set()
    with pytest.raises(SystemExit) as stopped:
        await serve.serve(settings)
    assert stopped.value.code == 2
    assert "set it to bundled" in caplog.text


async def test_a_broken_district_stops_the_desk_naming_every_problem(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "district").mkdir()
    given = settings_for(tmp_path, free_port(), DISTRICT=str(tmp_path / "district"))
    with pytest.raises(SystemExit) as stopped:
        await serve.serve(given)
    assert stopped.value.code == 2
    assert "district.yml" in caplog.text


async def test_a_signal_stops_the_desk(settings: Settings, knowledge: StandInKnowledge) -> None:
    knowledge.may_load.set()
    serving: asyncio.Task[Any] = asyncio.create_task(serve.serve(settings))

    async def listens() -> bool:
        try:
            return bool(await readiness(settings))
        except aiohttp.ClientConnectorError:
            return False

    await until_true(listens)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, PATIENCE)
    with pytest.raises(aiohttp.ClientConnectorError):
        await readiness(settings)


def test_as_many_files_may_be_open_as_are_wanted_and_the_machine_allows(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limits = (256, 4096)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits)
    reached: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, values: reached.append(values))
    for wanted in (200, 1000, 5000):
        serve.allow_open_files(wanted)
    assert reached == [(1000, 4096), (4096, 4096)]
    assert "only 4096 files" in caplog.text
