"""The tables of the desk: conversations, messages, feedback, tickets, hand-offs, questions, alerts, texts, notices."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, Index, Integer, MetaData, Table, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: goes in aware, is stored as UTC, and comes back aware on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone; pass an aware datetime")
        moment = value.astimezone(UTC)
        # SQLite keeps moments as text without zone; being all UTC, they sort and compare rightly.
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


# SQLite counts by itself only in columns declared INTEGER.
Count = BigInteger().with_variant(Integer, "sqlite")
# An id that was once given is never given again, also when its row was deleted.
NEVER_REUSED = {"sqlite_autoincrement": True}


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, str: Text, list[dict[str, Any]]: JSON}


class Conversation(Base):
    """One family's talk with the desk; its mode is read from its hand-offs and not stored here."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str | None]
    language_chosen: Mapped[bool]
    asks: Mapped[str | None]
    # Wrong answers to "number and contact of the ticket?"
    wrong_lookups: Mapped[int]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    # From when its hours count, where the family has asked for more of them.
    extended_at: Mapped[datetime | None]
    # Since when the family wants it kept open for days in its browser.
    kept_at: Mapped[datetime | None]
    # A keyed hash of the address that it was begun from, where addresses are counted (see lookup_tries.py).
    origin: Mapped[str | None]


class Message(Base):
    """What the family, the assistant or a staff member said; ids grow in the order of saying."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("uq_messages_conversation_client_id", "conversation", "client_id", unique=True),
        Index("ix_messages_conversation_id", "conversation", "id"),
        Index("ix_messages_unfinished", "at", sqlite_where=text("NOT done"), postgresql_where=text("NOT done")),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    conversation: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    # The channel's own id of a family's message; empty for what the desk says.
    client_id: Mapped[str | None]
    answers_to: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    sender: Mapped[str]
    kind: Mapped[str]
    language: Mapped[str]
    text: Mapped[str]
    # What a pressed button means.
    payload: Mapped[str | None]
    articles: Mapped[list[dict[str, Any]]]
    done: Mapped[bool]
    at: Mapped[datetime]


class IssuedButton(Base):
    """A button under a message; only one that was issued in the conversation may be pressed."""

    __tablename__ = "buttons"

    id: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    title: Mapped[str]
    payload: Mapped[str]


class Ticket(Base):
    """A request to the district's technicians; it outlives the conversation, which is purged earlier."""

    __tablename__ = "tickets"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    request_id: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    kind: Mapped[str]
    article: Mapped[str | None]
    problem: Mapped[str]
    asset_tag: Mapped[str | None] = mapped_column(index=True)
    school: Mapped[str | None]
    student_name: Mapped[str | None]
    contact: Mapped[str | None]
    language: Mapped[str]
    conversation: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class TicketStep(Base):
    """A step of the article that the family tried before the ticket, in its order."""

    __tablename__ = "ticket_steps"

    ticket: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    outcome: Mapped[str]


class TicketNote(Base):
    """What was added to a ticket after it was opened."""

    __tablename__ = "ticket_notes"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    ticket: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    conversation: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)
    text: Mapped[str]
    at: Mapped[datetime]


class Handoff(Base):
    """A request for a person; at most one that is not closed in a conversation."""

    __tablename__ = "handoffs"
    __table_args__ = (
        Index(
            "uq_handoffs_open",
            "conversation",
            unique=True,
            sqlite_where=text("status <> 'closed'"),
            postgresql_where=text("status <> 'closed'"),
        ),
        Index("ix_handoffs_conversation_id", "conversation", "id"),
        Index("ix_handoffs_status", "status"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    conversation: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    status: Mapped[str]
    reason: Mapped[str]
    priority: Mapped[bool]
    staff: Mapped[str | None]
    requested_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # The conversation's latest message when it was closed: what comes after it belongs to the assistant again.
    closed_message: Mapped[int | None] = mapped_column(Count)


class Hint(Base):
    """What the page that a conversation began on says of it: the device whose label was scanned, the school."""

    __tablename__ = "hints"

    conversation: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    asset_tag: Mapped[str | None]
    school: Mapped[str | None]


class Feedback(Base):
    """Whether a family found an answer helpful, once a message; a later word replaces the earlier one."""

    __tablename__ = "feedback"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    message: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), unique=True)
    helpful: Mapped[bool]
    # Masked.
    reason: Mapped[str | None]
    at: Mapped[datetime]


class UnansweredQuestion(Base):
    """A question that no article answered, for the staff who write them."""

    __tablename__ = "unanswered_questions"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    conversation: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    language: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


class CrisisAlert(Base):
    """A message that the crisis screen caught; holds no words, and outlives the conversation."""

    __tablename__ = "crisis_alerts"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    conversation: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)
    message: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"), unique=True)
    crisis_class: Mapped[str]
    at: Mapped[datetime]
    # From when on its conversation may be deleted, where its class keeps it (see holds.py).
    hold_lifted_at: Mapped[datetime | None]
    # When staff last looked at the hold and kept it, and when they were last reminded to.
    hold_reviewed_at: Mapped[datetime | None]
    hold_reminded_at: Mapped[datetime | None]


class CrisisStep(Base):
    """What became of an alert: who was told by which path, who took it; goes with the alert."""

    __tablename__ = "crisis_steps"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    alert: Mapped[int] = mapped_column(ForeignKey("crisis_alerts.id", ondelete="CASCADE"), index=True)
    step: Mapped[str]
    # The contact's address or number, or a staff member's name.
    who: Mapped[str | None]
    path: Mapped[str | None]
    at: Mapped[datetime]


class Phone(Base):
    """A number that texts with us, by its keyed hash; readable (`sealed`) only while there is something to answer."""

    __tablename__ = "phones"

    id: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[str | None]
    conversation: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)
    # Since when it wants no texts; empty while it does.
    opted_out_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]


class Consent(Base):
    """What a number's owner has said about getting texts, kept as a proof; outlives number and conversation."""

    __tablename__ = "consents"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    phone: Mapped[str] = mapped_column(index=True)
    consent: Mapped[str]
    wording: Mapped[str]
    source: Mapped[str]
    at: Mapped[datetime]
    # What we told the number about getting texts when it said so; its wording stands under this id.
    notice: Mapped[str | None]


class ConsentNotice(Base):
    """A wording of ours about getting texts as numbers were told it, kept as long as the proofs that name it."""

    __tablename__ = "consent_notices"

    id: Mapped[str] = mapped_column(primary_key=True)
    wording: Mapped[str]
    # When a number was first told it.
    at: Mapped[datetime]


class ReceivedText(Base):
    """A text message as it came; texts that come in a burst become one message of the conversation."""

    __tablename__ = "received_texts"
    __table_args__ = (
        Index("ix_received_texts_untaken", "phone", sqlite_where=text("NOT taken"), postgresql_where=text("NOT taken")),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    sid: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str] = mapped_column(ForeignKey("phones.id", ondelete="CASCADE"))
    # Masked; emptied once it is part of a message.
    text: Mapped[str]
    masked: Mapped[bool]
    pictures: Mapped[bool]
    crisis_class: Mapped[str | None]
    taken: Mapped[bool]
    at: Mapped[datetime]


class OutboxText(Base):
    """A message, or a part of it, that goes out as a text message; ids grow in the order of sending to a number."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("uq_outbox_message_part", "message", "part", unique=True),
        Index("ix_outbox_phone_id", "phone", "id"),
        Index(
            "ix_outbox_unsent",
            "phone",
            sqlite_where=text("status IN ('waiting', 'sending')"),
            postgresql_where=text("status IN ('waiting', 'sending')"),
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    phone: Mapped[str] = mapped_column(ForeignKey("phones.id", ondelete="CASCADE"))
    message: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    part: Mapped[int]
    status: Mapped[str]
    # What was, or is being, handed to Twilio; empty before.
    body: Mapped[str | None]
    attempts: Mapped[int]
    # Not before this moment; while it is being sent, the moment from which another process may take it over.
    due_at: Mapped[datetime]
    sid: Mapped[str | None] = mapped_column(index=True)
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)


class ArticleFeedback(Base):
    """How many readers gave an answer about an article on a day; nothing tells who they were."""

    __tablename__ = "article_feedback"
    __table_args__ = (Index("uq_article_feedback", "day", "article", "language", "answer", unique=True),)

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    day: Mapped[date]
    article: Mapped[str]
    language: Mapped[str]
    answer: Mapped[str]
    count: Mapped[int]


class LookupTries(Base):
    """Wrong guesses at a ticket's contact, for a ticket number or the keyed hash of a phone or an address.

    Counted up to the moment `since`; what has come back after it is not taken off yet.
    """

    __tablename__ = "lookup_tries"

    id: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int]
    since: Mapped[datetime]


class StaffNotice(Base):
    """Something that a staff member is told by mail or text about a hand-off; holds no words of the family."""

    __tablename__ = "staff_notices"
    __table_args__ = (
        Index(
            "ix_staff_notices_unsent",
            "due_at",
            sqlite_where=text("status IN ('waiting', 'sending')"),
            postgresql_where=text("status IN ('waiting', 'sending')"),
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Count, primary_key=True)
    handoff: Mapped[int] = mapped_column(ForeignKey("handoffs.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    crisis_class: Mapped[str | None]
    # `mail` or `sms`, and the address or number there.
    path: Mapped[str]
    recipient: Mapped[str]
    # Whether it was told before.
    again: Mapped[bool]
    status: Mapped[str]
    attempts: Mapped[int]
    # Not before this moment; while it is being sent, the moment from which another process may take it over.
    due_at: Mapped[datetime]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


# The tables without the object mapper, for the statements that every turn runs.
CONVERSATIONS = _table(Conversation)
MESSAGES = _table(Message)
BUTTONS = _table(IssuedButton)
TICKETS = _table(Ticket)
TICKET_STEPS = _table(TicketStep)
TICKET_NOTES = _table(TicketNote)
HANDOFFS = _table(Handoff)
HINTS = _table(Hint)
FEEDBACK = _table(Feedback)
UNANSWERED_QUESTIONS = _table(UnansweredQuestion)
CRISIS_ALERTS = _table(CrisisAlert)
CRISIS_STEPS = _table(CrisisStep)
PHONES = _table(Phone)
CONSENTS = _table(Consent)
CONSENT_NOTICES = _table(ConsentNotice)
RECEIVED_TEXTS = _table(ReceivedText)
OUTBOX = _table(OutboxText)
STAFF_NOTICES = _table(StaffNotice)
ARTICLE_FEEDBACK = _table(ArticleFeedback)
LOOKUP_TRIES = _table(LookupTries)
