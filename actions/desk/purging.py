"""Deleting what has been kept long enough, a small batch at a time, and counting what would be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from actions.desk import lookup_tries, phones, tokens
from actions.desk.holds import HOLDS, on_hold
from actions.desk.models import (
    ARTICLE_FEEDBACK,
    CONVERSATIONS,
    CRISIS_ALERTS,
    FEEDBACK,
    HANDOFFS,
    LOOKUP_TRIES,
    MESSAGES,
    OUTBOX,
    PHONES,
    RECEIVED_TEXTS,
    STAFF_NOTICES,
    TICKET_NOTES,
    TICKETS,
    UNANSWERED_QUESTIONS,
)
from actions.desk.retention import Retention
from actions.desk.tickets import FINISHED

# As many rows go in one transaction: some milliseconds, in which a family's message waits.
BATCH = 200
# Kept as a proof of what a number's owner has agreed to; and what goes with the row that it belongs to.
NEVER = frozenset({"consents", "consent_notices"})
WITH_ANOTHER = frozenset({"buttons", "hints", "ticket_steps", "crisis_steps"})

Condition = ColumnElement[bool]
NOTHING: Mapping[str, None] = MappingProxyType({})


@dataclass(frozen=True)
class Rule:
    """Which rows of a table are due at a moment; `blank` empties columns where the row itself stays."""

    kind: str
    table: Table
    due: Callable[[Retention, datetime], Condition]
    blank: Mapping[str, None] = field(default_factory=lambda: NOTHING)


def _needed() -> Condition:
    """A cry for help in the conversation that no person has looked at yet, or that puts it on hold."""
    waits = exists().where(
        HANDOFFS.c.conversation == CONVERSATIONS.c.id, HANDOFFS.c.status != "closed", HANDOFFS.c.priority
    )
    return or_(waits, on_hold(CONVERSATIONS.c.id))


def _messages(kept: Retention, now: datetime) -> Condition:
    needed = exists().where(CONVERSATIONS.c.id == MESSAGES.c.conversation, _needed())
    return and_(MESSAGES.c.at <= now - kept.chat, ~needed)


def _ratings(kept: Retention, now: datetime) -> Condition:
    held = exists().where(MESSAGES.c.id == FEEDBACK.c.message, on_hold(MESSAGES.c.conversation))
    return and_(FEEDBACK.c.at <= now - kept.chat, ~held)


def _handoffs(kept: Retention, now: datetime) -> Condition:
    closed = and_(HANDOFFS.c.status == "closed", HANDOFFS.c.closed_at <= now - kept.chat)
    # By its number staff find what is on hold.
    return and_(closed, ~on_hold(HANDOFFS.c.conversation))


def _crisis_records(kept: Retention, now: datetime) -> Condition:
    return and_(CRISIS_ALERTS.c.at <= now - kept.record, ~(CRISIS_ALERTS.c.conversation.is_not(None) & HOLDS))


def _conversations(kept: Retention, now: datetime) -> Condition:
    since = now - kept.chat
    newer = exists().where(MESSAGES.c.conversation == CONVERSATIONS.c.id, MESSAGES.c.at > since)
    return and_(CONVERSATIONS.c.seen_at <= since, ~newer, ~_needed())


def _tokens(kept: Retention, now: datetime) -> Condition:
    # What is on hold stays longer than families were told, and then for staff alone.
    silent = CONVERSATIONS.c.seen_at <= now - kept.chat
    return and_(CONVERSATIONS.c.token_hash.is_not(None), or_(tokens.worn_out(now), silent))


def _phones(kept: Retention, now: datetime) -> Condition:
    since = now - kept.chat
    newer = exists().where(MESSAGES.c.conversation == PHONES.c.conversation, MESSAGES.c.at > since)
    # Who wants no texts must not get any because we forgot so.
    wants_texts = PHONES.c.opted_out_at.is_(None)
    needed = exists().where(CONVERSATIONS.c.id == PHONES.c.conversation, _needed())
    return and_(PHONES.c.seen_at <= since, wants_texts, ~newer, ~needed)


def _ended(period: Callable[[Retention], timedelta]) -> Callable[[Retention, datetime], Condition]:
    def due(kept: Retention, now: datetime) -> Condition:
        return and_(TICKETS.c.status.in_(FINISHED), TICKETS.c.updated_at <= now - period(kept))

    return due


_contact_is_over = _ended(lambda kept: kept.contact)


def _contacts(kept: Retention, now: datetime) -> Condition:
    told = or_(TICKETS.c.contact.is_not(None), TICKETS.c.student_name.is_not(None))
    return and_(_contact_is_over(kept, now), told)


def _notes(kept: Retention, now: datetime) -> Condition:
    return exists().where(TICKETS.c.id == TICKET_NOTES.c.ticket, _contact_is_over(kept, now))


# In this order: what a row refers to goes after it, so that no deletion draws thousands of others along.
RULES: tuple[Rule, ...] = (
    Rule("messages", MESSAGES, _messages),
    Rule("ratings", FEEDBACK, _ratings),
    Rule("unanswered questions", UNANSWERED_QUESTIONS, lambda kept, now: UNANSWERED_QUESTIONS.c.at <= now - kept.chat),
    Rule("texts received", RECEIVED_TEXTS, lambda kept, now: RECEIVED_TEXTS.c.at <= now - kept.chat),
    Rule("texts sent", OUTBOX, lambda kept, now: OUTBOX.c.created_at <= now - kept.chat),
    Rule("staff notices", STAFF_NOTICES, lambda kept, now: STAFF_NOTICES.c.created_at <= now - kept.chat),
    Rule("hand-offs", HANDOFFS, _handoffs),
    Rule("conversations", CONVERSATIONS, _conversations),
    Rule("tokens", CONVERSATIONS, _tokens, blank=MappingProxyType({"token_hash": None, "origin": None})),
    Rule(
        "readable numbers",
        PHONES,
        lambda kept, now: phones.forgettable(now),  # noqa: ARG005
        blank=MappingProxyType({"sealed": None}),
    ),
    Rule("numbers", PHONES, _phones),
    # They may end with the contact of whoever added them.
    Rule("notes of ended tickets", TICKET_NOTES, _notes),
    Rule(
        "contacts of ended tickets",
        TICKETS,
        _contacts,
        blank=MappingProxyType({"contact": None, "student_name": None}),
    ),
    Rule("ended tickets", TICKETS, _ended(lambda kept: kept.ticket)),
    Rule(
        "ticket look-ups",
        LOOKUP_TRIES,
        lambda kept, now: LOOKUP_TRIES.c.since <= now - lookup_tries.WINDOW,  # noqa: ARG005
    ),
    Rule("crisis records", CRISIS_ALERTS, _crisis_records),
    Rule("counted votes", ARTICLE_FEEDBACK, lambda kept, now: ARTICLE_FEEDBACK.c.day <= (now - kept.record).date()),
)


def count(session: Session, kept: Retention, now: datetime) -> dict[str, int]:
    """How many rows of each kind are due, before anything is deleted."""
    return {
        rule.kind: session.scalar(select(func.count()).select_from(rule.table).where(rule.due(kept, now))) or 0
        for rule in RULES
    }


def purge_batch(session: Session, rule: Rule, kept: Retention, now: datetime, most: int = BATCH) -> int:
    """Delete, or blank, `most` of the rows that are due; how many it were.

    A row that another transaction holds is left to the next time.
    """
    [key] = rule.table.primary_key.columns
    batch = select(key).where(rule.due(kept, now)).limit(most).with_for_update(skip_locked=True, of=rule.table)
    chosen = key.in_(session.scalars(batch).all())
    statement = update(rule.table).where(chosen).values(rule.blank) if rule.blank else delete(rule.table).where(chosen)
    return session.connection().execute(statement).rowcount
