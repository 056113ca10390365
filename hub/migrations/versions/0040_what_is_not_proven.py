"""What is not proven genuine is kept apart, and what senders are told is counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0040"
down_revision = "0039"

TABLE = "inbound"
INDEX = "ix_inbound_unproven"
APART = sa.text("unproven_at IS NOT NULL AND set_aside_at IS NOT NULL")


def upgrade() -> None:
    """Make it so; what came before was never asked for proof."""
    op.add_column(TABLE, sa.Column("unproven_at", Moment(), nullable=True))
    op.create_index(INDEX, TABLE, ["channel_id", "id", "size"], postgresql_where=APART, sqlite_where=APART)
    op.create_table(
        "answers",
        sa.Column("channel_id", Identity, nullable=False, autoincrement=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", Identity, nullable=False, autoincrement=False),
        sa.Column("count", Identity, nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_answers_channel_id_channels")),
        sa.PrimaryKeyConstraint("channel_id", "day", "status", name=op.f("pk_answers")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("answers")
    op.drop_index(INDEX, TABLE)
    op.drop_column(TABLE, "unproven_at")
