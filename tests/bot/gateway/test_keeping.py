"""How long a chat stays open: in silence, in a tab that sleeps, for hours more, and for days where a family says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from actions.desk.conversations import LONGEST
from bot.gateway import stream
from tests.bot.gateway.desk_stand_ins import Desk, Family, next_frame, pass_time, running_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """One that has patience with a busy machine."""
    async with running_desk(tmp_path, REPLY_SECONDS="8") as running:
        yield running


async def keep(family: Family, **body: Any) -> tuple[int, Any]:
    return await family.desk.post("/api/chat/keep", json=body, headers=family.headers)


async def status_of_history(family: Family, token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token or family.token}"}
    return (await family.desk.get("/api/chat/messages", headers=headers))[0]


async def test_a_family_that_keeps_its_chat_reads_it_the_next_day_and_goes_on(desk: Desk) -> None:
    family = await desk.family()
    await family.say("the bus is late")
    status, body = await keep(family, days=True)
    assert (status, body["messages"], body["state"]["kept"]) == (200, [], True)
    await pass_time(desk.database, timedelta(days=1))
    texts = [one["text"] for one in await family.history()]
    assert texts[1:] == ["the bus is late", "You said: the bus is late"]
    assert (await family.say("and now?"))[0]["text"] == "You said: and now?"


async def test_a_family_that_does_not_keep_it_finds_it_closed_after_half_an_hour(desk: Desk) -> None:
    family = await desk.family()
    await pass_time(desk.database, timedelta(minutes=29))
    assert await status_of_history(family) == 200
    await pass_time(desk.database, timedelta(minutes=31))
    assert await status_of_history(family) == 401


async def test_the_tab_that_slept_for_hours_in_the_middle_of_a_report_goes_on(desk: Desk) -> None:
    _, body = await desk.post("/api/chat/sessions", json={})
    family = Family(desk, body["token"], body["conversation"], body["messages"], body["state"])
    await family.say("my chromebook is broken")
    await pass_time(desk.database, timedelta(hours=3))
    assert await status_of_history(family) == 401
    assert await status_of_history(family, body["tab_token"]) == 200
    # It is there again, for the other tabs of the browser too.
    assert await status_of_history(family) == 200


async def test_an_open_stream_warns_before_the_chats_hours_are_over_and_stops_when_asked_for_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "TOKEN_SECONDS", 0.05)
    _, body = await desk.post("/api/chat/sessions", json={})
    family = Family(desk, body["tab_token"], body["conversation"], body["messages"], body["state"])
    async with desk.client.ws_connect("/api/chat/stream") as socket:
        await socket.send_json({"token": family.token, "after": family.messages[-1]["id"]})
        assert (await next_frame(socket))["state"]["closes_soon"] is False
        await pass_time(desk.database, LONGEST - timedelta(minutes=9))
        assert (await next_frame(socket))["state"]["closes_soon"] is True
        status, body = await keep(family, days=False)
        assert (status, body["state"]["closes_soon"], body["state"]["kept"]) == (200, False, False)
        assert (await next_frame(socket))["state"]["closes_soon"] is False


@pytest.mark.parametrize("body", [{}, {"days": None}, {"days": 1}, {"days": "yes"}])
async def test_keeping_needs_a_yes_or_a_no(desk: Desk, body: dict[str, Any]) -> None:
    status, answer = await keep(await desk.family(), **body)
    assert (status, answer["error"]["code"]) == (422, "wrong_days")


async def test_keeping_needs_the_token(desk: Desk) -> None:
    status, _ = await desk.post("/api/chat/keep", json={"days": True})
    assert status == 401


async def test_a_kept_chat_that_is_ended_opens_no_more(desk: Desk) -> None:
    family = await desk.family()
    await keep(family, days=True)
    await desk.post("/api/chat/end", json={}, headers=family.headers)
    assert await status_of_history(family) == 401
