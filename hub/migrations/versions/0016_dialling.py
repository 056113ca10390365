"""Calls that we place and command, who does not want to be called, and when people are called at all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0016"
down_revision = "0015"

PLACED = "placed_by IS NOT NULL"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("command_id", Identity, nullable=True))
        calls.add_column(sa.Column("trouble", sa.String(), nullable=False, server_default=""))
        calls.add_column(sa.Column("told_at", Moment(), nullable=True))
        calls.add_column(sa.Column("silenced", sa.Boolean(), nullable=False, server_default=sa.false()))
        calls.add_column(sa.Column("picked_up", sa.Boolean(), nullable=False, server_default=sa.false()))
        calls.add_column(sa.Column("inside", Document, nullable=False, server_default="[]"))
        calls.add_column(sa.Column("parked", sa.String(), nullable=False, server_default=""))
        calls.create_foreign_key(op.f("fk_calls_command_id_outbox"), "outbox", ["command_id"], ["id"])
    op.create_index("ix_calls_placed", "calls", ["placed_by", "started_at"],
                    sqlite_where=sa.text(PLACED), postgresql_where=sa.text(PLACED))  # fmt: skip
    op.create_table(
        "do_not_call",
        sa.Column("id", Identity, nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("by", Identity, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_do_not_call_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_do_not_call_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_do_not_call")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_do_not_call_contact_id")),
    )
    op.add_column("company", sa.Column("calls_from", sa.String(), nullable=False, server_default="08:00"))
    op.add_column("company", sa.Column("calls_until", sa.String(), nullable=False, server_default="20:00"))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("company", "calls_until")
    op.drop_column("company", "calls_from")
    op.drop_table("do_not_call")
    op.drop_index("ix_calls_placed", "calls")
    with op.batch_alter_table("calls") as calls:
        for name in ("inside", "parked", "picked_up", "silenced", "told_at", "trouble", "command_id"):
            calls.drop_column(name)
