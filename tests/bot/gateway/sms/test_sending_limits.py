"""What keeps texts back: the day's limit, and the night for those that answer nobody; a crisis never waits."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import update
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator

from actions.desk import conversations, handoffs, outbox, phones
from actions.desk.models import OUTBOX, PHONES, RECEIVED_TEXTS
from actions.desk.outbox import Due
from bot.gateway.intake import settle_with_deletion
from bot.gateway.keys import SMS
from bot.gateway.own_replies import OwnReplies
from bot.replies import Replies
from tests.bot.gateway.desk_stand_ins import DISTRICT
from tests.bot.gateway.sms.phone_stand_ins import TOKEN, Line, Phone, open_line

CRISIS = "i want to kill myself"
ZONE = DISTRICT.time_zone
NIGHT = datetime(2026, 9, 1, 23, 30, tzinfo=ZONE)
MORNING = datetime(2026, 9, 2, 8, 0, tzinfo=ZONE)
MINUTE = timedelta(minutes=1)
OWN = OwnReplies(Replies.load(), DISTRICT, "sms")


async def test_above_the_days_limit_texts_wait_and_the_log_sounds_the_alarm(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_line(tmp_path, SMS_PER_DAY="3") as line:
        one, other = line.phone("+15155550171"), line.phone("+15155550172")
        await one.says("hello", 2)
        await one.says("hello again")
        with caplog.at_level(logging.ERROR):
            await other.send("mi chromebook no prende")
            assert len(await line.quiet()) == 3
        assert caplog.text.count("ALARM") == 1
        assert "FAMILYDESK_SMS_PER_DAY" in caplog.text
        held = [row for row in await line.rows(OUTBOX) if row.status == "waiting"]
        assert len(held) == 2
        assert all(row.due_at > datetime.now(UTC) + 9 * MINUTE for row in held)
        assert "988" in (await other.says(CRISIS))[0]  # although two texts to this number wait

        def a_day_later(session: Session) -> None:
            session.execute(update(OUTBOX).where(OUTBOX.c.status == "sent").values(sent_at=NIGHT))
            session.execute(update(OUTBOX).where(OUTBOX.c.status == "waiting").values(due_at=NIGHT))

        await line.desk.database.run(a_day_later)
        line.desk.client.app[SMS]._sender.wake()
        assert len(await other.gets(2)) == 2


async def test_a_crisis_is_sent_before_all_others_that_wait(phone: Phone) -> None:
    def read(session: Session) -> None:
        written: dict[str, int] = {}
        for kind in ("text", "ticket", "crisis"):
            met = phones.meet(session, f"hash of {kind}", "sealed", NIGHT)
            received = conversations.receive(session, met.conversation, "m1", "hi", language="en", now=NIGHT).message
            draft = conversations.Draft(kind, "en", "Hello.")
            [reply] = conversations.reply(session, met.conversation, received.id, [draft], asks=None, now=NIGHT)
            written[kind] = reply.id
        [first] = outbox.claim(session, NIGHT, lease=MINUTE, an_hour=30, zone=ZONE, most=1)
        assert first.message == written["crisis"]
        session.rollback()

    await phone.line.desk.database.run(read)


async def test_above_the_hours_limit_the_rest_of_a_reply_waits_for_room_and_is_not_lost(phone: Phone) -> None:
    def read(session: Session) -> None:
        met = phones.meet(session, "hash of a family", "sealed", NIGHT)
        received = conversations.receive(session, met.conversation, "m1", "hi", language="en", now=NIGHT).message
        drafts = [conversations.Draft("text", "en", f"Part {number}") for number in range(4)]
        said = conversations.reply(session, met.conversation, received.id, drafts, asks=None, now=NIGHT)
        for place, reply in enumerate(said[:2]):
            [due] = outbox.claim(session, NIGHT + place * MINUTE, lease=MINUTE, an_hour=2, zone=ZONE)
            assert due.message == reply.id
            outbox.note_sent(session, due.id, f"SM{place}", NIGHT + place * MINUTE)
        assert outbox.claim(session, NIGHT + 2 * MINUTE, lease=MINUTE, an_hour=2, zone=ZONE) == ()
        assert outbox.claim(session, NIGHT + 59 * MINUTE, lease=MINUTE, an_hour=2, zone=ZONE) == ()
        [due] = outbox.claim(session, NIGHT + 60 * MINUTE, lease=MINUTE, an_hour=2, zone=ZONE)
        assert due.message == said[2].id
        session.rollback()

    await phone.line.desk.database.run(read)


def claimed(session: Session, now: datetime) -> tuple[Due, ...]:
    return outbox.claim(session, now, lease=MINUTE, an_hour=30, zone=ZONE)


def wrote(session: Session, phone: str, at: datetime) -> None:
    """The last text from the number came then."""
    session.execute(PHONES.update().where(PHONES.c.id == phone).values(seen_at=at))


def staff_says(session: Session, conversation: str, text: str, now: datetime) -> int:
    queued = handoffs.request(session, conversation, reason="test", now=now)
    handoffs.accept(session, queued.id, "ms-garcia", now)
    return handoffs.say(session, queued.id, text, now).id


async def test_what_a_person_writes_at_night_to_a_family_long_silent_waits_for_the_morning(phone: Phone) -> None:
    [row] = await phone.line.rows(PHONES)

    def at_night(session: Session) -> None:
        wrote(session, row.id, NIGHT - 61 * MINUTE)
        message = staff_says(session, row.conversation, "Your Chromebook is ready.", NIGHT)
        assert claimed(session, NIGHT) == ()
        [held] = [text for text in session.execute(OUTBOX.select()).all() if text.message == message]
        assert held.due_at == MORNING
        assert claimed(session, MORNING - MINUTE) == ()
        assert [due.message for due in claimed(session, MORNING)] == [message]
        session.rollback()

    await phone.line.desk.database.run(at_night)


async def test_a_person_answers_a_family_that_has_just_written_at_any_hour(phone: Phone) -> None:
    [row] = await phone.line.rows(PHONES)

    def at_night(session: Session) -> None:
        wrote(session, row.id, NIGHT - 50 * MINUTE)
        message = staff_says(session, row.conversation, "Yes, I am.", NIGHT)
        assert [due.message for due in claimed(session, NIGHT)] == [message]
        session.rollback()

    await phone.line.desk.database.run(at_night)


async def test_who_deletes_at_night_reads_at_once_that_it_is_done(phone: Phone) -> None:
    [row] = await phone.line.rows(PHONES)

    def at_night(session: Session) -> None:
        met = phones.meet(session, row.id, "sealed", NIGHT)
        received = conversations.receive(session, met.conversation, "m1", "delete it", language="en", now=NIGHT).message
        answer = settle_with_deletion(session, met.conversation, received, own=OWN, now=NIGHT)
        assert answer.deleted
        assert [due.message for due in claimed(session, NIGHT)] == [answer.messages[0].id]
        session.rollback()

    await phone.line.desk.database.run(at_night)


async def test_replies_of_the_assistant_go_out_at_night(phone: Phone) -> None:
    [row] = await phone.line.rows(PHONES)

    def at_night(session: Session) -> None:
        received = conversations.receive(session, row.conversation, "m1", "hello", language="en", now=NIGHT).message
        draft = conversations.Draft("text", "en", "Hello.")
        [reply] = conversations.reply(session, row.conversation, received.id, [draft], asks=None, now=NIGHT + MINUTE)
        assert [due.message for due in claimed(session, NIGHT + MINUTE)] == [reply.id]
        session.rollback()

    await phone.line.desk.database.run(at_night)


@pytest.mark.parametrize("hours", [0, 1])  # the clock goes back in this night: 1:30 comes twice
async def test_in_the_night_when_the_clock_changes_morning_is_still_at_eight(phone: Phone, hours: int) -> None:
    [row] = await phone.line.rows(PHONES)
    night = datetime(2026, 11, 1, 6, 30, tzinfo=UTC) + timedelta(hours=hours)

    def at_night(session: Session) -> None:
        wrote(session, row.id, night - 61 * MINUTE)
        message = staff_says(session, row.conversation, "Your Chromebook is ready.", night)
        assert claimed(session, night) == ()
        [held] = [text for text in session.execute(OUTBOX.select()).all() if text.message == message]
        assert held.due_at.astimezone(ZONE).hour == 8
        assert held.due_at == datetime(2026, 11, 1, 14, 0, tzinfo=UTC)
        session.rollback()

    await phone.line.desk.database.run(at_night)


@pytest.mark.parametrize("honest", [True, False])
async def test_attack_a_json_webhook_is_refused_even_with_a_signature_and_a_hash_of_its_body(
    line: Line, honest: bool
) -> None:
    """Twilio signs only the address of a JSON webhook; texts never come as one, so none is believed."""
    body = json.dumps(line.phone().form("hello"))
    digest = hashlib.sha256((body if honest else "{}").encode()).hexdigest()
    path = f"/sms/twilio?bodySHA256={digest}"
    headers = {
        "X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(f"{line.public_url}{path}", {}),
        "Content-Type": "application/json",
    }
    client: TestClient = line.desk.client  # type: ignore[type-arg]
    async with client.post(path, data=body, headers=headers) as response:
        assert response.status == 415
    assert await line.rows(RECEIVED_TEXTS) == []
