"""A call of which nothing more is heard is taken for ended at a time that is set with the last news of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0042"
down_revision = "0041"

TABLE = "calls"
INDEX = "ix_calls_silent"
WHERE = sa.text("silent_at IS NOT NULL")


def upgrade() -> None:
    """Make it so; those that live now are told of by a PBX that says which do."""
    op.add_column(TABLE, sa.Column("silent_at", Moment(), nullable=True))
    op.create_index(INDEX, TABLE, ["silent_at"], postgresql_where=WHERE, sqlite_where=WHERE)


def downgrade() -> None:
    """Take it back."""
    op.drop_index(INDEX, TABLE)
    op.drop_column(TABLE, "silent_at")
