"""Letters that leave: commands that take their time, and what was not as it should be."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Make it so."""
    op.add_column("outbox", sa.Column("patient", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("outbox", sa.Column("remark", sa.String(), nullable=True))


def downgrade() -> None:
    """Take it back; letters that wait are tried once."""
    op.drop_column("outbox", "remark")
    op.drop_column("outbox", "patient")
