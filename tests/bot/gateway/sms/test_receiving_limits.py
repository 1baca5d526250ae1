"""Too many texts: a machine's are not taken, all numbers' together wait their turn, and a cry for help never does."""

from __future__ import annotations

import asyncio
import time

import pytest

from actions.desk.models import CONSENTS, MESSAGES, RECEIVED_TEXTS
from bot.gateway.sms import door
from tests.bot.gateway.desk_stand_ins import REPLIES, until
from tests.bot.gateway.sms.phone_stand_ins import Line

CRISIS = "i want to kill myself"


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "TEXTS_A_MINUTE_OF_ALL", 60)


async def test_a_machine_that_texts_a_hundred_times_a_minute_costs_nothing_and_delays_nobody(line: Line) -> None:
    machine, family = line.phone("+15155550171"), line.phone("+15155550172")
    began = time.monotonic()
    statuses = await asyncio.gather(*(machine.send(f"win a prize {number}") for number in range(100)))
    assert {status for status, _ in statuses} == {200}  # a refused one would be handed over again
    assert (await family.says("the bus is late", 2))[1] == "You said: the bus is late"
    refilled = (time.monotonic() - began) * door.TEXTS_A_MINUTE / 60
    taken = await line.rows(RECEIVED_TEXTS)
    assert door.TEXTS_A_MINUTE <= len(taken) <= door.TEXTS_A_MINUTE + refilled + 1  # and the family's own
    await machine.send(CRISIS)
    help_in_need = REPLIES.render("utter_crisis_self_harm", "en", channel="sms").text
    await until(
        lambda: any(text.body.startswith(help_in_need) for text in line.twilio.sent if text.to == machine.number)
    )


@pytest.mark.usefixtures("_few")
async def test_above_the_limit_of_all_texts_are_stored_at_once_and_answered_later_in_order(line: Line) -> None:
    phones = [line.phone(f"+15155551{number:03}") for number in range(64)]
    await asyncio.gather(*(phone.send("the bus is late") for phone in phones[:60]))
    for phone in phones[60:]:
        await phone.send("the bus is late")
    assert len(await line.rows(RECEIVED_TEXTS)) == 64
    assert (await line.phone("+15155552000").says(CRISIS))[0].startswith("I am a computer program")
    for phone in phones:
        await phone.gets(2)
    answered = [row for row in await line.rows(MESSAGES) if row.sender == "family" and row.text == "the bus is late"]
    assert len(answered) == len({row.conversation for row in answered}) == 64
    assert all(row.done for row in answered)


async def test_the_first_text_of_a_number_is_the_proof_that_it_wants_texts(line: Line) -> None:
    phone = line.phone()
    await phone.says("maria forgot her password", 2, MessageSid="SMfirst")
    await phone.says("and the tablet is broken")
    [proof] = await line.rows(CONSENTS)
    assert (proof.consent, proof.source, proof.wording) == ("start", "first text SMfirst", "")
    assert len(proof.phone) == 64
    assert proof.at is not None


@pytest.mark.parametrize(("word", "consent"), [("STOP", "stop"), ("START", "start")])
async def test_a_first_text_that_says_so_itself_is_kept_as_that_alone(line: Line, word: str, consent: str) -> None:
    await line.phone().says(word)
    assert [(row.consent, row.wording) for row in await line.rows(CONSENTS)] == [(consent, word)]
