"""A sequence keeps within which hours its letters leave; day and night, until somebody settles it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0092"
down_revision = "0091"


def upgrade() -> None:
    """Make it so."""
    for name in ("hours_from", "hours_until"):
        op.add_column("sequences", sa.Column(name, sa.String(), nullable=False, server_default="00:00"))


def downgrade() -> None:
    """Take it back."""
    for name in ("hours_until", "hours_from"):
        op.drop_column("sequences", name)
