"""Calls, as their PBX tells them, and how often a task was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0014"
down_revision = "0013"

REFERS = {"channel_id": "channels", "contact_id": "contacts", "interaction_id": "interactions", "task_id": "tasks",
          "department_id": "departments", "placed_by": "users"}  # fmt: skip
TEXTS = ("key", "direction", "written", "name", "dialled", "queue", "recording", "own")
LISTS = ("rang", "ringing", "talking", "talks", "transfers")
PARTIAL = (
    ("ix_calls_live", "channel_id", "ended_at IS NULL"),
    ("ix_calls_unknown", "customer", "contact_id IS NULL"),
)


def upgrade() -> None:
    """Make it so."""
    op.add_column("tasks", sa.Column("times", Identity, nullable=False, server_default="1"))
    op.create_table(
        "calls",
        sa.Column("id", Identity, nullable=False),
        *(sa.Column(name, Identity, nullable=name != "channel_id") for name in REFERS),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("customer", "outcome", "ended_by")),
        *(sa.Column(name, Document, nullable=False) for name in LISTS),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("withheld", "on_hold", "recorded")),
        sa.Column("number", Identity, nullable=False),
        sa.Column("holds", Identity, nullable=False),
        sa.Column("cause", Identity, nullable=True),
        sa.Column("gap", sa.Double(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_calls_{name}_{table}"))
            for name, table in REFERS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq_calls_channel_id_key")),
    )
    op.create_index(op.f("ix_calls_interaction_id"), "calls", ["interaction_id"])
    op.create_index("ix_calls_contact", "calls", ["contact_id", "started_at"])
    op.create_index("ix_calls_started", "calls", ["started_at", "id"])
    for name, column, where in PARTIAL:
        op.create_index(name, "calls", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Take it back."""
    op.drop_table("calls")
    op.drop_column("tasks", "times")
