"""What became of a crisis alert: who was told on which path, who took it, and until when it holds its conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "crisis_steps",
        sa.Column("id", COUNT, primary_key=True),
        sa.Column("alert", COUNT, sa.ForeignKey("crisis_alerts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("who", sa.Text),
        sa.Column("path", sa.Text),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_crisis_steps_alert", "crisis_steps", ["alert"])
    op.add_column("crisis_alerts", sa.Column("hold_lifted_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("crisis_alerts", "hold_lifted_at")
    op.drop_table("crisis_steps")
