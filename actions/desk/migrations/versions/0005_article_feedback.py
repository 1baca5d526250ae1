"""Whether articles helped; and the day's texts counted without reading all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "article_feedback",
        sa.Column("id", COUNT, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_index("uq_article_feedback", "article_feedback", ["day", "article", "language", "answer"], unique=True)
    op.create_index("ix_outbox_sent_at", "outbox", ["sent_at"])


def downgrade() -> None:
    op.drop_index("ix_outbox_sent_at", "outbox")
    op.drop_table("article_feedback")
