"""What a family may do about its chat: rate an answer, say where it writes from, end it, have it deleted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from actions.desk import handoffs, hints, tickets
from actions.desk.models import FEEDBACK, MESSAGES, Base
from tests.bot.gateway.desk_stand_ins import (
    DISTRICT,
    PATIENCE,
    Desk,
    Family,
    StandInRasa,
    next_frame,
    running_desk,
    until,
)

TAG = "CB204187"


async def rated(desk: Desk) -> list[tuple[int, bool, str | None]]:
    rows = await desk.database.run(lambda session: session.execute(select(FEEDBACK)).all())
    return [(row.message, row.helpful, row.reason) for row in rows]


async def rate(family: Family, **body: Any) -> tuple[int, Any]:
    return await family.desk.post("/api/chat/feedback", json=body, headers=family.headers)


# -- feedback


async def test_an_answer_is_rated_once_and_the_rating_may_be_changed(desk: Desk) -> None:
    family = await desk.family()
    [answer] = await family.say("no sound")
    status, body = await rate(family, message=answer["id"], helpful=True)
    assert (status, body["messages"]) == (200, [])
    assert set(body["state"]) == set(family.state)
    await rate(family, message=answer["id"], helpful=False, reason="  too long\u0007 ")
    assert await rated(desk) == [(int(answer["id"]), False, "too long")]


async def test_a_password_in_the_reason_is_masked(desk: Desk) -> None:
    family = await desk.family()
    [answer] = await family.say("no sound")
    await rate(family, message=answer["id"], helpful=False, reason="my password is Tiger2024")
    [(_, _, reason)] = await rated(desk)
    assert reason is not None
    assert "Tiger2024" not in reason
    assert "[password removed]" in reason


async def test_a_cry_for_help_among_the_reasons_is_answered_and_brings_a_person(desk: Desk) -> None:
    family = await desk.family()
    [answer] = await family.say("no sound")
    status, body = await rate(family, message=answer["id"], helpful=False, reason="i want to kill myself " + "x" * 600)
    assert status == 200
    assert [one["kind"] for one in body["messages"]] == ["crisis"]
    assert body["state"]["mode"] == "waiting"
    assert "988" in (await family.history())[-1]["text"]


async def test_attack_nobody_rates_messages_of_others_or_those_of_families(desk: Desk) -> None:
    family, other = await desk.family(), await desk.family()
    [answer] = await family.say("no sound")
    own = next(one for one in await family.history() if one["from"] == "family")
    for whose, message in ((other, answer["id"]), (family, own["id"]), (family, "99999"), (family, None)):
        status, body = await rate(whose, message=message, helpful=True)
        assert (status, body["error"]["code"]) == (404, "unknown_message")
    assert await rated(desk) == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"message": "x", "helpful": True}, 422, "wrong_after"),
        ({"message": "1"}, 422, "wrong_helpful"),
        ({"message": "1", "helpful": "yes"}, 422, "wrong_helpful"),
        ({"message": "1", "helpful": True, "reason": 5}, 422, "wrong_reason"),
        ({"message": "1", "helpful": True, "reason": "a" * 501}, 413, "reason_too_long"),
    ],
)
async def test_a_wrong_rating_is_named(desk: Desk, body: dict[str, Any], status: int, code: str) -> None:
    family = await desk.family()
    got, answer = await rate(family, **body)
    assert (got, answer["error"]["code"]) == (status, code)


async def test_attack_ratings_without_end_are_slowed_down(desk: Desk) -> None:
    family = await desk.family()
    [answer] = await family.say("no sound")
    statuses = {(await rate(family, message=answer["id"], helpful=True))[0] for _ in range(40)}
    assert statuses == {200, 429}


# -- hints


async def hints_of(family: Family) -> hints.Hints:
    return await family.desk.database.run(hints.of, family.conversation)


async def begin(desk: Desk, **body: Any) -> Family:
    status, answer = await desk.post("/api/chat/sessions", json=body)
    assert status == 201, answer
    return Family(desk, answer["token"], answer["conversation"], answer["messages"], answer["state"])


async def test_a_scanned_label_gives_device_and_school(desk: Desk) -> None:
    family = await begin(desk, asset_tag=f" {TAG.lower()} ")
    assert await hints_of(family) == hints.Hints(TAG, DISTRICT.devices[TAG].school_id)


async def test_a_page_of_a_school_gives_the_school_and_a_later_label_the_device(desk: Desk) -> None:
    school = DISTRICT.schools[-1].id
    family = await begin(desk, school=school)
    assert await hints_of(family) == hints.Hints(None, school)
    status, body = await desk.post("/api/chat/hints", json={"asset_tag": TAG}, headers=family.headers)
    assert (status, body) == (200, {"asset_tag": TAG, "school": DISTRICT.devices[TAG].school_id})
    assert (await hints_of(family)).asset_tag == TAG


async def test_what_the_district_does_not_know_is_left_out(desk: Desk) -> None:
    family = await begin(desk, asset_tag="CB000000", school="'; DROP TABLE schools")
    assert await hints_of(family) == hints.Hints()
    assert (await desk.post("/api/chat/sessions", json={"asset_tag": 5}))[0] == 422


# -- ending and deleting


async def test_an_ended_chat_opens_to_nobody_and_nobody_waits_in_it(desk: Desk) -> None:
    family = await desk.family()
    await family.say("hello")
    now = datetime.now(UTC)
    await desk.database.run(handoffs.request, family.conversation, reason="asked", now=now)
    async with desk.client.ws_connect("/api/chat/stream") as socket:
        await socket.send_json({"token": family.token})
        assert "message" in await next_frame(socket)
        status, body = await desk.post("/api/chat/end", headers=family.headers)
        assert (status, body) == (200, {"ended": True})
        async with asyncio.timeout(PATIENCE):
            while not socket.closed:
                await socket.receive()
        assert socket.close_code == 4401
    assert (await family.send(text="still there?"))[0] == 401
    assert await desk.database.run(handoffs.waiting) == ()


async def rows(desk: Desk) -> dict[str, int]:
    def count(session: Any) -> dict[str, int]:
        tables = Base.metadata.tables
        return {name: session.scalar(select(func.count()).select_from(tables[name])) for name in tables}

    return {name: number for name, number in (await desk.database.run(count)).items() if number}


async def test_a_deleted_chat_leaves_its_ticket_and_no_word(desk: Desk) -> None:
    family = await begin(desk, asset_tag=TAG)
    [answer] = await family.say("canary words")
    await rate(family, message=answer["id"], helpful=False, reason="canary reason")
    new = tickets.NewTicket(family.conversation, "device-repair", None, "dark", TAG, None, None, None, "en", ())
    await desk.database.run(tickets.open_ticket, new, request_id="r1", now=datetime.now(UTC))
    async with desk.client.delete("/api/chat/conversation", headers=family.headers) as response:
        assert (response.status, await response.json()) == (200, {"deleted": True})
    assert await rows(desk) == {"tickets": 1}
    assert desk.rasa.forgotten == [family.conversation]
    assert (await family.send(text="still there?"))[0] == 401


async def test_deleting_takes_nothing_from_another_family(desk: Desk) -> None:
    family, other = await desk.family(), await desk.family()
    await other.say("keep this")
    await desk.client.delete("/api/chat/conversation", headers=family.headers)
    assert [one["text"] for one in await other.history()][1:] == ["keep this", "You said: keep this"]


async def test_a_chat_in_which_somebody_is_in_danger_is_kept_until_a_person_has_seen_it(desk: Desk) -> None:
    family = await desk.family()
    await family.say("i want to kill myself")
    async with desk.client.delete("/api/chat/conversation", headers=family.headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (409, "still_needed")
    await desk.post("/api/chat/end", headers=family.headers)
    [waiting] = await desk.database.run(handoffs.waiting)
    assert waiting.priority
    said = await desk.database.run(lambda session: session.scalar(select(func.count()).select_from(MESSAGES)))
    assert said


async def test_rasa_that_was_away_forgets_a_deleted_chat_when_it_is_back(tmp_path: Path) -> None:
    rasa = StandInRasa(healthy=False)
    async with running_desk(tmp_path, rasa=rasa) as desk:
        family = await desk.family()
        async with desk.client.delete("/api/chat/conversation", headers=family.headers) as response:
            assert response.status == 200
        assert rasa.forgotten == []
        rasa.healthy = True
        await until(lambda: rasa.forgotten)
    assert rasa.forgotten == [family.conversation]
