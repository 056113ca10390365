"""The wallboard: what channels show, how departments use it, and what was asked of telephones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "boards",
        sa.Column("channel_id", Identity, nullable=False, autoincrement=False),
        sa.Column("board", Document, nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_boards_channel_id_channels")),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_boards")),
    )
    for column in (
        sa.Column("answered_within", Identity, nullable=False, server_default="20"),
        sa.Column("pause_reasons", Document, nullable=False, server_default="[]"),
        sa.Column("listening", sa.String(), nullable=False, server_default="never"),
    ):
        op.add_column("departments", column)
    op.create_table(
        "telephone_orders",
        sa.Column("id", Identity, nullable=False),
        sa.Column("outgoing_id", Identity, nullable=False),
        sa.Column("by", Identity, nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["outgoing_id"], ["outbox.id"], name=op.f("fk_telephone_orders_outgoing_id_outbox")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_telephone_orders_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephone_orders")),
        sa.UniqueConstraint("outgoing_id", name=op.f("uq_telephone_orders_outgoing_id")),
    )
    op.create_index(op.f("ix_telephone_orders_by"), "telephone_orders", ["by"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("telephone_orders")
    for name in ("listening", "pause_reasons", "answered_within"):
        op.drop_column("departments", name)
    op.drop_table("boards")
