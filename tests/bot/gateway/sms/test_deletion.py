"""Deleting by text: the number's conversation goes, what its owner said about getting texts stays."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from actions.desk import handoffs, holds
from actions.desk.models import CONVERSATIONS, MESSAGES, OUTBOX, PHONES, RECEIVED_TEXTS
from tests.bot.gateway.desk_stand_ins import REPLIES, Body, echo, message, until
from tests.bot.gateway.sms.phone_stand_ins import Phone

DELETED = REPLIES.render("utter_chat_deleted", "en", channel="sms").text
HELD = REPLIES.render("utter_delete_held", "en", channel="sms").text
THREAT = "i will bring a gun to school and shoot everyone"


async def deletes(body: Body) -> web.StreamResponse:
    return web.json_response({"messages": [message("All right.")], "asks": None, "deletes": True})


async def test_a_number_is_forgotten_but_for_its_word_about_texts(phone: Phone) -> None:
    rasa = phone.line.desk.rasa
    await phone.says("STOP")
    await phone.says("START")
    await phone.says("my canary is broken")
    [before] = await phone.line.rows(CONVERSATIONS)
    rasa.answer = deletes
    assert await phone.says("yes, delete it") == [DELETED]
    [after] = await phone.line.rows(CONVERSATIONS)
    assert after.id != before.id
    await until(lambda: rasa.forgotten)  # it is told so after the deletion is stored
    assert rasa.forgotten == [before.id]
    assert [row.text for row in await phone.line.rows(MESSAGES)] == [DELETED]
    assert [row.consent for row in await phone.line.consents()] == ["stop", "start"]
    [number] = await phone.line.rows(PHONES)
    assert (number.conversation, number.opted_out_at) == (after.id, None)
    for table in (MESSAGES, RECEIVED_TEXTS, OUTBOX):
        assert "canary" not in repr(await phone.line.rows(table))


async def test_who_texts_again_is_told_anew_who_answers(phone: Phone) -> None:
    phone.line.desk.rasa.answer = deletes
    await phone.says("yes, delete it")
    phone.line.desk.rasa.answer = echo
    welcome, reply = await phone.says("hello", 2)
    assert "988" in welcome
    assert reply == "You said: hello"


async def test_another_number_keeps_its_conversation(phone: Phone) -> None:
    other = phone.line.phone("+15155550178")
    await other.says("keep this", 2)
    phone.line.desk.rasa.answer = deletes
    await phone.says("yes, delete it")
    assert "You said: keep this" in [row.text for row in await phone.line.rows(MESSAGES)]


async def test_texts_on_hold_are_kept_until_staff_lift_it_and_the_family_is_told_why(phone: Phone) -> None:
    desk = phone.line.desk
    await phone.says(THREAT)
    [before] = await phone.line.rows(CONVERSATIONS)
    await desk.database.run(handoffs.close, 1, datetime.now(UTC))
    desk.rasa.answer = deletes
    assert (await phone.says("yes, delete it"))[-1] == HELD
    assert [row.id for row in await phone.line.rows(CONVERSATIONS)] == [before.id]
    assert THREAT in [row.text for row in await phone.line.rows(MESSAGES)]
    assert desk.rasa.forgotten == []
    await desk.database.run(holds.lift, 1, "ana", datetime.now(UTC))
    assert (await phone.says("yes, delete it"))[-1] == DELETED
    assert THREAT not in [row.text for row in await phone.line.rows(MESSAGES)]
