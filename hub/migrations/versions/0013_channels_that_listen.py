"""Channels that listen: how they are, and which node listens to which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0013"
down_revision = "0012"

MOMENTS = ("up_at", "heard_at", "unheard_at", "trouble_at", "refused_at")


def upgrade() -> None:
    """Make it so."""
    for name in MOMENTS:
        op.add_column("channels", sa.Column(name, Moment(), nullable=True))
    op.add_column("channels", sa.Column("trouble", sa.String(), nullable=True))
    op.create_table(
        "channel_leases",
        sa.Column("channel_id", Identity, nullable=False, autoincrement=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_channel_leases_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_channel_leases")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("channel_leases")
    op.drop_column("channels", "trouble")
    for name in MOMENTS:
        op.drop_column("channels", name)
