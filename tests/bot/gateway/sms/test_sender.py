"""The outbox is sent in order, again after a failure, and never twice, whatever Twilio or a power cut does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from actions.desk import phones
from actions.desk.messages import Draft
from actions.desk.models import OUTBOX, PHONES
from bot.gateway.keys import SMS
from bot.gateway.sms.sender import LONGEST_PAUSE_SECONDS, pause
from bot.gateway.sms.stand_in import Sent, StandInTwilio
from bot.gateway.sms.twilio import Nobody
from tests.bot.gateway.desk_stand_ins import DISTRICT, message, running_desk, says, until, until_true
from tests.bot.gateway.sms.phone_stand_ins import Line, Phone, open_line

Failure = tuple[int, dict[str, object], dict[str, str]]


def failing(*failures: Failure) -> Callable[[dict[str, str]], Failure | None]:
    """Answer the first texts with these, and let all later ones through."""
    left = list(failures)
    return lambda form: left.pop(0) if left else None


@pytest.mark.parametrize(
    "failure",
    [
        (429, {"code": 20429, "message": "Too many requests"}, {}),
        (429, {}, {}),
        (500, {}, {}),
        (503, {"code": 20503}, {}),
        (400, {"code": 21611}, {}),
        (401, {"code": 20003}, {}),
        (400, {"code": 99999}, {}),  # unknown codes pass
        (200, {"nothing": "of a sid"}, {}),
        (302, {}, {"Location": "https://evil.example"}),
    ],
    ids=str,
)
async def test_what_fails_for_now_is_sent_again_and_once(phone: Phone, failure: Failure) -> None:
    phone.line.twilio.fail = failing(failure, failure)
    assert await phone.says("hello again") == ["You said: hello again"]
    assert len(await phone.line.quiet()) == 3
    row = (await phone.line.rows(OUTBOX))[-1]
    assert (row.status, row.attempts, row.error) == ("sent", 3, None)
    assert row.sid == phone.line.twilio.sent[-1].sid


async def test_twilio_may_ask_for_a_longer_pause(phone: Phone) -> None:
    phone.line.twilio.fail = failing((429, {}, {"Retry-After": "70"}))
    before = datetime.now(UTC)
    await phone.send("hello")
    assert len(await phone.line.quiet()) == 2
    row = (await phone.line.rows(OUTBOX))[-1]
    assert before + timedelta(seconds=70) <= row.due_at <= datetime.now(UTC) + timedelta(seconds=70)


@pytest.mark.parametrize("code", [21211, 21614, 21408])
async def test_what_nobody_can_send_is_given_up_at_once(phone: Phone, code: int) -> None:
    phone.line.twilio.fail = failing((400, {"code": code}, {}))
    await phone.send("hello")
    await phone.line.quiet()
    row = (await phone.line.rows(OUTBOX))[-1]
    assert (row.status, row.error, row.attempts) == ("failed", str(code), 1)


async def test_a_number_that_the_phone_company_blocks_is_opted_out_without_another_try(phone: Phone) -> None:
    tries: list[str] = []

    def blocked(form: dict[str, str]) -> Failure:
        tries.append(form["Body"])
        return 400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient"}, {}

    phone.line.twilio.fail = blocked
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("one"), message("two"), message("three"))
    await phone.send("hello")
    await phone.line.quiet()
    await phone.send("hello?")
    await phone.line.quiet()
    assert tries == ["one"]
    assert [row.status for row in await phone.line.rows(OUTBOX)] == ["sent", "sent", "dropped", "dropped", "dropped"]
    [consent] = await phone.line.consents()
    assert (consent.consent, consent.source) == ("blocked", "twilio error 21610")
    assert len(rasa.turns) == 1


async def test_the_order_of_a_number_is_kept_while_one_text_fails_and_others_numbers_do_not_wait(line: Line) -> None:
    one, other = line.phone("+15155550171"), line.phone("+15155550172")
    await one.says("hi", 2)
    await other.says("hi", 2)
    line.desk.rasa.answer = says(*(message(f"text {number}") for number in range(5)))
    failed = 0

    def fail(form: dict[str, str]) -> Failure | None:
        nonlocal failed
        if form["Body"] == "text 1" and form["To"] == one.number and failed < 4:
            failed += 1
            return 503, {}, {}
        return None

    line.twilio.fail = fail
    await asyncio.gather(one.send("go"), other.send("go"))
    wanted = [f"text {number}" for number in range(5)]
    assert await one.gets(5) == wanted
    assert await other.gets(5) == wanted
    assert failed == 4
    bodies = [(text.to, text.body) for text in line.twilio.sent]
    assert bodies.index((other.number, "text 1")) < bodies.index((one.number, "text 1"))


async def test_a_text_that_twilio_took_without_telling_is_not_sent_again(phone: Phone) -> None:
    """A time-out after Twilio has the text: the desk asks Twilio before it tries again."""
    twilio = phone.line.twilio
    asked: list[str] = []

    def taken_but_silent(form: dict[str, str]) -> Failure | None:
        asked.append(form["Body"])
        twilio.sent.append(Sent("SMtaken", form, ("", ""), datetime.now(UTC)))
        return 504, {}, {}

    twilio.fail = taken_but_silent
    assert await phone.says("hello again") == ["You said: hello again"]
    await phone.line.quiet()
    assert asked == ["You said: hello again"]
    row = (await phone.line.rows(OUTBOX))[-1]
    assert (row.status, row.sid) == ("sent", "SMtaken")


async def test_the_same_words_sent_before_do_not_count_as_this_text(phone: Phone) -> None:
    phone.line.desk.rasa.answer = says(message("Sorry?"))
    await phone.says("one")
    phone.line.twilio.fail = failing((500, {}, {}))
    assert await phone.says("two") == ["Sorry?"]


async def test_a_desk_that_was_killed_while_sending_looks_before_it_sends_again(tmp_path: Path) -> None:
    def killed_while_sending(session: Session) -> None:
        session.execute(update(OUTBOX).values(status="sending", sid=None, due_at=datetime.now(UTC)))

    twilio = StandInTwilio()
    async with open_line(tmp_path, twilio=twilio) as line:
        await line.phone().says("hello", 2)
        await line.desk.client.app[SMS].close()
        await line.desk.database.run(killed_while_sending)
        twilio.sent.pop()  # of the two, Twilio has only the first
    async with open_line(tmp_path, twilio=twilio) as line:
        await until(lambda: len(twilio.sent) == 2)
        await line.quiet()
        assert [text.body for text in twilio.sent][1] == "You said: hello"
        assert len(twilio.sent) == 2
        assert [row.status for row in await line.rows(OUTBOX)] == ["sent", "sent"]


async def test_what_was_stored_and_not_sent_goes_out_at_the_next_start(tmp_path: Path) -> None:
    twilio = StandInTwilio(fail=lambda form: (503, {}, {"Retry-After": "0"}))
    async with open_line(tmp_path, twilio=twilio) as line:
        await line.phone().send("hello")

        async def tried() -> bool:
            return any(row.attempts >= 2 for row in await line.rows(OUTBOX))

        await until_true(tried)
    assert twilio.sent == []
    twilio.fail = failing()
    async with open_line(tmp_path, twilio=twilio) as line:
        assert (await line.phone().gets(2))[1] == "You said: hello"
        assert line.desk.rasa.turns == []


async def test_two_desks_on_one_database_send_each_text_once(tmp_path: Path) -> None:
    twilio = StandInTwilio()
    async with open_line(tmp_path, twilio=twilio) as line, open_line(tmp_path, twilio=twilio) as other:
        line.desk.rasa.answer = says(*(message(f"text {number}") for number in range(6)))
        await line.phone().says("hello", 7)
        assert len(await other.quiet()) == 7
        assert [text.body for text in twilio.sent[1:]] == [f"text {number}" for number in range(6)]


async def test_twilio_tells_whether_a_text_arrived_in_any_order(phone: Phone) -> None:
    row = (await phone.line.rows(OUTBOX))[-1]

    async def tells(status: str, **more: str) -> Any:
        form = {"MessageSid": row.sid, "MessageStatus": status, "AccountSid": "AC123", **more}
        assert (await phone.line.post(f"/sms/twilio/status?text={row.id}", form)) == (204, "")
        return (await phone.line.rows(OUTBOX))[-1]

    assert (await tells("queued")).status == "sent"
    assert (await tells("delivered")).status == "delivered"
    assert (await tells("sent")).status == "delivered"
    assert (await tells("failed", ErrorCode="30003")).status == "delivered"


async def test_a_callback_about_a_block_opts_the_number_out(phone: Phone) -> None:
    row = (await phone.line.rows(OUTBOX))[-1]
    form = {"MessageSid": row.sid, "MessageStatus": "undelivered", "ErrorCode": "21610"}
    assert (await phone.line.post("/sms/twilio/status", form))[0] == 204
    assert (await phone.line.rows(OUTBOX))[-1].error == "21610"
    assert (await phone.line.rows(PHONES))[0].opted_out_at is not None


async def test_attack_a_callback_for_another_text_changes_nothing(phone: Phone) -> None:
    row = (await phone.line.rows(OUTBOX))[-1]
    form = {"MessageSid": "SMother", "MessageStatus": "failed", "ErrorCode": "30003"}
    assert (await phone.line.post(f"/sms/twilio/status?text={row.id}", form))[0] == 404
    assert (await phone.line.rows(OUTBOX))[-1].status == "sent"


def test_pauses_grow_differ_and_have_an_end() -> None:
    assert all(0.5 * 2**attempts <= pause(attempts) <= 2**attempts for attempts in range(8))
    assert len({pause(5) for _ in range(20)}) > 10
    assert all(pause(attempts) <= LONGEST_PAUSE_SECONDS for attempts in (9, 50, 5000))


# -- what we start ourselves, and what is forgotten -------------------------------------------------------------------


async def test_what_we_start_waits_for_the_morning_and_holds_up_no_reply(phone: Phone) -> None:
    [row] = await phone.line.rows(PHONES)
    tonight = datetime.now(DISTRICT.time_zone).replace(hour=23, minute=0)

    def announce(session: Session) -> None:
        draft = Draft("ticket", "en", "Your Chromebook is ready.")
        phones.announce(session, row.conversation, draft, zone=DISTRICT.time_zone, now=tonight)

    await phone.line.desk.database.run(announce)
    due = (await phone.line.rows(OUTBOX))[-1].due_at.astimezone(DISTRICT.time_zone)
    assert (due.date() - tonight.date(), due.hour) == (timedelta(days=1), 8)
    assert await phone.says("hello again") == ["You said: hello again"]
    await phone.says("STOP")
    assert [row.status for row in await phone.line.rows(OUTBOX)][2] == "dropped"


async def test_a_silent_number_is_forgotten_once_nothing_is_owed_to_it(phone: Phone) -> None:
    database = phone.line.desk.database
    now = datetime.now(UTC)
    assert await database.run(phones.forget_numbers, now + timedelta(hours=23)) == 0
    phone.line.twilio.fail = lambda form: (503, {}, {"Retry-After": "3600"})
    await phone.send("hello")
    await phone.line.quiet()
    assert await database.run(phones.forget_numbers, now + timedelta(hours=25)) == 0  # a reply waits

    def nothing_waits(session: Session) -> None:
        session.execute(update(OUTBOX).values(status="sent"))

    await database.run(nothing_waits)
    assert await database.run(phones.forget_numbers, now + timedelta(hours=25)) == 1
    [row] = await phone.line.rows(PHONES)
    assert row.sealed is None
    phone.line.twilio.fail = failing()
    assert await phone.says("and again") == ["You said: and again"]  # the same family, the same conversation
    assert (await phone.line.rows(PHONES))[0].conversation == row.conversation


async def test_without_an_account_texts_go_to_nobody(tmp_path: Path) -> None:
    async with running_desk(tmp_path) as desk:
        assert isinstance(desk.client.app[SMS]._sender._carrier, Nobody)


async def test_with_half_an_account_texts_go_to_nobody_and_what_is_missing_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_desk(tmp_path, TWILIO_ACCOUNT_SID="AC1", TWILIO_FROM="+15155550142") as desk:
        assert isinstance(desk.client.app[SMS]._sender._carrier, Nobody)
    assert "FAMILYDESK_TWILIO_AUTH_TOKEN is not set" in caplog.text
