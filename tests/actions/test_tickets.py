"""Tickets: opened once, numbered once, and shown only to who opened them or knows the contact."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from actions.desk import conversations, phones
from actions.desk.database import Database
from actions.desk.lookup_tries import OF_ASKER, OF_TICKET, WINDOW, origin
from actions.desk.models import LOOKUP_TRIES, TICKET_NOTES, TICKET_STEPS, TICKETS
from actions.desk.tickets import (
    NewTicket,
    StepTried,
    TicketFact,
    add_note,
    open_for_device,
    open_ticket,
    status,
)

STEPS = (
    StepTried("Plug the charger in.", "failed"),
    StepTried("Look for the light.", "not_seen"),
    StepTried("Hold the power button.", "worked"),
)


@pytest.fixture
def new(conversation: str) -> NewTicket:
    return NewTicket(
        conversation, "device-repair", "wont-turn-on", "no prende", "CB204187", "lincoln-elementary", "Luz",
        "+15155550142", "es", STEPS,
    )  # fmt: skip


@pytest.fixture
def stranger(database: Database, now: datetime) -> str:
    """Another family's conversation."""
    with database.session() as session:
        return conversations.start(session, channel="widget", language=None, now=now).conversation


def count_tickets(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(TICKETS)) or 0


def test_a_ticket_keeps_all_that_the_family_told(database: Database, new: NewTicket, now: datetime) -> None:
    with database.session() as session:
        assert open_ticket(session, new, request_id="r1", now=now) == TicketFact("FD-100001", "open")
    with database.session() as session:
        row = session.execute(select(TICKETS)).one()
    told = {**vars(new), "number": "FD-100001", "status": "open", "created_at": now, "updated_at": now}
    del told["steps"]
    assert {name: getattr(row, name) for name in told} == told


def test_a_ticket_keeps_the_steps_tried_in_their_order(database: Database, new: NewTicket, now: datetime) -> None:
    with database.session() as session:
        open_ticket(session, new, request_id="r1", now=now)
        rows = session.execute(select(TICKET_STEPS).order_by(TICKET_STEPS.c.place)).all()
    assert tuple(StepTried(row.text, row.outcome) for row in rows) == STEPS


def test_a_ticket_needs_no_more_than_a_problem(database: Database, conversation: str, now: datetime) -> None:
    bare = NewTicket(conversation, "general", None, "no prende", None, None, None, None, "es", ())
    with database.session() as session:
        assert open_ticket(session, bare, request_id="r1", now=now).number == "FD-100001"


def test_the_same_request_twice_opens_one_ticket(database: Database, new: NewTicket, now: datetime) -> None:
    with database.session() as session:
        first = open_ticket(session, new, request_id="r1", now=now)
    with database.session() as session:
        assert open_ticket(session, replace(new, problem="otra"), request_id="r1", now=now) == first
        assert count_tickets(session) == 1
        assert session.scalar(select(func.count()).select_from(TICKET_STEPS)) == len(STEPS)


def test_numbers_count_up_and_a_deleted_ticket_s_number_is_never_given_again(
    database: Database, new: NewTicket, now: datetime
) -> None:
    with database.session() as session:
        numbers = [open_ticket(session, new, request_id=f"r{n}", now=now).number for n in range(3)]
        session.execute(delete(TICKETS).where(TICKETS.c.number == "FD-100003"))
        numbers.append(open_ticket(session, new, request_id="r4", now=now).number)
    assert numbers == ["FD-100001", "FD-100002", "FD-100003", "FD-100004"]


def test_tickets_opened_at_the_same_moment_by_two_processes_get_different_numbers(
    database: Database, new: NewTicket, now: datetime
) -> None:
    other = Database(database._url.render_as_string(hide_password=False))

    def open_one(place: int) -> str:
        with (database if place % 2 else other).session() as session:
            return open_ticket(session, new, request_id=f"r{place % 20}", now=now).number

    with ThreadPoolExecutor(4) as threads:
        numbers = list(threads.map(open_one, range(40)))
    other.close()
    # Each request was made twice, and numbers may leave gaps.
    assert numbers[:20] == numbers[20:]
    assert len(set(numbers)) == 20


def test_a_ticket_for_a_conversation_that_does_not_exist_is_refused(
    database: Database, new: NewTicket, now: datetime
) -> None:
    with pytest.raises(IntegrityError), database.session() as session:
        open_ticket(session, replace(new, conversation="nobody"), request_id="r1", now=now)


def test_the_conversation_that_opened_a_ticket_need_not_name_it(
    database: Database, new: NewTicket, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        first = open_ticket(session, new, request_id="r1", now=now)
        second = open_ticket(session, new, request_id="r2", now=now)
        assert status(session, conversation=conversation, number=None, contact=None, now=now) == second
        assert status(session, conversation=conversation, number=first.number, contact=None, now=now) == first


def test_a_number_alone_shows_nothing_to_another_conversation(
    database: Database, new: NewTicket, stranger: str, now: datetime
) -> None:
    with database.session() as session:
        ticket = open_ticket(session, new, request_id="r1", now=now)
        assert status(session, conversation=stranger, number=ticket.number, contact=None, now=now) is None
        assert status(session, conversation=stranger, number=None, contact=new.contact, now=now) is None
        assert status(session, conversation=stranger, number=None, contact=None, now=now) is None


@pytest.mark.parametrize(
    ("known", "given", "same"),
    [
        ("+15155550142", "+15155550142", True),
        ("+15155550142", "(515) 555-0142", True),
        ("515.555.0142", "1 515 555 0142", True),
        ("+15155550142", "+15155550143", False),
        ("+15155550142", "5550142", False),
        ("+15155550142", "", False),
        ("+15155550142", "no phone", False),
        ("no phone", "no phone", False),
        ("Luz.Perez@Example.com", " luz.perez@example.COM", True),
        ("luz@example.com", "luis@example.com", False),
        ("luz5155550142@example.com", "5155550142", False),
        ("josé@example.com", "JOSÉ@example.com", True),
        (None, "nobody@invalid", False),
        (None, "", False),
    ],
)
def test_number_and_contact_show_the_status_when_the_contact_is_the_tickets(
    database: Database, new: NewTicket, stranger: str, known: str | None, given: str, same: bool, now: datetime
) -> None:
    with database.session() as session:
        ticket = open_ticket(session, replace(new, contact=known), request_id="r1", now=now)
        found = status(session, conversation=stranger, number=ticket.number, contact=given, now=now)
    assert found == (ticket if same else None)


def test_status_is_the_tickets_present_one(
    database: Database, new: NewTicket, conversation: str, stranger: str, now: datetime
) -> None:
    with database.session() as session:
        ticket = open_ticket(session, new, request_id="r1", now=now)
        session.execute(update(TICKETS).values(status="in_progress"))
        expected = TicketFact(ticket.number, "in_progress")
        assert status(session, conversation=conversation, number=None, contact=None, now=now) == expected
        assert status(session, conversation=stranger, number=ticket.number, contact=new.contact, now=now) == expected


@pytest.mark.parametrize("number", ["FD-100001", "FD-999999"])
def test_guessing_contacts_stops_after_five_wrong_tries_for_known_and_unknown_numbers_alike(
    database: Database, new: NewTicket, stranger: str, number: str, now: datetime
) -> None:
    with database.session() as session:
        ticket = open_ticket(session, new, request_id="r1", now=now)
    for guess in range(5):
        with database.session() as session:
            assert status(session, conversation=stranger, number=number, contact=f"+1515555020{guess}", now=now) is None
    with database.session() as session:
        assert status(session, conversation=stranger, number=ticket.number, contact=new.contact, now=now) is None


def test_four_wrong_tries_and_any_number_of_right_ones_are_allowed(
    database: Database, new: NewTicket, stranger: str, now: datetime
) -> None:
    with database.session() as session:
        ticket = open_ticket(session, new, request_id="r1", now=now)
        for guess in range(4):
            status(session, conversation=stranger, number=ticket.number, contact=f"+1515555020{guess}", now=now)
        for _ in range(10):
            assert status(session, conversation=stranger, number=ticket.number, contact=new.contact, now=now) == ticket


def test_asking_without_a_contact_is_no_wrong_try(
    database: Database, new: NewTicket, stranger: str, now: datetime
) -> None:
    with database.session() as session:
        ticket = open_ticket(session, new, request_id="r1", now=now)
        for _ in range(10):
            status(session, conversation=stranger, number=ticket.number, contact=None, now=now)
        assert status(session, conversation=stranger, number=ticket.number, contact=new.contact, now=now) == ticket


def test_too_many_wrong_tries_do_not_hide_the_familys_own_ticket(
    database: Database, new: NewTicket, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        ticket = open_ticket(session, new, request_id="r1", now=now)
        for _ in range(6):
            status(session, conversation=conversation, number="FD-999999", contact="+15155550142", now=now)
        assert status(session, conversation=conversation, number=None, contact=None, now=now) == ticket


@pytest.mark.parametrize(
    ("state", "found"),
    [("open", True), ("in_progress", True), ("waiting", True), ("resolved", False), ("closed", False)],
)
def test_a_device_has_an_open_ticket_until_it_is_finished(
    database: Database, new: NewTicket, state: str, found: bool, now: datetime
) -> None:
    with database.session() as session:
        ticket = open_ticket(session, new, request_id="r1", now=now)
        session.execute(update(TICKETS).values(status=state))
        assert open_for_device(session, "CB204187") == (TicketFact(ticket.number, state) if found else None)
        assert open_for_device(session, "CB000000") is None


def test_a_note_is_added_to_the_ticket_and_marks_when(
    database: Database, new: NewTicket, stranger: str, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    with database.session() as session:
        ticket = open_ticket(session, new, request_id="r1", now=now)
        add_note(session, ticket.number, "sigue igual", stranger, later)
        note = session.execute(select(TICKET_NOTES)).one()
        assert (note.text, note.conversation, note.at) == ("sigue igual", stranger, later)
        assert session.scalar(select(TICKETS.c.updated_at)) == later


def test_a_note_to_an_unknown_ticket_is_an_error(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session, pytest.raises(LookupError, match="FD-999999"):
        add_note(session, "FD-999999", "sigue igual", conversation, now)


def begin(session: Session, now: datetime, phone: str | None = None, origin: str | None = None) -> str:
    """A new conversation, of a chat from that address or of a number that texts."""
    if phone is None:
        return conversations.start(session, channel="widget", language=None, now=now, origin=origin).conversation
    known = phones.meet(session, phone, "sealed", now)
    return phones.begin_again(session, known.conversation, "en", now) or ""


def guess(
    database: Database,
    number: str,
    contact: str | None,
    now: datetime,
    phone: str | None = None,
    origin: str | None = None,
) -> bool:
    """Whether a caller who begins a new conversation for it is told of the ticket."""
    with database.session() as session:
        asks = begin(session, now, phone, origin)
        return status(session, conversation=asks, number=number, contact=contact, now=now) is not None


def guess_wrongly(database: Database, number: str, times: int, now: datetime, **asker: str) -> None:
    for place in range(times):
        assert not guess(database, number, f"+1515555{place:04}", now, **asker)


def opened(database: Database, new: NewTicket, now: datetime) -> str:
    with database.session() as session:
        return open_ticket(session, new, request_id="r1", now=now).number


def test_one_stranger_with_many_conversations_shuts_nobody_out(
    database: Database, new: NewTicket, now: datetime
) -> None:
    number = opened(database, new, now)
    guess_wrongly(database, number, 3 * OF_ASKER.at_once, now, origin="stranger")
    assert not guess(database, number, new.contact, now, origin="stranger")
    assert guess(database, number, new.contact, now, origin="family")
    assert guess(database, number, new.contact, now, phone="family")


def test_who_guesses_from_many_addresses_is_stopped_at_the_ticket(
    database: Database, new: NewTicket, now: datetime
) -> None:
    number = opened(database, new, now)
    for place in range(OF_TICKET.at_once - 1):
        guess_wrongly(database, number, 1, now, origin=f"address {place}")
    assert guess(database, number, new.contact, now, origin="family")
    guess_wrongly(database, number, 1, now, origin="another")
    assert not guess(database, number, new.contact, now, origin="family")


def test_a_ticket_that_was_guessed_at_opens_again_bit_by_bit(database: Database, new: NewTicket, now: datetime) -> None:
    number = opened(database, new, now)
    guess_wrongly(database, number, OF_TICKET.at_once, now)
    restarted = Database(database._url.render_as_string(hide_password=False))
    assert not guess(restarted, number, new.contact, now + OF_TICKET.each - timedelta(seconds=1))
    assert guess(restarted, number, new.contact, now + OF_TICKET.each)
    guess_wrongly(restarted, number, 1, now + OF_TICKET.each)
    assert not guess(restarted, number, new.contact, now + OF_TICKET.each)
    # After a day it is as if nobody had guessed.
    guess_wrongly(restarted, number, OF_TICKET.at_once - 1, now + 2 * WINDOW)
    assert guess(restarted, number, new.contact, now + 2 * WINDOW)
    restarted.close()


@pytest.mark.parametrize("asker", ["phone", "origin"])
def test_who_tries_many_tickets_is_limited_and_others_are_not(
    database: Database, new: NewTicket, asker: str, now: datetime
) -> None:
    number = opened(database, new, now)
    for place in range(OF_ASKER.at_once):
        guess_wrongly(database, f"FD-90000{place}", 1, now, **{asker: "hash"})
    assert not guess(database, number, new.contact, now, **{asker: "hash"})
    # What it may not try any more uses up none of the ticket's tries.
    guess_wrongly(database, number, OF_TICKET.at_once, now, **{asker: "hash"})
    assert guess(database, number, new.contact, now, **{asker: "another"})
    assert guess(database, number, new.contact, now + OF_ASKER.each, **{asker: "hash"})


def test_the_own_conversation_sees_its_ticket_whatever_others_have_tried(
    database: Database, new: NewTicket, conversation: str, now: datetime
) -> None:
    number = opened(database, new, now)
    guess_wrongly(database, number, OF_TICKET.at_once + 1, now)
    with database.session() as session:
        found = status(session, conversation=conversation, number=None, contact=None, now=now)
        assert found == TicketFact(number, "open")


def test_guesses_at_the_same_moment_do_not_get_round_the_limit(
    database: Database, new: NewTicket, now: datetime
) -> None:
    number = opened(database, new, now)
    with ThreadPoolExecutor(8) as threads:
        many = range(OF_TICKET.at_once + 12)
        list(threads.map(lambda place: guess(database, number, f"+1515555{place:04}", now), many))
    with database.session() as session:
        assert session.scalar(select(LOOKUP_TRIES.c.tries)) == OF_TICKET.at_once


def test_an_address_is_hashed_with_a_key_and_otherwise_every_day() -> None:
    day = date(2026, 11, 2)
    hashes = {origin(key, "203.0.113.7", day + timedelta(days=n)) for key in (b"one", b"two") for n in (0, 1)}
    assert len(hashes) == 4
    assert origin(b"one", "203.0.113.7", day) in hashes
