"""When staff last looked at a legal hold and kept it, and when they were last reminded to."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = ("hold_reviewed_at", "hold_reminded_at")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("crisis_alerts", sa.Column(name, sa.DateTime(timezone=True)))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("crisis_alerts", name)
