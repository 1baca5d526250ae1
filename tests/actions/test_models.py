"""Deleting a conversation takes with it what was said, and leaves what the district must keep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select

from actions.desk import alerts, conversations, feedback, handoffs, hints, questions, tickets
from actions.desk.conversations import Draft
from actions.desk.database import Database
from actions.desk.models import CONVERSATIONS, CRISIS_ALERTS, TICKET_NOTES, TICKETS, Base


def test_with_a_conversation_its_words_go_and_its_ticket_stays_without_it(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        message = conversations.receive(session, conversation, "c1", "no prende", language="es", now=now).message
        [said] = conversations.reply(
            session, conversation, message.id, [Draft("step", "es", "¿Ya?", (("Sí", "/yes"),))], asks=None, now=now
        )
        feedback.rate(session, conversation, said.id, helpful=False, reason="no entiendo", now=now)
        hints.keep(session, conversation, hints.Hints("CB204187", "lincoln"))
        handoffs.request(session, conversation, reason="no prende", now=now)
        questions.record_unanswered(session, "¿y el piano?", "es", conversation, now)
        alerts.record_crisis(session, conversation, "medical", message.id, now)
        new = tickets.NewTicket(
            conversation, "device-repair", None, "no prende", None, None, None, None, "es",
            (tickets.StepTried("Conecte el cargador", "failed"),),
        )  # fmt: skip
        ticket = tickets.open_ticket(session, new, request_id="r1", now=now)
        tickets.add_note(session, ticket.number, "sigue igual", conversation, now)

        session.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation))

        left = {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }
        assert {name for name, rows in left.items() if rows} == {
            "tickets", "ticket_steps", "ticket_notes", "crisis_alerts"
        }  # fmt: skip
        for table in (TICKETS, TICKET_NOTES, CRISIS_ALERTS):
            assert session.scalar(select(table.c.conversation)) is None


def test_with_a_ticket_its_steps_and_notes_go(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        new = tickets.NewTicket(
            conversation, "device-repair", None, "no prende", None, None, None, None, "es",
            (tickets.StepTried("Conecte el cargador", "failed"),),
        )  # fmt: skip
        ticket = tickets.open_ticket(session, new, request_id="r1", now=now)
        tickets.add_note(session, ticket.number, "sigue igual", conversation, now)
        session.execute(delete(TICKETS))
        for name in ("ticket_steps", "ticket_notes"):
            assert session.scalar(select(func.count()).select_from(Base.metadata.tables[name])) == 0
