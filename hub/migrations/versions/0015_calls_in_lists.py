"""Calls are walked in lists: by the time they began, of one department, queue, outcome or number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

WALKED = ("department_id", "queue", "outcome", "customer")
NAMED = "task_id IS NOT NULL"


def upgrade() -> None:
    """Make it so."""
    for column in WALKED:
        op.create_index(f"ix_calls_{column.removesuffix('_id')}", "calls", [column, "started_at", "id"])
    where = sa.text(NAMED)
    op.create_index("ix_calls_task", "calls", ["task_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_calls_task", "calls")
    for column in WALKED:
        op.drop_index(f"ix_calls_{column.removesuffix('_id')}", "calls")
