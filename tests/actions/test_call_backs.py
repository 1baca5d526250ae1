"""Where nobody can come, one ticket asks a person to get in touch, under a contact that the family gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.desk import call_backs, conversations, handoffs, inbox, person, phones, tickets
from actions.desk.database import Database
from actions.desk.district import District, load_district
from actions.desk.models import STAFF_NOTICES, TICKETS
from actions.desk.opening_hours import WEEKDAYS
from actions.desk.person import Told
from actions.desk.phone_numbers import PhoneNumbers, masked_contact
from actions.desk.tickets import NewTicket

CLOSED = load_district(Path("data/district"))
OPEN = replace(
    CLOSED, holidays=(), help_desk=replace(CLOSED.help_desk, hours=dict.fromkeys(WEEKDAYS, (time(0), time(23, 59))))
)
NUMBERS = PhoneNumbers(b"a key that is set")


@pytest.fixture
def night(now: datetime) -> datetime:
    return now.replace(hour=8)  # 2:00 in Chicago


def ask(database: Database, conversation: str, now: datetime, district: District = CLOSED) -> tuple[Told, ...]:
    with database.session() as session:
        return person.ask(
            session, conversation, reason="no prende", district=district, numbers=NUMBERS, now=now
        )  # fmt: skip


def rows(database: Database, table: Any) -> list[Any]:
    with database.session() as session:
        return list(session.execute(select(table)))


def test_while_the_help_desk_is_open_the_family_waits_and_the_help_desk_is_told(
    database: Database, conversation: str, now: datetime
) -> None:
    assert ask(database, conversation, now) == (Told("utter_handoff_waiting", {"position": 1}),)
    assert ask(database, conversation, now) == (Told("utter_handoff_already", {"position": 1}),)
    [notice] = rows(database, STAFF_NOTICES)
    assert (notice.kind, notice.path, notice.recipient) == ("waiting", "mail", "familyhelp@cedarhollow.example")
    assert rows(database, TICKETS) == []


def test_outside_the_hours_there_is_one_call_back_however_often_it_is_asked_for(
    database: Database, conversation: str, night: datetime
) -> None:
    with database.session() as session:
        conversations.receive(session, conversation, "c1", "una persona", language="es", now=night)
    closed, question = ask(database, conversation, night)
    assert closed == Told("utter_handoff_closed", {"opening": "2026-11-23T07:00:00-06:00"})
    assert question == Told("utter_call_back_ask_contact", {"number": "FD-100001"})
    assert ask(database, conversation, night)[1] == question
    [ticket] = rows(database, TICKETS)
    assert (ticket.kind, ticket.problem, ticket.contact, ticket.language) == ("call_back", "no prende", None, "es")
    assert [notice.kind for notice in rows(database, STAFF_NOTICES)] == ["call_back"]
    with database.session() as session:
        facts = conversations.facts(session, conversation)
        assert (facts.mode, facts.handoff and facts.handoff.status) == ("bot", "closed")
        inbox.finish_call_back(session, "FD-100001", night)
    assert ask(database, conversation, night)[1].values["number"] == "FD-100002"


def test_a_holiday_is_outside_the_hours(database: Database, conversation: str, now: datetime) -> None:
    thanksgiving = now.replace(day=26)
    assert ask(database, conversation, thanksgiving)[0].reply == "utter_handoff_closed"
    assert ask(database, conversation, thanksgiving, OPEN)[0].reply == "utter_handoff_waiting"


def test_a_crisis_is_never_turned_into_a_call_back(database: Database, conversation: str, night: datetime) -> None:
    with database.session() as session:
        queued = handoffs.request(session, conversation, reason="crisis", priority=True, now=night)
    assert ask(database, conversation, night)[0].reply == "utter_handoff_already"
    with database.session() as session:
        assert handoffs.overdue(session, night + timedelta(days=1)) == ()
        assert call_backs.open_instead(session, queued.id, numbers=None, now=night) is None
        assert [one.id for one in handoffs.waiting(session)] == [queued.id]


def test_what_the_family_writes_next_is_the_contact_and_is_noted_whole(
    database: Database, conversation: str, night: datetime
) -> None:
    ask(database, conversation, night)
    with database.session() as session:
        assert call_backs.take_contact(session, conversation, "¿a qué hora abren?", night) is None
        noted = call_backs.take_contact(session, conversation, "515 555 0177, después de las 5", night)
        assert noted is not None
        assert person.contact_noted(noted).values == {"number": "FD-100001", "contact": "(515) 555-0177"}
        assert call_backs.take_contact(session, conversation, "ana@mail.example", night) is None
        [ticket] = inbox.open_call_backs(session)
    assert (ticket.contact, ticket.notes) == ("+15155550177", ("515 555 0177, después de las 5",))


def test_a_contact_that_the_family_gave_for_another_ticket_is_used(
    database: Database, conversation: str, night: datetime
) -> None:
    device = NewTicket(conversation, "device-repair", None, "?", None, None, None, "ana@mail.example", "es", ())
    with database.session() as session:
        tickets.open_ticket(session, device, request_id="r", now=night)
        assert call_backs.take_contact(session, conversation, "515 555 0177", night) is None
    told = ask(database, conversation, night)[1]
    assert told == Told("utter_call_back", {"number": "FD-100002", "contact": "ana@mail.example"})


def test_who_texts_is_called_back_under_its_number(database: Database, night: datetime) -> None:
    number = "+15155550177"
    with database.session() as session:
        phone = phones.meet(session, NUMBERS.hashed(number), NUMBERS.sealed(number), night)
    assert ask(database, phone.conversation, night)[1].values["contact"] == "(515) 555-0177"


def test_the_number_of_who_waits_for_a_person_is_kept(database: Database, now: datetime) -> None:
    with database.session() as session:
        phone = phones.meet(session, "hash", "sealed", now)
        queued = handoffs.request(session, phone.conversation, reason="?", now=now)
        assert phones.forget_numbers(session, now + timedelta(days=3)) == 0
        handoffs.close(session, queued.id, now)
        assert phones.forget_numbers(session, now + timedelta(days=3)) == 1


@pytest.mark.parametrize(
    ("contact", "masked"),
    [("+15155550177", "***-0177"), ("ana.perez@mail.example", "a***@mail.example"), (None, None)],
)
def test_a_masked_contact_shows_nobody_who_it_is(contact: str | None, masked: str | None) -> None:
    assert masked_contact(contact) == masked


def test_a_contact_that_a_family_wrote_while_it_waited_is_where_it_is_called_back(
    database: Database, conversation: str, now: datetime
) -> None:
    ask(database, conversation, now, OPEN)
    with database.session() as session:
        for number, said in enumerate(
            ("515-555-0141", "перезвоните на +15155550144", "at 515-555-0142 nobody answers")
        ):
            conversations.receive(session, conversation, f"c{number}", said, language="ru", now=now)
        [handoff] = [one.id for one in handoffs.waiting(session)]
        told = person.call_back(session, handoff, district=OPEN, numbers=NUMBERS, now=now)
    # 515-555-0142 is the help desk's own.
    assert [one.reply for one in told] == ["utter_handoff_timed_out", "utter_call_back"]
    assert told[1].values["contact"] == "(515) 555-0144"
    assert [row.contact for row in rows(database, TICKETS)] == ["+15155550144"]


def test_who_says_how_to_be_reached_with_the_wish_for_a_person_is_told_that_it_is_noted(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        told = person.ask(
            session, conversation, reason="", district=OPEN, numbers=NUMBERS, contact="+15155550141", now=now
        )
    assert told == (Told("utter_handoff_contact", {"contact": "(515) 555-0141", "position": 1}),)
    [notice] = rows(database, STAFF_NOTICES)
    assert notice.kind == "waiting"


def test_who_does_not_want_a_person_any_more_leaves_the_queue_but_never_after_a_cry_for_help(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        assert not handoffs.leave(session, conversation, now)
    ask(database, conversation, now, OPEN)
    with database.session() as session:
        assert handoffs.leave(session, conversation, now)
        assert handoffs.waiting(session) == ()
        handoffs.request(session, conversation, reason="", priority=True, now=now)
        assert not handoffs.leave(session, conversation, now)
        assert len(handoffs.waiting(session)) == 1
