"""Channels that listen: what they missed, and whether it was found out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Make it so."""
    op.add_column("channels", sa.Column("missed_since", Moment(), nullable=True))
    for name in ("filled", "unfilled"):
        op.add_column("channels", sa.Column(name, sa.String(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    for name in ("unfilled", "filled", "missed_since"):
        op.drop_column("channels", name)
