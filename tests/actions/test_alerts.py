"""A crisis is recorded once a message, without its words, and puts the family at the head of the queue."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from actions.desk import conversations, handoffs
from actions.desk.alerts import record_crisis
from actions.desk.database import Database
from actions.desk.models import CRISIS_ALERTS


def test_a_crisis_is_recorded_without_its_words_and_a_person_is_asked_for_first(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        other = conversations.start(session, channel="widget", language=None, now=now).conversation
        handoffs.request(session, other, reason="?", now=now)
        message = conversations.receive(session, conversation, "c1", "quiero morirme", language="es", now=now).message
        queued = record_crisis(session, conversation, "self_harm", message.id, now)
        row = session.execute(select(CRISIS_ALERTS)).one()
        assert (row.conversation, row.message, row.crisis_class, row.at) == (
            conversation, message.id, "self_harm", now
        )  # fmt: skip
        assert "morirme" not in str(tuple(row)) + handoffs.waiting(session)[0].reason
        assert (queued.status, queued.position) == ("waiting", 1)


def test_the_same_message_raises_one_alert(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        message = conversations.receive(session, conversation, "c1", "…", language="es", now=now).message
        first = record_crisis(session, conversation, "threat", message.id, now)
        assert record_crisis(session, conversation, "threat", message.id, now) == first
        assert len(session.execute(select(CRISIS_ALERTS)).all()) == 1


def test_a_crisis_while_a_person_is_there_stays_with_that_person(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        queued = handoffs.request(session, conversation, reason="?", now=now)
        handoffs.accept(session, queued.id, "ana", now)
        message = conversations.receive(session, conversation, "c1", "…", language="es", now=now).message
        assert record_crisis(session, conversation, "abuse", message.id, now).status == "assigned"
        assert handoffs.present(session, conversation)
