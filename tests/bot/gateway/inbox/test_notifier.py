"""A hand-off reaches staff by mail, a crisis by mail and text, through failures and kills, until somebody accepts."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.desk import handoffs
from actions.desk.crisis_steps import steps_of
from actions.desk.models import HANDOFFS, STAFF_NOTICES
from bot.gateway.inbox.notifier import Pace, pause
from bot.gateway.sms.stand_in import StandInTwilio
from tests.bot.gateway.desk_stand_ins import DISTRICT, Desk, Family, running_desk, says, until, until_true
from tests.districts import always_open
from tests.mail_server import MailServer, mail_server
from tests.ports import free_ports

OPEN = always_open(DISTRICT)
# The lease is longer than handing one over takes, however busy the machine is: none is told twice for it.
PACE = Pace(
    look_seconds=0.03, lease=timedelta(minutes=5), pause_seconds=lambda attempts: 0.05, again=timedelta(seconds=0.3)
)
# For what may be told again only when the test is over.
ONCE = replace(PACE, again=timedelta(minutes=5))
HELP_DESK = "familyhelp@cedarhollow.example"
CONTACTS = ["dwhitfield@cedarhollow.example", "moyelaran@cedarhollow.example"]
NEXT = "isolberg@cedarhollow.example"
CANARY = "zaragoza"
CRISIS = f"quiero morirme {CANARY}"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@asynccontextmanager
async def desk_with(home: Path, port: int, pace: Pace = PACE, **settings: str) -> AsyncIterator[Desk]:
    given = {"SMTP_URL": f"smtp://127.0.0.1:{port}", "PUBLIC_URL": "https://help.cedar.example", **settings}
    async with running_desk(home, district=OPEN, app_options={"notice_pace": pace}, **given) as running:
        yield running


async def ask_for_a_person(desk: Desk) -> Family:
    desk.rasa.answer = says()  # an empty reply is a failure, whose notice has the button
    family = await desk.family("es")
    await family.say(f"mi hijo {CANARY} no puede entrar")
    await family.press("Hablar con una persona")
    assert family.state["mode"] == "waiting"
    return family


async def accept_all(desk: Desk) -> None:
    def accept(session: Session) -> None:
        for one in handoffs.waiting(session):
            handoffs.accept(session, one.id, "ana", datetime.now(UTC))

    await desk.database.run(accept)


async def statuses(desk: Desk) -> list[str]:
    rows = await desk.database.run(lambda session: list(session.execute(select(STAFF_NOTICES.c.status))))
    return [row.status for row in rows]


async def until_nothing_is_left(desk: Desk) -> None:
    async def nothing() -> bool:
        return not {"waiting", "sending"} & set(await statuses(desk))

    await until_true(nothing)


async def first_is(desk: Desk, status: str) -> bool:
    """Whether the first notice has come so far; what becomes of it is written down after the mail server has it."""
    return (await statuses(desk))[0] == status


async def test_the_help_desk_is_told_what_it_needs_and_nothing_that_the_family_wrote(
    tmp_path: Path, mail: MailServer
) -> None:
    async with desk_with(tmp_path, mail.port) as desk:
        await ask_for_a_person(desk)
        await until(lambda: mail.mails)
    first = mail.mails[0]
    text = first.get_content().replace("\r\n", "\n")
    assert (first["To"], first["Subject"]) == (HELP_DESK, "A family is waiting for a person (Spanish, web chat)")
    for line in ("Waiting since: ", "Language: Spanish\n", "Channel: web chat\n", "Contact: not known yet\n"):
        assert line in text
    assert "Reason: the assistant was not available\n" in text
    assert "https://help.cedar.example/staff/handoffs/1\n" in text
    assert "familydesk inbox accept 1\n" in text
    assert CANARY not in first.as_string()


async def test_it_is_told_again_until_somebody_accepts(tmp_path: Path, mail: MailServer) -> None:
    async with desk_with(tmp_path, mail.port) as desk:
        await ask_for_a_person(desk)
        await until(lambda: len(mail.mails) >= 3)
        assert mail.mails[1]["Subject"].startswith("Still open: ")
        await accept_all(desk)
        await until_nothing_is_left(desk)
        told = len(mail.mails)
        await asyncio.sleep(0.6)
        assert len(mail.mails) == told
    assert len({one["Message-ID"] for one in mail.mails}) == len(mail.mails)


async def test_a_server_that_is_down_and_then_says_to_come_later_gets_it_in_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [port] = free_ports(1)
    async with desk_with(tmp_path, port, ONCE) as desk:
        await ask_for_a_person(desk)
        await until(lambda: caplog.text.count("is tried again") >= 2)
        assert await statuses(desk) in (["waiting"], ["sending"])
        with mail_server(port, to_words="451 come later") as mail:
            await until(lambda: caplog.text.count("(451)") >= 2)
            assert mail.mails == []
            assert await statuses(desk) in (["waiting"], ["sending"])
            mail.to_words = None
            await until(lambda: mail.mails)
        await until_true(lambda: first_is(desk, "sent"))
    assert len(mail.mails) == 1


async def test_a_refused_recipient_is_logged_without_its_address_and_told_again(
    tmp_path: Path, mail: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mail.to_recipient = f"550 no such user {HELP_DESK}"
    async with desk_with(tmp_path, mail.port) as desk:
        await ask_for_a_person(desk)
        await until(lambda: "is refused: recipient refused (550)" in caplog.text)
        mail.to_recipient = None
        await until(lambda: mail.mails)
        assert await first_is(desk, "failed")  # written down before it was told again
    assert HELP_DESK not in caplog.text


async def test_a_crisis_reaches_every_contact_by_mail_and_text_until_a_person_accepts(
    tmp_path: Path, mail: MailServer
) -> None:
    twilio = StandInTwilio()
    server = TestServer(twilio.app())
    await server.start_server()
    account = {"TWILIO_ACCOUNT_SID": "AC123", "TWILIO_AUTH_TOKEN": "12345", "TWILIO_FROM": "+15155550142"}
    async with desk_with(tmp_path, mail.port, TWILIO_API_URL=str(server.make_url("")), **account) as desk:
        await ask_for_a_person(desk)
        family = await desk.family("es")
        assert (await family.say(CRISIS))[0]["kind"] == "crisis"
        await until(lambda: all(len(mail.to(contact)) >= 2 for contact in CONTACTS) and len(twilio.sent) >= 4)
        assert [one.priority for one in await desk.database.run(handoffs.waiting)] == [True, False]
        await accept_all(desk)
        await until_nothing_is_left(desk)
        told = len(mail.mails) + len(twilio.sent)
        await asyncio.sleep(0.6)
        assert len(mail.mails) + len(twilio.sent) == told
    await server.close()
    alert = mail.to(CONTACTS[0])[0]
    assert alert["Subject"] == "CRISIS ALERT: self-harm (Spanish, web chat)"
    assert {text.to for text in twilio.sent} == {"+15155550151", "+15155550152"}
    body = twilio.sent[0].body
    assert body.startswith("FamilyDesk CRISIS ALERT: self-harm. web chat, Spanish, ")
    assert "https://help.cedar.example/staff/handoffs/2 or: familydesk inbox accept 2" in body
    for said in (alert.as_string(), body):
        assert CANARY not in said
        assert "morir" not in said


QUEUE_AND_DIE = """
import os, signal, sys
from datetime import UTC, datetime, timedelta
from actions.desk import conversations, handoffs, notices
from actions.desk.database import Database

database, now = Database(sys.argv[1]), datetime.now(UTC)
database.migrate()
with database.session() as session:
    conversation = conversations.start(session, channel="widget", language="es", now=now).conversation
    queued = handoffs.request(session, conversation, reason="?", now=now)
    notices.post(session, queued.id, "waiting", (notices.Recipient("mail", "ana@cedar.example"),), now)
if sys.argv[2] == "while sending":
    with database.session() as session:
        assert len(notices.claim(session, now, paths=("mail",), lease=timedelta(seconds=0.5))) == 1
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["before sending", "while sending"])
async def test_what_was_queued_before_a_kill_is_told_by_the_next_desk(
    tmp_path: Path, mail: MailServer, moment: str
) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", QUEUE_AND_DIE, url, moment], check=False, cwd=Path.cwd(),
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    async with desk_with(tmp_path, mail.port):
        await until(lambda: mail.to("ana@cedar.example"))


async def test_a_desk_that_can_tell_nobody_says_so_at_the_start_with_the_cure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_desk(tmp_path):
        pass
    assert caplog.text.count("crisis alerts reach nobody: set FAMILYDESK_SMTP_URL to your mail server") == 1
    assert caplog.text.count("no staff member is told by mail that a family waits for a person: set") == 1


async def test_a_desk_with_a_mail_server_warns_of_nothing_and_never_shows_its_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [port] = free_ports(1)
    async with desk_with(tmp_path, port, SMTP_URL=f"smtp://ana:{CANARY}@127.0.0.1:{port}") as desk:
        await ask_for_a_person(desk)
        await until(lambda: "is tried again" in caplog.text)
    assert "nobody" not in caplog.text
    assert CANARY not in caplog.text


async def test_without_a_path_notices_stay_until_there_is_one(tmp_path: Path, mail: MailServer) -> None:
    async with desk_with(tmp_path, mail.port, SMTP_URL="") as desk:
        await ask_for_a_person(desk)
        await asyncio.sleep(0.2)
        assert await statuses(desk) == ["waiting"]
    async with desk_with(tmp_path, mail.port):
        await until(lambda: mail.to(HELP_DESK))


def test_pauses_grow_and_end_at_two_minutes() -> None:
    assert all(pause(attempts) <= 2.0**attempts for attempts in range(1, 8))
    assert 60 <= pause(50) <= 120


def an_hour_passes(session: Session) -> None:
    """All that was written an hour earlier."""
    for column in (HANDOFFS.c.requested_at, STAFF_NOTICES.c.created_at):
        for row in session.execute(select(column.table.c.id, column)).all():
            then = {column: row[1] - timedelta(hours=1)}
            session.execute(update(column.table).where(column.table.c.id == row[0]).values(then))


async def test_a_crisis_that_nobody_accepts_reaches_the_next_tier_by_mail_and_text(
    tmp_path: Path, mail: MailServer
) -> None:
    twilio = StandInTwilio()
    server = TestServer(twilio.app())
    await server.start_server()
    account = {"TWILIO_ACCOUNT_SID": "AC123", "TWILIO_AUTH_TOKEN": "12345", "TWILIO_FROM": "+15155550142"}
    pace = replace(PACE, watch_seconds=0.05, escalate_after=timedelta(hours=1))
    given = {"TWILIO_API_URL": str(server.make_url("")), **account}
    async with desk_with(tmp_path, mail.port, pace, **given) as desk:
        family = await desk.family("es")
        await family.say(CRISIS)

        async def written_down() -> bool:
            steps = await desk.database.run(steps_of, family.conversation)
            kept[:] = [(step.step, step.who, step.path) for step in steps]
            return told <= set(kept)

        # That somebody was told is written down after the mail server or the carrier has taken it.
        told, kept = {("told", contact, "mail") for contact in CONTACTS}, list[tuple[str, str, str]]()
        await until_true(written_down)
        assert mail.to(NEXT) == []
        await desk.database.run(an_hour_passes)
        await until(lambda: mail.to(NEXT) and "+15155550154" in {text.to for text in twilio.sent})
        told = {("next tier", "+15155550154", "sms"), ("told", NEXT, "mail"), ("told", "+15155550154", "sms")}
        await until_true(written_down)
    await server.close()
    assert mail.to(NEXT)[0]["Subject"] == "CRISIS ALERT: self-harm (Spanish, web chat)"
    assert kept.index(("told", CONTACTS[0], "mail")) < kept.index(("next tier", NEXT, "mail"))


async def test_a_crisis_in_a_rating_or_in_the_form_reaches_the_contacts_too(tmp_path: Path, mail: MailServer) -> None:
    async with desk_with(tmp_path, mail.port) as desk:
        family = await desk.family("es")
        [said] = await family.say("hola")
        rating = {"message": said["id"], "helpful": False, "reason": CRISIS}
        status, answer = await desk.post("/api/chat/feedback", json=rating, headers=family.headers)
        assert (status, answer["messages"][0]["kind"]) == (200, "crisis")
        await until(lambda: all(mail.to(contact) for contact in CONTACTS))
        await accept_all(desk)
        form = {"lang": "es", "problem": CRISIS, "step": "check"}
        async with desk.client.post("/ticket", data=form, headers={"Origin": "https://help.cedar.example"}) as response:
            assert "tel:988" in await response.text()
        await until(lambda: any("form" in one["Subject"] for one in mail.mails))
