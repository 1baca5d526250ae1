"""What is old enough goes, whatever table it is in; what somebody still needs stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from actions.desk import (
    alerts,
    article_feedback,
    conversations,
    crisis_steps,
    feedback,
    handoffs,
    holds,
    lookup_tries,
    phones,
    questions,
    tickets,
)
from actions.desk.conversations import Draft
from actions.desk.crisis import CrisisClass
from actions.desk.database import Database
from actions.desk.models import CONSENTS, CONVERSATIONS, PHONES, STAFF_NOTICES, TICKETS, Base
from actions.desk.purging import NEVER, RULES, WITH_ANOTHER, count, purge_batch
from actions.desk.retention import Retention

KEPT = Retention()


def purge(session: Session, now: datetime, kept: Retention = KEPT) -> dict[str, int]:
    done = {}
    for rule in RULES:
        done[rule.kind] = 0
        while batch := purge_batch(session, rule, kept, now, most=2):
            done[rule.kind] += batch
    return {kind: rows for kind, rows in done.items() if rows}


def rows(session: Session) -> set[str]:
    return {name for name, table in Base.metadata.tables.items() if session.execute(select(table).limit(1)).first()}


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session() as opened:
        yield opened


def fill(session: Session, now: datetime) -> str:
    """A row in every table; the conversation is one over text messages."""
    phone = phones.meet(session, "hash", "sealed", now)
    message = conversations.receive(session, phone.conversation, "c1", "no prende", language="es", now=now).message
    [said] = conversations.reply(
        session, phone.conversation, message.id, [Draft("step", "es", "?", (("Yes", "/yes"),))], asks=None, now=now
    )
    feedback.rate(session, phone.conversation, said.id, helpful=False, reason="no", now=now)
    questions.record_unanswered(session, "piano?", "es", phone.conversation, now)
    alerts.record_crisis(session, phone.conversation, "medical", message.id, now)
    handoff = session.execute(select(Base.metadata.tables["handoffs"].c.id)).scalar_one()
    session.execute(
        insert(STAFF_NOTICES).values(
            handoff=handoff, kind="crisis", path="mail", recipient="a@b.example", again=False, status="sent",
            attempts=1, due_at=now, created_at=now,
        )
    )  # fmt: skip
    crisis_steps.note_staff(session, handoff, "accepted", "ana", now)
    handoffs.close(session, handoff, now)
    phones.note_consent(
        session, "hash", "start", wording="START", source="text", now=now, notice="You get texts again."
    )
    session.execute(insert(Base.metadata.tables["hints"]).values(conversation=phone.conversation, school="x"))
    session.execute(
        insert(Base.metadata.tables["received_texts"]).values(
            sid="SM1", phone="hash", text="", masked=False, pictures=False, taken=True, at=now
        )
    )
    article_feedback.count(session, article="late-bus", language="en", answer="helpful", day=now.date())
    lookup_tries.spend(session, (("ticket FD-100001", lookup_tries.OF_TICKET),), now)
    a_ticket(session, phone.conversation, now)
    return phone.conversation


def a_ticket(session: Session, conversation: str, now: datetime, request: str = "r1") -> str:
    steps = (tickets.StepTried("Charge it", "failed"),)
    new = tickets.NewTicket(
        conversation, "device-repair", None, "no prende", None, None, "Ana", "ana@example.com", "es", steps
    )
    number = tickets.open_ticket(session, new, request_id=request, now=now).number
    tickets.add_note(session, number, "still, call 515-555-0177", conversation, now)
    return number


def close(session: Session, now: datetime) -> None:
    session.execute(update(TICKETS).values(status="closed", updated_at=now))


def test_every_table_has_a_rule_or_goes_with_another_or_is_kept_on_purpose() -> None:
    assert {rule.table.name for rule in RULES} | WITH_ANOTHER | NEVER == set(Base.metadata.tables)


def test_before_its_time_nothing_goes_but_what_opens_and_reads(session: Session, now: datetime) -> None:
    fill(session, now)
    close(session, now)
    before = rows(session)
    assert before == set(Base.metadata.tables)
    assert set(purge(session, now + timedelta(days=29, hours=23))) <= {"tokens", "readable numbers", "ticket look-ups"}
    assert rows(session) == before - {"lookup_tries"}


def test_after_thirty_days_no_word_of_a_conversation_is_left_and_its_open_ticket_stays(
    session: Session, now: datetime
) -> None:
    fill(session, now)
    purge(session, now + timedelta(days=30))
    assert rows(session) == {
        "tickets", "ticket_steps", "ticket_notes", "crisis_alerts", "crisis_steps", "consents", "consent_notices",
        "article_feedback",
    }  # fmt: skip
    purge(session, now + timedelta(days=9999))
    assert rows(session) == {"tickets", "ticket_steps", "ticket_notes", "consents", "consent_notices"}
    assert session.execute(select(TICKETS.c.contact)).scalar_one() == "ana@example.com"


def test_an_ended_ticket_loses_its_contact_first_and_goes_after_a_year(session: Session, now: datetime) -> None:
    fill(session, now)
    close(session, now)
    done = purge(session, now + timedelta(days=31))
    assert done["contacts of ended tickets"] == done["notes of ended tickets"] == 1
    [ticket] = session.execute(select(TICKETS)).all()
    assert (ticket.contact, ticket.student_name, ticket.problem) == (None, None, "no prende")
    purge(session, now + timedelta(days=364))
    assert "tickets" in rows(session)
    purge(session, now + timedelta(days=365))
    assert rows(session) & {"tickets", "ticket_steps", "ticket_notes"} == set()


def test_a_long_conversation_over_texts_loses_its_old_words_and_goes_on(session: Session, now: datetime) -> None:
    conversation = fill(session, now)
    later = now + timedelta(days=29)
    phones.meet(session, "hash", "sealed", later)
    conversations.receive(session, conversation, "c2", "gracias", language="es", now=later)
    purge(session, now + timedelta(days=31))
    assert [message.text for message in conversations.since(session, conversation, 0)] == ["gracias"]
    assert phones.of_id(session, "hash") is not None


def test_who_wants_no_texts_is_never_forgotten(session: Session, now: datetime) -> None:
    fill(session, now)
    phones.note_consent(session, "hash", "stop", wording="STOP", source="text", now=now)
    purge(session, now + timedelta(days=5000))
    [phone] = session.execute(select(PHONES)).all()
    assert (phone.opted_out_at, phone.sealed, phone.conversation) == (now, None, None)
    assert session.execute(select(CONSENTS.c.consent)).scalars().all() == ["start", "stop"]


def test_a_cry_for_help_that_nobody_has_looked_at_stays_until_somebody_has(session: Session, now: datetime) -> None:
    conversation = conversations.start(session, channel="widget", language="es", now=now).conversation
    message = conversations.receive(session, conversation, "c1", "ayuda", language="es", now=now).message
    alerts.record_crisis(session, conversation, "self_harm", message.id, now)
    purge(session, now + timedelta(days=100))
    assert [one.text for one in conversations.since(session, conversation, 0)] == ["ayuda"]
    handoffs.close(session, handoffs_of(session), now)
    purge(session, now + timedelta(days=100))
    assert rows(session) == {"crisis_alerts"}


@pytest.mark.parametrize("crisis_class", get_args(CrisisClass))
def test_what_may_be_evidence_stays_until_staff_lift_the_hold(
    session: Session, now: datetime, crisis_class: CrisisClass
) -> None:
    conversation = conversations.start(session, channel="widget", language="es", now=now).conversation
    message = conversations.receive(session, conversation, "c1", "ayuda", language="es", now=now).message
    [said] = conversations.reply(session, conversation, message.id, [Draft("crisis", "es", "911")], asks=None, now=now)
    feedback.rate(session, conversation, said.id, helpful=False, reason="x", now=now)
    handoff = alerts.record_crisis(session, conversation, crisis_class, message.id, now).id
    handoffs.close(session, handoff, now)
    held = crisis_class in {"threat", "abuse", "exploitation", "harassment", "bullying"}
    assert holds.is_held(session, conversation) == held
    assert holds.count_held(session) == {"conversations": int(held), "messages": 2 * held}
    assert holds.held_handoffs(session) == ((handoff,) if held else ())
    purge(session, now + timedelta(days=5000))
    words = [one.text for one in conversations.since(session, conversation, 0)]
    assert words == (["ayuda", "911"] if held else [])
    assert ("feedback" in rows(session), "crisis_alerts" in rows(session)) == (held, held)
    if held:
        assert holds.lift(session, handoff, "ana", now)
        assert not holds.lift(session, handoff, "ana", now)
        assert [step.step for step in crisis_steps.steps_of(session, conversation)] == ["hold lifted"]
        purge(session, now + timedelta(days=100))
        assert rows(session) == {"crisis_alerts", "crisis_steps"}


@pytest.mark.parametrize(("crisis_class", "readable"), [("threat", True), ("medical", False)])
def test_the_number_behind_a_threat_stays_readable_until_the_hold_is_lifted(
    session: Session, now: datetime, crisis_class: CrisisClass, readable: bool
) -> None:
    phone = phones.meet(session, "hash", "sealed", now)
    message = conversations.receive(session, phone.conversation, "c1", "ayuda", language="es", now=now).message
    handoff = alerts.record_crisis(session, phone.conversation, crisis_class, message.id, now).id
    handoffs.close(session, handoff, now)
    purge(session, now + timedelta(days=20))
    assert session.scalars(select(PHONES.c.sealed)).all() == ["sealed" if readable else None]
    assert phones.forget_numbers(session, now + timedelta(days=20)) == 0
    holds.lift(session, handoff, "ana", now)
    purge(session, now + timedelta(days=20))
    assert session.scalars(select(PHONES.c.sealed)).all() == [None]


def test_another_conversation_is_not_on_hold(session: Session, now: datetime) -> None:
    for name, crisis_class in (("c1", "threat"), ("c2", "medical")):
        conversation = conversations.start(session, channel="widget", language="es", now=now).conversation
        message = conversations.receive(session, conversation, name, name, language="es", now=now).message
        handoff = alerts.record_crisis(session, conversation, crisis_class, message.id, now).id
        handoffs.close(session, handoff, now)
    assert purge(session, now + timedelta(days=100))["messages"] == 1
    assert holds.count_held(session) == {"conversations": 1, "messages": 1}
    with pytest.raises(LookupError):
        holds.lift(session, 999, "ana", now)


def handoffs_of(session: Session) -> int:
    return int(session.execute(select(Base.metadata.tables["handoffs"].c.id)).scalar_one())


def test_a_worn_out_token_loses_its_hash(session: Session, now: datetime) -> None:
    started = conversations.start(session, channel="widget", language=None, now=now)
    # A tab that is still open may come back until then.
    assert purge(session, now + conversations.LONGEST - timedelta(seconds=1)) == {}
    assert purge(session, now + conversations.LONGEST) == {"tokens": 1}
    assert session.execute(select(CONVERSATIONS.c.token_hash)).scalar_one() is None
    assert conversations.by_token(session, started.token, now) is None


def test_the_token_of_a_family_that_waits_for_a_person_is_not_worn_out(session: Session, now: datetime) -> None:
    started = conversations.start(session, channel="widget", language=None, now=now)
    handoffs.request(session, started.conversation, reason="asked", now=now)
    assert purge(session, now + timedelta(hours=2)) == {}
    assert purge(session, now + conversations.LONGEST) == {"tokens": 1}


def test_the_token_of_a_kept_chat_lasts_as_long_as_the_chat(session: Session, now: datetime) -> None:
    started = conversations.start(session, channel="widget", language=None, now=now)
    conversations.keep(session, started.conversation, days=True, now=now)
    assert purge(session, now + timedelta(days=29)) == {}
    purge(session, now + timedelta(days=30))
    assert session.execute(select(CONVERSATIONS)).first() is None


def test_a_chat_on_hold_is_open_to_its_family_no_longer_than_it_was_told(session: Session, now: datetime) -> None:
    started = conversations.start(session, channel="widget", language="es", now=now)
    message = conversations.receive(session, started.conversation, "c", "c", language="es", now=now).message
    handoff = alerts.record_crisis(session, started.conversation, "threat", message.id, now).id
    handoffs.close(session, handoff, now)
    conversations.keep(session, started.conversation, days=True, now=now)
    assert purge(session, now + timedelta(days=30))["tokens"] == 1
    assert conversations.by_token(session, started.token, now) is None


def test_counting_deletes_nothing_and_foretells_what_goes(session: Session, now: datetime) -> None:
    fill(session, now)
    when = now + timedelta(days=30)
    foretold = {kind: number for kind, number in count(session, KEPT, when).items() if number}
    assert rows(session) == set(Base.metadata.tables)
    assert foretold["messages"] == 2
    assert foretold["conversations"] == foretold["numbers"] == 1
    # What goes with its message is foretold under its own name as well; a number is readable while a text waits.
    assert set(purge(session, when)) - {"readable numbers"} <= set(foretold)


def test_a_second_purge_finds_nothing(session: Session, now: datetime) -> None:
    fill(session, now)
    purge(session, now + timedelta(days=40))
    assert purge(session, now + timedelta(days=40)) == {}


def test_a_batch_is_no_larger_than_asked_for(session: Session, now: datetime) -> None:
    for day in range(5):
        article_feedback.count(session, article="a", language="en", answer="helpful", day=date(2020, 1, 1 + day))
    votes = next(rule for rule in RULES if rule.kind == "counted votes")
    assert [purge_batch(session, votes, KEPT, now, most=2) for _ in range(4)] == [2, 2, 1, 0]
