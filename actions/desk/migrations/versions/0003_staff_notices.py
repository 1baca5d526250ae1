"""What staff are told about hand-offs, by mail and text: an outbox of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff_notices",
        sa.Column("id", COUNT, primary_key=True),
        sa.Column("handoff", COUNT, sa.ForeignKey("handoffs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("crisis_class", sa.Text),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("again", sa.Boolean, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_staff_notices_handoff", "staff_notices", ["handoff"])
    unsent = sa.text("status IN ('waiting', 'sending')")
    op.create_index(
        "ix_staff_notices_unsent", "staff_notices", ["due_at"], sqlite_where=unsent, postgresql_where=unsent
    )


def downgrade() -> None:
    op.drop_table("staff_notices")
