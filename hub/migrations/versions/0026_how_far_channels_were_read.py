"""How far the other side of a channel was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "channel_marks",
        sa.Column("channel_id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_channel_marks_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("channel_id", "name", name=op.f("pk_channel_marks")),
    )


def downgrade() -> None:
    """Take it back; what was read is read once more, and changes nothing."""
    op.drop_table("channel_marks")
