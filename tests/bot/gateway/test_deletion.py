"""A family writes that all is to be deleted: done at its word by the desk, here and in Rasa, and said by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from actions.desk import handoffs, holds, tickets
from actions.desk.models import CONVERSATIONS, MESSAGES, Base
from tests.bot.gateway.desk_stand_ins import REPLIES, Body, Desk, message, says

DELETED = REPLIES.render("utter_chat_deleted", "en").text
LATER = REPLIES.render("utter_delete_later", "en").text
THREAT = "i will bring a gun to school and shoot everyone"
ASKED = [{"title": "Yes, delete it", "payload": "desk:delete"}, {"title": "No, thanks", "payload": "/deny"}]


async def deletes(body: Body) -> web.StreamResponse:
    """What our channel says to a yes."""
    return web.json_response({"messages": [message("All right.")], "asks": None, "deletes": True})


def counts(session: Session) -> dict[str, int]:
    tables = Base.metadata.tables
    found = {name: session.scalar(select(func.count()).select_from(tables[name])) or 0 for name in tables}
    return {name: count for name, count in found.items() if count}


async def ask_by(desk: Desk, family: Any, how: str) -> list[Body]:
    """Say yes to being deleted, by a word or by the button."""
    if how == "word":
        desk.rasa.answer = deletes
        return list(await family.say("yes"))
    desk.rasa.answer = says(message("Shall I delete this chat?", kind="question", buttons=ASKED))
    [question] = await family.say("delete all of this")
    status, body = await family.send(choice=question["buttons"][0]["id"])
    assert status == 200, body
    assert body.get("deleted", False) == (body["messages"][0]["text"] == DELETED)
    return list(body["messages"])


@pytest.mark.parametrize("how", ["word", "button"])
async def test_nothing_but_the_ticket_is_left_and_the_family_is_told(desk: Desk, how: str) -> None:
    family, other = await desk.family(), await desk.family()
    await other.say("keep this")
    before = await desk.database.run(counts)
    await family.say("canary words")
    new = tickets.NewTicket(family.conversation, "device-repair", None, "dark", "CB204187", None, None, None, "en", ())
    await desk.database.run(tickets.open_ticket, new, request_id="r1", now=datetime.now(UTC))
    told = await ask_by(desk, family, how)
    assert [(one["kind"], one["text"]) for one in told] == [("notice", DELETED)]
    left = await desk.database.run(counts)
    assert left.pop("tickets") == 1
    assert left == {
        **before,
        "conversations": 1,
        "messages": before["messages"] - 1,
    }  # the other family's welcome stays
    assert desk.rasa.forgotten == [family.conversation]
    assert (await family.send(text="still there?"))[0] == 401
    assert [one["text"] for one in await other.history()][1:] == ["keep this", "You said: keep this"]


@pytest.mark.parametrize("how", ["word", "button"])
async def test_a_chat_that_a_person_must_read_first_is_kept_and_the_family_is_told(desk: Desk, how: str) -> None:
    family = await desk.family()
    await family.say("i want to kill myself")
    told = await ask_by(desk, family, how)
    assert [one["text"] for one in told] == [LATER]
    assert desk.rasa.forgotten == []
    assert (await family.send(text="still there?"))[0] == 200


@pytest.mark.parametrize("how", ["word", "button"])
async def test_a_chat_on_hold_is_kept_also_after_a_person_has_read_it_and_the_family_is_told_why(
    desk: Desk, how: str
) -> None:
    family = await desk.family()
    assert [one["kind"] for one in await family.say(THREAT)] == ["crisis"]
    await desk.database.run(handoffs.close, 1, datetime.now(UTC))
    told = await ask_by(desk, family, how)
    assert [one["text"] for one in told] == [REPLIES.render("utter_delete_held", "en").text]
    assert THREAT in [one["text"] for one in await family.history()]
    async with desk.client.delete("/api/chat/conversation", headers=family.headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (409, "on_hold")
    assert desk.rasa.forgotten == []
    await desk.database.run(holds.lift, 1, "ana", datetime.now(UTC))
    assert [one["text"] for one in await ask_by(desk, family, how)] == [DELETED]


async def test_after_hours_of_silence_rasa_is_told_so_once(desk: Desk) -> None:
    family = await desk.family()
    await family.say("one")
    assert "silence" not in desk.rasa.turns[-1]

    def hours_ago(session: Session) -> None:
        session.execute(update(MESSAGES).values(at=datetime.now(UTC) - timedelta(hours=2)))

    await desk.database.run(hours_ago)
    await family.say("two")
    assert desk.rasa.turns[-1]["silence"] == "long"
    await family.say("three")
    assert "silence" not in desk.rasa.turns[-1]
    assert await desk.database.run(lambda session: session.scalar(select(func.count()).select_from(CONVERSATIONS))) == 1
