"""A run that is stuck is told of by a task; which one is for which run is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity

revision = "0090"
down_revision = "0089"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "run_tasks",
        sa.Column("task_id", Identity, nullable=False),
        sa.Column("run_id", Identity, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_run_tasks_task_id_tasks")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_tasks_run_id_runs")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_run_tasks")),
    )
    op.create_index(op.f("ix_run_tasks_run_id"), "run_tasks", ["run_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("run_tasks")
