"""What waits in a queue, and how much everybody has to do, is counted along one index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

COLUMNS = ["assignee_id", "department_id", "created_at", "due_at", "planned_for"]


def upgrade() -> None:
    """Make it so."""
    still = sa.text("done_at IS NULL")
    op.create_index("ix_tasks_whose", "tasks", COLUMNS, sqlite_where=still, postgresql_where=still)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_tasks_whose", table_name="tasks")
