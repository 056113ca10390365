"""Indexes by which promises and planned tasks are counted, and the versions of policies and calendars."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0004"
down_revision = "0003"

INDEXES = (
    ("ix_tasks_planned", "tasks", "planned_for"),
    ("ix_tasks_done", "tasks", "done_at"),
    ("ix_deadlines_met", "deadlines", "met_at"),
    ("ix_deadlines_breached", "deadlines", "breached_at"),
)


def upgrade() -> None:
    """Make it so."""
    for name, table, column in INDEXES:
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, table, [column], postgresql_where=there, sqlite_where=there)
    op.create_table(
        "versions",
        sa.Column("id", Identity, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", Identity, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("user_id", Identity, nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("content", Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
    )
    op.create_index("ix_versions_record", "versions", ["kind", "record_id", "id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("versions")
    for name, table, _column in INDEXES:
        op.drop_index(name, table)
