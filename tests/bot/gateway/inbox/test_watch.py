"""Who waits too long is called back, by the clock of the database; a person who left gives the family back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from actions.desk import alerts, conversations, crisis_steps, handoffs, holds, phones
from actions.desk.crisis import CrisisClass
from actions.desk.database import Database
from actions.desk.models import OUTBOX, STAFF_NOTICES, TICKETS
from actions.desk.phone_numbers import PhoneNumbers
from bot.gateway.inbox.watch import Watch
from bot.gateway.own_replies import OwnReplies
from tests.bot.gateway.desk_stand_ins import DISTRICT, REPLIES

LIMIT = timedelta(minutes=10)
NUMBERS = PhoneNumbers(b"a key that is set")
OWN = OwnReplies(REPLIES, DISTRICT, numbers=NUMBERS)
NUMBER = "+15155550177"


@pytest.fixture
def look(database: Database) -> Callable[[datetime], None]:
    """A desk that has just started looks at that moment: nothing is kept in it from one look to the next."""

    def once(when: datetime) -> None:
        with database.session() as session:
            Watch(database, OWN, DISTRICT, clock=lambda: when).look(session)

    return once


def ask(database: Database, now: datetime, *, channel: str = "widget", priority: bool = False) -> tuple[str, int]:
    """(conversation, hand-off) of a new family that writes Spanish."""
    with database.session() as session:
        if channel == "sms":
            conversation = phones.meet(session, NUMBERS.hashed(NUMBER), NUMBERS.sealed(NUMBER), now).conversation
            conversations.set_language(session, conversation, "es", chosen=True)
        else:
            conversation = conversations.start(session, channel=channel, language="es", now=now).conversation
        conversations.receive(session, conversation, "c1", "una persona", language="es", now=now)
        return conversation, handoffs.request(session, conversation, reason="?", priority=priority, now=now).id


def rows(database: Database, table: Any) -> list[Any]:
    with database.session() as session:
        return list(session.execute(select(table)))


def said(database: Database, conversation: str) -> list[str]:
    with database.session() as session:
        return [one.text for one in conversations.since(session, conversation, 0) if one.sender == "bot"]


def facts(database: Database, conversation: str) -> conversations.Facts:
    with database.session() as session:
        return conversations.facts(session, conversation)


def test_whoever_nobody_accepts_in_time_is_told_so_once_and_called_back(
    database: Database, now: datetime, look: Callable[[datetime], None]
) -> None:
    conversation, _ = ask(database, now)
    look(now + LIMIT - timedelta(seconds=1))
    assert said(database, conversation) == []
    look(now + LIMIT)
    look(now + LIMIT)
    sorry, question = said(database, conversation)
    assert "hasta ahora nadie" in sorry
    assert "FD-100001" in question
    after = facts(database, conversation)
    assert (after.mode, after.handoff, after.ticket) == (
        "bot", conversations.HandoffFact("closed"), conversations.TicketFact("FD-100001", "open")
    )  # fmt: skip
    assert [(row.kind, row.problem) for row in rows(database, TICKETS)] == [("call_back", "?")]
    assert [row.kind for row in rows(database, STAFF_NOTICES)] == ["call_back"]


def test_a_desk_that_was_down_all_night_says_when_people_are_back_and_texts_by_day(
    database: Database, now: datetime, look: Callable[[datetime], None]
) -> None:
    conversation, _ = ask(database, now, channel="sms")
    night = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # 2:00
    look(night)
    closed, ticket = said(database, conversation)
    assert "martes 24 de noviembre" in closed
    assert "(515) 555-0177" in ticket
    assert {row.due_at for row in rows(database, OUTBOX)} == {night.replace(hour=14)}


def test_a_crisis_waits_for_as_long_as_it_takes(
    database: Database, now: datetime, look: Callable[[datetime], None]
) -> None:
    conversation, _ = ask(database, now, priority=True)
    look(now + timedelta(days=3))
    assert facts(database, conversation).mode == "waiting"
    assert said(database, conversation) == []


def test_whoever_has_a_person_is_not_called_back(
    database: Database, now: datetime, look: Callable[[datetime], None]
) -> None:
    conversation, handoff = ask(database, now)
    with database.session() as session:
        handoffs.accept(session, handoff, "ana", now)
        handoffs.say(session, handoff, "hola", now)
    look(now + timedelta(days=1))
    assert facts(database, conversation).mode == "human"


def test_a_person_who_left_gives_the_family_back_to_the_queue_and_others_are_told(
    database: Database, now: datetime, look: Callable[[datetime], None]
) -> None:
    conversation, handoff = ask(database, now)
    with database.session() as session:
        handoffs.accept(session, handoff, "ana", now)
    look(now + LIMIT)
    assert facts(database, conversation).mode == "waiting"
    assert [row.kind for row in rows(database, STAFF_NOTICES)] == ["waiting"]
    assert said(database, conversation) == []
    look(now + 2 * LIMIT)
    assert facts(database, conversation).mode == "bot"
    assert len(said(database, conversation)) == 2


@pytest.mark.parametrize(
    ("crisis_class", "told"),
    [
        ("threat", {"dwhitfield@cedarhollow.example", "moyelaran@cedarhollow.example"}),
        (
            "harassment",
            {"dwhitfield@cedarhollow.example", "moyelaran@cedarhollow.example", "titleix@cedarhollow.example"},
        ),
    ],
)
def test_a_legal_hold_that_nobody_looks_at_is_asked_about_by_mail_and_again_every_week(
    database: Database, now: datetime, look: Callable[[datetime], None], crisis_class: CrisisClass, told: set[str]
) -> None:
    conversation, _ = ask(database, now)
    with database.session() as session:
        message = conversations.since(session, conversation, 0)[0].id
        handoff = alerts.record_crisis(session, conversation, crisis_class, message, now).id
        handoffs.close(session, handoff, now)

    def asked(when: datetime) -> int:
        look(when)
        mails = [row for row in rows(database, STAFF_NOTICES) if row.kind == "hold_review"]
        assert {row.recipient for row in mails} == (told if mails else set())
        assert {row.path for row in mails} <= {"mail"}
        with database.session() as session:
            session.execute(update(STAFF_NOTICES).values(status="sent"))
        return len(mails) // len(told)

    period = DISTRICT.retention.hold_review
    assert asked(now + period - timedelta(seconds=1)) == 0
    assert asked(now + period) == 1
    assert asked(now + period + timedelta(days=6)) == 1
    assert asked(now + period + timedelta(days=7)) == 2
    with database.session() as session:
        assert holds.keep(session, handoff, "ana", now + period + timedelta(days=8))
    assert asked(now + 2 * period) == 2
    assert asked(now + 2 * period + timedelta(days=8)) == 3
    with database.session() as session:
        assert holds.lift(session, handoff, "ana", now + 3 * period)
        assert [step.step for step in crisis_steps.steps_of(session, conversation)] == ["hold kept", "hold lifted"]
    assert asked(now + 9 * period) == 3
