"""The action protocol as Rasa speaks it."""

from __future__ import annotations

import io
import json
import logging
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.gateway.app import build_action_app
from bot.gateway.loading import Loading
from tests.bot.gateway.desk_stand_ins import StandInKnowledge

TRACKER: dict[str, Any] = {
    "sender_id": "conversation-1", "slots": {"language": "es"}, "latest_message": {"text": "hola"}, "events": [],
    "paused": False, "followup_action": None, "active_loop": {}, "latest_action_name": None,
}  # fmt: skip


async def greet(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
    dispatcher.utter_message(response="utter_greet", lang=tracker.get_slot("language"))
    return [SlotSet("greeted", tracker.sender_id)]


async def reject(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
    raise ActionExecutionRejection("reject")


async def break_down(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
    raise ValueError(f"cannot read {tracker.latest_message['text']!r}")


@pytest.fixture
async def client() -> AsyncIterator[TestClient[Any, Any]]:
    executor = ActionExecutor()
    for name, action in (("greet", greet), ("reject", reject), ("break_down", break_down)):
        executor.register_function(name, action)
    loading = Loading()
    loading.done(StandInKnowledge(), executor)  # type: ignore[arg-type]
    async with TestClient(TestServer(build_action_app(loading))) as client:
        yield client


def call(action: str) -> dict[str, Any]:
    return {"next_action": action, "sender_id": "conversation-1", "tracker": TRACKER, "domain": {}, "version": "3.6.21"}


async def test_an_action_gives_events_and_responses_in_rasas_shape(client: TestClient[Any, Any]) -> None:
    async with client.post("/webhook", json=call("greet")) as response:
        assert response.status == 200
        body = await response.json()
    assert body["events"] == [{"event": "slot", "timestamp": None, "name": "greeted", "value": "conversation-1"}]
    assert body["responses"][0]["response"] == "utter_greet"
    assert body["responses"][0]["lang"] == "es"


async def test_a_compressed_call_is_read(client: TestClient[Any, Any]) -> None:
    data = zlib.compress(json.dumps(call("greet")).encode())
    async with client.post("/webhook", data=data, headers={"Content-Encoding": "deflate"}) as response:
        assert response.status == 200


async def test_a_tracker_of_megabytes_is_read(client: TestClient[Any, Any]) -> None:
    long = {**call("greet"), "domain": {"x": "a" * 5_000_000}}
    async with client.post("/webhook", data=io.BytesIO(json.dumps(long).encode())) as response:
        assert response.status == 200


async def test_a_rejection_is_told_as_rasa_reads_it(client: TestClient[Any, Any]) -> None:
    async with client.post("/webhook", json=call("reject")) as response:
        assert response.status == 400
        assert (await response.json())["action_name"] == "reject"


async def test_an_unknown_action_is_404(client: TestClient[Any, Any]) -> None:
    async with client.post("/webhook", json=call("nothing")) as response:
        assert response.status == 404
        assert (await response.json())["action_name"] == "nothing"


async def test_an_action_that_breaks_is_an_error_without_the_familys_words(
    client: TestClient[Any, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with client.post("/webhook", json=call("break_down")) as response:
        assert response.status == 500
        assert await response.json() == {"error": "ValueError", "action_name": "break_down"}
    assert "action break_down: ValueError" in caplog.text
    assert "hola" not in caplog.text


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"5"])
async def test_anything_but_a_call_is_refused(client: TestClient[Any, Any], raw: bytes) -> None:
    async with client.post("/webhook", data=raw) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] in {"broken_json", "not_an_object"}


async def test_before_the_actions_are_loaded_rasa_is_told_to_wait() -> None:
    async with TestClient(TestServer(build_action_app(Loading()))) as client:
        assert (await client.post("/webhook", json=call("greet"))).status == 503
        assert (await client.get("/health")).status == 503


async def test_health_is_as_of_rasa_sdks_own_server(client: TestClient[Any, Any]) -> None:
    async with client.get("/health") as response:
        assert (response.status, await response.json()) == (200, {"status": "ok"})
