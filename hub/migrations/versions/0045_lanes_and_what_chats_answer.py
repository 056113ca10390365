"""Commands leave in lanes; what a message of ours answered is kept, and what is told of one before we know it left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """Make it so. What was patient is a letter, or a copy of one."""
    op.add_column("outbox", sa.Column("lane", sa.String(), nullable=False, server_default="calls"))
    op.add_column("outbox", sa.Column("blocked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE outbox SET lane = 'letters' WHERE patient")
    op.drop_column("outbox", "patient")
    _answers()
    op.add_column("chats", sa.Column("delivered_to", Moment(), nullable=True))
    op.add_column("chats", sa.Column("read_to", Moment(), nullable=True))
    op.create_table(
        "chat_fates",
        sa.Column("id", Identity, nullable=False),
        sa.Column("channel_id", Identity, nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("fate", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_chat_fates_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_fates")),
    )
    op.create_index("ix_chat_fates_remote", "chat_fates", ["channel_id", "remote_id"])
    op.create_index("ix_chat_fates_told_at", "chat_fates", ["told_at"])


def _answers() -> None:
    op.create_table(
        "chat_sendings",
        sa.Column("interaction_id", Identity, nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("closed", Document, nullable=False),
        sa.Column("before", Document, nullable=True),
        sa.Column("met", Document, nullable=False),
        sa.Column("told_id", Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_chat_sendings_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(["told_id"], ["tasks.id"], name=op.f("fk_chat_sendings_told_id_tasks")),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_chat_sendings")),
    )


def downgrade() -> None:
    """Take it back; messages are tried as calls are."""
    for table in ("chat_fates", "chat_sendings"):
        op.drop_table(table)
    for column in ("delivered_to", "read_to"):
        op.drop_column("chats", column)
    op.add_column("outbox", sa.Column("patient", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text("UPDATE outbox SET patient = (lane = 'letters')"))
    for column in ("blocked", "lane"):
        op.drop_column("outbox", column)
