"""Text messages: numbers, consents, texts as they came, and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_phones()
    _create_received_texts()
    _create_outbox()


def downgrade() -> None:
    for table in ("outbox", "received_texts", "consents", "phones"):
        op.drop_table(table)


def _create_phones() -> None:
    op.create_table(
        "phones",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("sealed", sa.Text),
        sa.Column("conversation", sa.Text, sa.ForeignKey("conversations.id", ondelete="SET NULL")),
        sa.Column("opted_out_at", MOMENT),
        sa.Column("seen_at", MOMENT, nullable=False),
    )
    op.create_index("ix_phones_conversation", "phones", ["conversation"])
    op.create_table(
        "consents",
        sa.Column("id", COUNT, primary_key=True),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("consent", sa.Text, nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_phone", "consents", ["phone"])


def _create_received_texts() -> None:
    op.create_table(
        "received_texts",
        sa.Column("id", COUNT, primary_key=True),
        sa.Column("sid", sa.Text, nullable=False, unique=True),
        _phone(),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("masked", sa.Boolean, nullable=False),
        sa.Column("pictures", sa.Boolean, nullable=False),
        sa.Column("crisis_class", sa.Text),
        sa.Column("taken", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    untaken = sa.text("NOT taken")
    op.create_index(
        "ix_received_texts_untaken", "received_texts", ["phone"], sqlite_where=untaken, postgresql_where=untaken
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", COUNT, primary_key=True),
        _phone(),
        sa.Column("message", COUNT, sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("sid", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_outbox_message_part", "outbox", ["message", "part"], unique=True)
    op.create_index("ix_outbox_phone_id", "outbox", ["phone", "id"])
    op.create_index("ix_outbox_sid", "outbox", ["sid"])
    unsent = sa.text("status IN ('waiting', 'sending')")
    op.create_index("ix_outbox_unsent", "outbox", ["phone"], sqlite_where=unsent, postgresql_where=unsent)


def _phone() -> sa.Column[str]:
    return sa.Column("phone", sa.Text, sa.ForeignKey("phones.id", ondelete="CASCADE"), nullable=False)
