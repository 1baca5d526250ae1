"""Too many texts: a machine's are not taken, all numbers' together wait their turn, and a cry for help never does."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from actions.desk import handoffs
from actions.desk.models import CONSENT_NOTICES, CONSENTS, MESSAGES, PHONES, RECEIVED_TEXTS
from bot.gateway.sms import door
from tests.bot.gateway.desk_stand_ins import REPLIES, until
from tests.bot.gateway.sms.phone_stand_ins import Line, open_line

CRISIS = "i want to kill myself"
TOO_MANY = REPLIES.render("utter_sms_too_many", "en", channel="sms").text


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


async def test_a_number_that_texts_too_fast_is_told_so_once_and_can_still_say_stop(line: Line) -> None:
    phone = line.phone()
    await phone.says("the bus is late", 2)
    await asyncio.gather(*(phone.send(f"and another thing {number}") for number in range(door.TEXTS_A_MINUTE + 10)))
    await until(lambda: TOO_MANY in [text.body for text in line.twilio.sent])
    await line.quiet()
    assert [text.body for text in line.twilio.sent].count(TOO_MANY) == 1
    await phone.send("STOP")
    await until(lambda: any("no more texts" in text.body for text in line.twilio.sent))
    [stopped] = await line.consents()
    assert (stopped.consent, stopped.wording) == ("stop", "STOP")
    await phone.send("START", OptOutType="START")
    assert [row.consent for row in await line.consents()] == ["stop", "start"]


async def test_a_family_above_the_hours_limit_is_told_once_and_its_texts_are_kept(tmp_path: Path) -> None:
    async with open_line(tmp_path, SMS_PER_HOUR="4") as line:
        phone = line.phone()
        await phone.says("the bus is late", 2)
        for words in ("and the wifi is slow", "and the tablet is broken"):
            await phone.says(words)
        assert await phone.says("and we have no internet") == [TOO_MANY]
        await phone.send("are you there")
        assert (await line.quiet())[-1] == TOO_MANY
        kept = [row.text for row in await line.rows(MESSAGES) if row.sender == "family"]
        assert kept[-2:] == ["and we have no internet", "are you there"]
        # A person who takes over reads all of it, and what a person writes goes out all the same.
        database, now = line.desk.database, datetime.now(UTC)
        [row] = await line.rows(PHONES)
        queued = await database.run(handoffs.request, row.conversation, reason="test", now=now)
        await database.run(handoffs.accept, queued.id, "ana", now)
        await database.run(handoffs.say, queued.id, "Good morning.", now)
        assert await phone.gets() == ["Good morning."]


async def test_the_first_text_of_a_number_is_the_proof_that_it_wants_texts(line: Line) -> None:
    phone = line.phone()
    await phone.says("maria forgot her password", 2, MessageSid="SMfirst")
    await phone.says("and the tablet is broken")
    [proof] = await line.rows(CONSENTS)
    assert (proof.consent, proof.source, proof.wording) == ("start", "first text SMfirst", "")
    [welcome] = await line.rows(CONSENT_NOTICES)
    assert proof.notice == welcome.id
    assert welcome.wording == line.twilio.sent[0].body
    assert "/help/en/privacy" in welcome.wording
    assert "STOP" in welcome.wording
    assert len(proof.phone) == 64
    assert proof.at is not None


@pytest.mark.parametrize(("word", "consent"), [("STOP", "stop"), ("START", "start")])
async def test_a_first_text_that_says_so_itself_is_kept_as_that_alone(line: Line, word: str, consent: str) -> None:
    await line.phone().says(word)
    [proof] = await line.rows(CONSENTS)
    assert (proof.consent, proof.wording) == (consent, word)
    wordings = {row.id: row.wording for row in await line.rows(CONSENT_NOTICES)}
    assert wordings[proof.notice] == line.twilio.sent[0].body


async def test_a_wording_that_a_thousand_numbers_were_told_is_kept_once_and_a_new_one_beside_it(line: Line) -> None:
    for number in range(3):
        await line.phone(f"+1515555{number:04}").says("the bus is late", 2)
    await line.phone("+15155559999").says("mi chromebook no prende", 2)
    proofs = [row.notice for row in await line.rows(CONSENTS)]
    assert len(proofs) == 4
    assert len(set(proofs)) == 2
    assert {row.id for row in await line.rows(CONSENT_NOTICES)} == set(proofs)
