"""First tables: conversations, messages, buttons, tickets, hand-offs, unanswered questions, crisis alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_conversations()
    _create_messages()
    _create_tickets()
    _create_handoffs()
    _create_what_staff_reads()


def downgrade() -> None:
    for table in (
        "crisis_alerts",
        "unanswered_questions",
        "handoffs",
        "ticket_notes",
        "ticket_steps",
        "tickets",
        "buttons",
        "messages",
        "conversations",
    ):
        op.drop_table(table)


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, unique=True),
        sa.Column("language", sa.Text),
        sa.Column("language_chosen", sa.Boolean, nullable=False),
        sa.Column("asks", sa.Text),
        sa.Column("wrong_lookups", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", COUNT, primary_key=True),
        _conversation("CASCADE", nullable=False),
        sa.Column("client_id", sa.Text),
        sa.Column("answers_to", COUNT, sa.ForeignKey("messages.id", ondelete="CASCADE")),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("payload", sa.Text),
        sa.Column("articles", sa.JSON, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_messages_conversation_client_id", "messages", ["conversation", "client_id"], unique=True)
    op.create_index("ix_messages_conversation_id", "messages", ["conversation", "id"])
    op.create_index("ix_messages_answers_to", "messages", ["answers_to"])
    unfinished = sa.text("NOT done")
    op.create_index("ix_messages_unfinished", "messages", ["at"], sqlite_where=unfinished, postgresql_where=unfinished)
    op.create_table(
        "buttons",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("message", COUNT, sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
    )
    op.create_index("ix_buttons_message", "buttons", ["message"])


def _create_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", COUNT, primary_key=True),
        sa.Column("number", sa.Text, nullable=False, unique=True),
        sa.Column("request_id", sa.Text, nullable=False, unique=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("article", sa.Text),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("asset_tag", sa.Text),
        sa.Column("school", sa.Text),
        sa.Column("student_name", sa.Text),
        sa.Column("contact", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        _conversation("SET NULL"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tickets_asset_tag", "tickets", ["asset_tag"])
    op.create_index("ix_tickets_conversation", "tickets", ["conversation"])
    op.create_table(
        "ticket_steps",
        sa.Column("ticket", COUNT, sa.ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
    )
    op.create_table(
        "ticket_notes",
        sa.Column("id", COUNT, primary_key=True),
        sa.Column("ticket", COUNT, sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
        _conversation("SET NULL"),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ticket_notes_ticket", "ticket_notes", ["ticket"])
    op.create_index("ix_ticket_notes_conversation", "ticket_notes", ["conversation"])


def _create_handoffs() -> None:
    op.create_table(
        "handoffs",
        sa.Column("id", COUNT, primary_key=True),
        _conversation("CASCADE", nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("priority", sa.Boolean, nullable=False),
        sa.Column("staff", sa.Text),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_message", COUNT),
        sqlite_autoincrement=True,
    )
    still_open = sa.text("status <> 'closed'")
    op.create_index(
        "uq_handoffs_open",
        "handoffs",
        ["conversation"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index("ix_handoffs_conversation_id", "handoffs", ["conversation", "id"])
    op.create_index("ix_handoffs_status", "handoffs", ["status"])


def _create_what_staff_reads() -> None:
    op.create_table(
        "unanswered_questions",
        sa.Column("id", COUNT, primary_key=True),
        _conversation("CASCADE"),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_unanswered_questions_conversation", "unanswered_questions", ["conversation"])
    op.create_table(
        "crisis_alerts",
        sa.Column("id", COUNT, primary_key=True),
        _conversation("SET NULL"),
        sa.Column("message", COUNT, sa.ForeignKey("messages.id", ondelete="SET NULL"), unique=True),
        sa.Column("crisis_class", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_crisis_alerts_conversation", "crisis_alerts", ["conversation"])


def _conversation(on_delete: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column("conversation", sa.Text, sa.ForeignKey("conversations.id", ondelete=on_delete), nullable=nullable)
