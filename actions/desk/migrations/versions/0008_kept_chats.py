"""How long a family wants its chat to stay open, and what numbers were told when they agreed to get texts."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("extended_at", sa.DateTime(timezone=True)))
    op.add_column("conversations", sa.Column("kept_at", sa.DateTime(timezone=True)))
    op.create_table(
        "consent_notices",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("consents", sa.Column("notice", sa.Text))


def downgrade() -> None:
    op.drop_column("consents", "notice")
    op.drop_table("consent_notices")
    op.drop_column("conversations", "kept_at")
    op.drop_column("conversations", "extended_at")
