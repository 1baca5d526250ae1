"""From where a chat was begun, as a keyed hash: guesses at tickets are counted under it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("origin", sa.Text))


def downgrade() -> None:
    op.drop_column("conversations", "origin")
