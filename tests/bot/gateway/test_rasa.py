"""The client of the Rasa channel against a real HTTP server: the exact request, and everything that can fail."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest
from aiohttp import web

from actions.desk.conversations import ArticleCard, Draft
from bot.gateway.rasa import RasaClient, RasaFailure, RasaReply, RasaTurn
from bot.meaning import unpack
from tests.bot.gateway.desk_stand_ins import PATIENCE, Body, StandInRasa, hangs, message, says, sends, until

TURN = RasaTurn("conversation-1", 17, "es", "mi chromebook no prende")
CARD = {
    "id": "chromebook-wont-turn-on",
    "title": "No prende",
    "language": "es",
    "url": "http://desk/help/es/chromebook-wont-turn-on",
    "score": 0.93,
    "translation": "machine",
}


@pytest.fixture
async def rasa() -> AsyncIterator[StandInRasa]:
    stand_in = StandInRasa()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def client(rasa: StandInRasa) -> AsyncIterator[RasaClient]:
    client = RasaClient(f"http://127.0.0.1:{rasa.port}", probe_seconds=0.05)
    await client.start()
    yield client
    await client.close()


async def test_a_text_is_sent_exactly_as_the_channel_wants_it(rasa: StandInRasa, client: RasaClient) -> None:
    await client.turn(TURN, PATIENCE)
    assert rasa.turns == [
        {
            "conversation": "conversation-1",
            "message": "17",
            "language": "es",
            "channel": "widget",
            "text": "mi chromebook no prende",
        }
    ]
    assert rasa.content_types == ["application/json"]


async def test_a_payload_is_sent_instead_of_the_text(rasa: StandInRasa, client: RasaClient) -> None:
    await client.turn(RasaTurn("c", 1, "en", "Yes", "/affirm"), PATIENCE)
    assert rasa.turns[0]["payload"] == "/affirm"
    assert "text" not in rasa.turns[0]


async def test_what_a_text_means_goes_along(rasa: StandInRasa, client: RasaClient) -> None:
    meaning = np.array([0.25, -0.5], dtype=np.float32)
    await client.turn(RasaTurn("c", 1, "en", "hello", meaning=meaning), PATIENCE)
    assert np.array_equal(unpack(rasa.turns[0]["meaning"]), meaning)


async def test_a_whole_reply_is_read_in_every_part(rasa: StandInRasa, client: RasaClient) -> None:
    rasa.answer = says(
        message("No prende", kind="answer", language="es", articles=[CARD]),
        message("Paso 1", kind="step", language="es", buttons=[{"title": "Ya funciona", "payload": "/step_worked"}]),
        asks="step_outcome",
    )
    assert await client.turn(TURN, PATIENCE) == RasaReply(
        (
            Draft("answer", "es", "No prende", (), (ArticleCard(**CARD),)),
            Draft("step", "es", "Paso 1", (("Ya funciona", "/step_worked"),), ()),
        ),
        "step_outcome",
    )


BROKEN = {
    "not JSON": "<html>Bad gateway</html>",
    "cut off": '{"messages": [{"kind": "te',
    "Rasa's empty answer after an internal error": "[]",
    "no messages": '{"messages": [], "asks": null}',
    "no asks": json.dumps({"messages": [message("hi")]}),
    "asks is a number": json.dumps({"messages": [message("hi")], "asks": 4}),
    "messages is null": '{"messages": null, "asks": null}',
    "a message is null": '{"messages": [null], "asks": null}',
    "text is empty": json.dumps({"messages": [message("  ")], "asks": None}),
    "text is missing": '{"messages": [{"kind": "text"}], "asks": null}',
    "an unknown kind": json.dumps({"messages": [message("hi", kind="shout")], "asks": None}),
    "no language": json.dumps({"messages": [message("hi", language="")], "asks": None}),
    "a button without payload": json.dumps({"messages": [message("hi", buttons=[{"title": "A"}])], "asks": None}),
    "an article without score": json.dumps(
        {"messages": [message("hi", articles=[{**CARD, "score": None}])], "asks": None}
    ),
    "an unknown translation mark": json.dumps(
        {"messages": [message("hi", articles=[{**CARD, "translation": "magic"}])], "asks": None}
    ),
    "deep brackets": "[" * 100_000,
    "bytes that are no text": "\\ud800",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
async def test_half_a_reply_is_a_failure(rasa: StandInRasa, client: RasaClient, body: str) -> None:
    rasa.answer = sends(body)
    with pytest.raises(RasaFailure):
        await client.turn(TURN, PATIENCE)


@pytest.mark.parametrize("status", [500, 503, 404, 204, 302])
async def test_any_other_status_is_a_failure(rasa: StandInRasa, client: RasaClient, status: int) -> None:
    rasa.answer = sends("" if status == 204 else json.dumps({"messages": [message("hi")], "asks": None}), status)
    with pytest.raises(RasaFailure, match=f"status {status}"):
        await client.turn(TURN, PATIENCE)


async def test_a_reply_without_end_is_a_failure(rasa: StandInRasa, client: RasaClient) -> None:
    rasa.answer = sends('"' + "a" * 3_000_000)
    with pytest.raises(RasaFailure, match="no end"):
        await client.turn(TURN, PATIENCE)


async def test_a_hanging_rasa_costs_no_more_than_the_time_given(rasa: StandInRasa, client: RasaClient) -> None:
    rasa.answer = hangs
    began = time.monotonic()
    with pytest.raises(RasaFailure, match=r"no reply in 0\.2 s"):
        await client.turn(TURN, 0.2)
    assert time.monotonic() - began < PATIENCE / 2
    assert not client.given_up


async def test_a_reply_that_trickles_costs_no_more_than_the_time_given(rasa: StandInRasa, client: RasaClient) -> None:
    async def trickle(body: Body) -> web.StreamResponse:
        return web.Response(body=_slowly())

    async def _slowly() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.02)

    rasa.answer = trickle
    with pytest.raises(RasaFailure, match="no reply"):
        await client.turn(TURN, 0.3)


async def test_a_connection_that_breaks_in_the_middle_is_a_failure(rasa: StandInRasa, client: RasaClient) -> None:
    async def breaks(body: Body) -> web.StreamResponse:
        raise asyncio.CancelledError

    rasa.answer = breaks
    with pytest.raises(RasaFailure):
        await client.turn(TURN, PATIENCE)


async def test_after_two_failed_connections_turns_fail_at_once_until_rasa_is_back(
    rasa: StandInRasa, client: RasaClient
) -> None:
    await rasa.stop()
    for _ in range(2):
        with pytest.raises(RasaFailure, match="not reachable"):
            await client.turn(TURN, PATIENCE)
    assert client.given_up
    with socket.socket() as deaf:  # who asks it now waits for nothing
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deaf.bind(("127.0.0.1", rasa.port))
        deaf.listen()
        with pytest.raises(RasaFailure, match="not reachable"):
            await client.turn(TURN, 1)
    rasa.healthy = False
    await rasa.start()
    asked = rasa.health_checks
    await until(lambda: rasa.health_checks >= asked + 3)
    assert client.given_up  # it listens, but has no model yet
    assert rasa.turns == []
    rasa.healthy = True
    await until(lambda: not client.given_up)
    assert (await client.turn(TURN, PATIENCE)).drafts[0].text == "You said: mi chromebook no prende"


async def test_one_failed_connection_is_not_enough_to_give_up(rasa: StandInRasa, client: RasaClient) -> None:
    for _ in range(3):
        await rasa.stop()
        with pytest.raises(RasaFailure):
            await client.turn(TURN, PATIENCE)
        await rasa.start()
        await client.turn(TURN, PATIENCE)
    assert not client.given_up


async def test_readiness_is_rasas_own_word(rasa: StandInRasa, client: RasaClient) -> None:
    assert await client.is_ready()
    rasa.healthy = False
    assert not await client.is_ready()
    await rasa.stop()
    assert not await client.is_ready()


async def test_the_reason_of_a_failure_holds_no_text_of_a_family(rasa: StandInRasa, client: RasaClient) -> None:
    rasa.answer = sends('{"messages": "my password is Tiger2024"}')
    with pytest.raises(RasaFailure) as raised:
        await client.turn(RasaTurn("c", 1, "en", "secret words"), PATIENCE)
    assert "secret" not in str(raised.value)
    assert "Tiger" not in str(raised.value)
