"""A household's tickets: of its conversation, or of the number that it texts from, and of nobody else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from actions import household
from actions.desk import conversations, phones
from actions.desk.database import Database
from actions.desk.district import load_district
from actions.desk.earlier_tickets import EarlierTicket, of_household
from actions.desk.models import PHONES, TICKETS
from actions.desk.phone_numbers import PhoneNumbers
from actions.desk.tickets import NewTicket, open_ticket

NUMBERS = PhoneNumbers(b"a key for the tests")
NUMBER = "+15155550142"


def ticket(session: Session, conversation: str, tag: str, now: datetime, contact: str | None = NUMBER) -> str:
    new = NewTicket(conversation, "device-repair", None, "dark", tag, "lincoln-high", "Luz", contact, "en", ())
    return open_ticket(session, new, request_id=f"{conversation} {tag}", now=now).number


def chat(session: Session, now: datetime) -> str:
    return conversations.start(session, channel="widget", language=None, now=now).conversation


def phone(session: Session, number: str, now: datetime) -> str:
    return phones.meet(session, NUMBERS.hashed(number), NUMBERS.sealed(number), now).conversation


def test_a_chat_has_its_own_tickets_newest_first_and_no_others(database: Database, now: datetime) -> None:
    with database.session() as session:
        mine, other = chat(session, now), chat(session, now)
        first, second = ticket(session, mine, "CB204187", now), ticket(session, mine, "CB200157", now)
        ticket(session, other, "CB200341", now)
        found = of_household(session, mine, numbers=NUMBERS)
    assert found == (
        EarlierTicket(second, "open", "CB200157", "lincoln-high"),
        EarlierTicket(first, "open", "CB204187", "lincoln-high"),
    )


def test_who_texts_from_a_number_has_the_tickets_that_name_it(database: Database, now: datetime) -> None:
    with database.session() as session:
        earlier = chat(session, now)
        named, unnamed = ticket(session, earlier, "CB204187", now), ticket(session, earlier, "CB200157", now, None)
        texting, stranger = phone(session, NUMBER, now), phone(session, "+15155550199", now)
        assert [one.number for one in of_household(session, texting, numbers=NUMBERS)] == [named]
        assert of_household(session, stranger, numbers=NUMBERS) == ()
        session.execute(update(TICKETS).where(TICKETS.c.number == named).values(status="resolved"))
        assert of_household(session, texting, numbers=NUMBERS) == ()  # numbers change hands
        assert {one.number for one in of_household(session, earlier, numbers=NUMBERS)} == {named, unnamed}


def test_a_number_that_is_not_readable_any_more_has_only_its_conversation(database: Database, now: datetime) -> None:
    with database.session() as session:
        texting = phone(session, NUMBER, now)
        ticket(session, chat(session, now), "CB204187", now)
        session.execute(update(PHONES).values(sealed=None))
        assert of_household(session, texting, numbers=NUMBERS) == ()


@pytest.mark.parametrize(
    ("tag", "school", "spoken"),
    [
        ("CB200341", None, "FD-100007 · …341 · Lincoln HS"),
        ("CB999999", None, "FD-100007 · …999"),
        (None, "lincoln-high", "FD-100007 · Lincoln HS"),
        (None, "a school in other words", "FD-100007"),
    ],
)
def test_a_ticket_is_told_apart_by_device_or_school(tag: str | None, school: str | None, spoken: str) -> None:
    district = load_district(Path("data/district"))
    assert household.spoken_ticket(EarlierTicket("FD-100007", "open", tag, school), district) == spoken
