"""Recordings of calls, what is written about them, and who hears them for how long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0018"
down_revision = "0017"

PARTIAL = (
    ("ix_recordings_due", "due_at", "due_at IS NOT NULL"),
    ("ix_recordings_old", "ended_at", "forgotten_at IS NULL"),
)


def upgrade() -> None:
    """Make it so."""
    op.add_column(
        "departments", sa.Column("recordings_heard_by", sa.String(), nullable=False, server_default="talked")
    )
    op.add_column("departments", sa.Column("recordings_days", Identity, nullable=False, server_default="90"))
    op.create_table(
        "recordings",
        sa.Column("id", Identity, nullable=False),
        *(sa.Column(name, Identity, nullable=False) for name in ("call_id", "channel_id")),
        sa.Column("name", sa.String(), nullable=False),
        *(sa.Column(name, Moment(), nullable=False) for name in ("ended_at", "asked_at")),
        *(sa.Column(name, Moment(), nullable=True) for name in ("due_at", "kept_at", "forgotten_at")),
        sa.Column("attempts", Identity, nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("error", "blob", "type")),
        sa.Column("size", Identity, nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("peaks", Document, nullable=False),
        sa.Column("lines", Document, nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_recordings_call_id_calls")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_recordings_channel_id_channels")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("call_id", name=op.f("uq_recordings_call_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_recordings_blob"), "recordings", ["blob"])
    for name, column, where in PARTIAL:
        op.create_index(
            name, "recordings", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    op.create_table(
        "recording_remarks",
        sa.Column("id", Identity, nullable=False),
        sa.Column("recording_id", Identity, nullable=False),
        sa.Column("second", sa.Double(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by", Identity, nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_recording_remarks_recording_id_recordings")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_recording_remarks_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_remarks")),
    )
    op.create_index(op.f("ix_recording_remarks_recording_id"), "recording_remarks", ["recording_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("recording_remarks")
    op.drop_table("recordings")
    op.drop_column("departments", "recordings_days")
    op.drop_column("departments", "recordings_heard_by")
