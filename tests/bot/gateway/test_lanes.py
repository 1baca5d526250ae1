"""Whoever sends much at once waits behind himself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from bot.gateway.errors import ApiError
from bot.gateway.lanes import Lanes
from bot.gateway.limits import TURNS_AT_ONCE_OF_AN_ADDRESS
from tests.bot.gateway.desk_stand_ins import PATIENCE, Body, StandInRasa, echo, running_desk


async def test_an_address_has_so_many_turns_at_once_and_they_come_in_their_order() -> None:
    lanes, began, go_on = Lanes(at_once=2, waiting=2), list[int](), asyncio.Event()

    async def turn(number: int) -> None:
        async with lanes.of("a"):
            began.append(number)
            await go_on.wait()

    assert not lanes.crowded("a")
    turns = [asyncio.create_task(turn(number)) for number in range(4)]
    await asyncio.sleep(0)
    assert began == [0, 1]
    assert lanes.crowded("a")
    with pytest.raises(ApiError) as refused:
        async with lanes.of("a"):
            pass
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "1")
    go_on.set()
    await asyncio.gather(*turns)
    assert began == [0, 1, 2, 3]
    assert lanes._lanes._locks == {}


async def test_others_and_this_machine_do_not_wait() -> None:
    lanes = Lanes(at_once=1, waiting=0)
    async with lanes.of("a"), lanes.of("b"), lanes.of(None), lanes.of(None):
        assert lanes.crowded("a")
        assert not lanes.crowded(None)


async def test_a_cry_for_help_passes_those_of_its_address_that_wait(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    async def slow(body: Body) -> web.StreamResponse:
        await go_on.wait()
        return await echo(body)

    rasa = StandInRasa(answer=slow)
    async with running_desk(tmp_path, TRUSTED_PROXIES="127.0.0.1", rasa=rasa) as desk:
        flooder = {"X-Forwarded-For": "203.0.113.7"}
        families = [await desk.family(**flooder) for _ in range(6)]

        async def send(place: int, text: str) -> tuple[int, str]:
            headers = {**families[place].headers, **flooder}
            sent = {"id": f"c{place}", "text": text}
            status, answer = await desk.post("/api/chat/messages", json=sent, headers=headers)
            return status, answer["messages"][0]["kind"]

        async with asyncio.timeout(PATIENCE):
            waiting = [asyncio.create_task(send(place, "hello")) for place in range(TURNS_AT_ONCE_OF_AN_ADDRESS + 1)]
            while len(rasa.turns) < TURNS_AT_ONCE_OF_AN_ADDRESS:  # the last waits in the lane
                await asyncio.sleep(0.01)
            assert await send(-1, "i want to kill myself") == (200, "crisis")
            assert not any(task.done() for task in waiting)
            go_on.set()
            assert [await task for task in waiting] == [(200, "text")] * len(waiting)
