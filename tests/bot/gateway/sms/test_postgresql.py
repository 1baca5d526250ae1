"""Texts on PostgreSQL: two desks on one database take a text once, answer it once, and send what a killed one left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actions.desk.models import MESSAGES, OUTBOX
from bot.gateway.sms.stand_in import StandInTwilio
from tests.bot.gateway.desk_stand_ins import REPLIES, message, says, until
from tests.bot.gateway.sms.phone_stand_ins import Line, open_line, sid
from tests.postgresql import Server

CHOICES = [{"title": "It works now", "payload": "/step_worked"}, {"title": "Cancel", "payload": "/cancel"}]


@pytest.fixture
async def lines(postgresql_server: Server, tmp_path: Path) -> AsyncIterator[tuple[Line, Line]]:
    """Two desks on one database and one account at Twilio."""
    url, twilio = postgresql_server.new(), StandInTwilio()
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    async with (
        open_line(one, twilio=twilio, DATABASE_URL=url) as first,
        open_line(two, twilio=twilio, DATABASE_URL=url) as second,
    ):
        yield first, second
    postgresql_server.give_back(url)


async def test_a_text_that_both_desks_get_at_once_is_one_turn_and_one_reply(lines: tuple[Line, Line]) -> None:
    phones = [line.phone() for line in lines]
    one = sid()
    posted = (phone.send("the bus is late", MessageSid=one) for phone in phones * 5)
    assert {status for status, _ in await asyncio.gather(*posted)} == {200}
    assert (await phones[0].gets(2))[1] == "You said: the bus is late"
    assert len(await lines[0].quiet()) == 2
    assert sum(len(line.desk.rasa.turns) for line in lines) == 1
    assert [row.text for row in await lines[0].rows(MESSAGES) if row.sender == "family"] == ["the bus is late"]


async def test_many_numbers_at_both_desks_get_each_reply_once_and_in_order(lines: tuple[Line, Line]) -> None:
    phones = [lines[number % 2].phone(f"+1515555{2000 + number}") for number in range(16)]
    await asyncio.gather(*(phone.send(f"text {number}") for number, phone in enumerate(phones)))
    await until(lambda: len(lines[0].twilio.sent) >= 32)
    await lines[0].quiet()
    for number, phone in enumerate(phones):
        welcome, reply = await phone.gets(2)
        assert ("911" in welcome, reply) == (True, f"You said: text {number}")
    assert len(lines[0].twilio.sent) == 32
    assert {row.status for row in await lines[0].rows(OUTBOX)} == {"sent"}


async def test_choices_cancel_stop_and_reactions_at_one_desk_hold_at_the_other(lines: tuple[Line, Line]) -> None:
    here, there = lines[0].phone(), lines[1].phone()
    for line in lines:
        line.desk.rasa.answer = says(message("What is wrong?", buttons=CHOICES), asks="problem")
    await here.says("open a ticket", 2)
    there.read = 2
    await there.send('Liked "What is wrong?"')
    await there.says("option 2")
    assert lines[1].desk.rasa.turns[-1]["payload"] == "/cancel"
    here.read = 3
    await here.says("CANCEL", 2)
    assert lines[0].desk.rasa.turns[-1]["payload"] == "/cancel"
    there.read = 5
    assert await there.says("STOP") == [REPLIES.render("utter_sms_stopped", "en").text]
    await here.send("hello?")
    assert len(await lines[0].quiet()) == 6
    assert [row.consent for row in await lines[0].consents()] == ["stop"]


async def test_what_a_desk_could_not_send_goes_out_again_and_once(lines: tuple[Line, Line]) -> None:
    twilio, failures = lines[0].twilio, [503, 429, 500, 503]
    twilio.fail = lambda form: (failures.pop(), {}, {}) if failures else None
    phone = lines[0].phone()
    assert (await phone.says("hello", 2))[1] == "You said: hello"
    assert len(await lines[0].quiet()) == 2
    assert sum(row.attempts for row in await lines[0].rows(OUTBOX)) == 6
