"""A refusal has a cause, of which that we are to blame is one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0085"
down_revision = "0084"

TABLES = ("outbox", "chat_fates")


def upgrade() -> None:
    """Make it so. In no batch: SQLite would write tables anew to which others refer."""
    for table in TABLES:
        op.add_column(table, sa.Column("cause", sa.String(), nullable=False, server_default=""))
        op.execute(f"UPDATE {table} SET cause = 'ours' WHERE ours")  # noqa: S608 - one of the two above
        op.drop_column(table, "ours")


def downgrade() -> None:
    """Take it back; that somebody wants no advertising is not told any more."""
    for table in TABLES:
        op.add_column(table, sa.Column("ours", sa.Boolean(), nullable=False, server_default=sa.false()))
        op.execute(f"UPDATE {table} SET ours = TRUE WHERE cause = 'ours'")  # noqa: S608 - one of the two above
        op.drop_column(table, "cause")
