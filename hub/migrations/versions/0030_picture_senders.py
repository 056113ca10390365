"""Senders whose pictures from outside are shown without asking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0030"
down_revision = "0029"

TABLE = "picture_senders"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        TABLE,
        sa.Column("id", Identity, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("by", Identity, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_picture_senders_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture_senders")),
        sa.UniqueConstraint("address", name=op.f("uq_picture_senders_address")),
    )


def downgrade() -> None:
    """Take it back; pictures wait again until they are asked for."""
    op.drop_table(TABLE)
