"""What the further parts of an album were called, and what was heard of messages that are not here yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "chat_parts",
        sa.Column("id", Identity, nullable=False),
        sa.Column("channel_id", Identity, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("interaction_id", Identity, nullable=False),
        sa.Column("inbound_id", Identity, nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_chat_parts_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_chat_parts_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"], ["inbound.id"], name=op.f("fk_chat_parts_inbound_id_inbound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_parts")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq_chat_parts_channel_id_key")),
    )
    op.create_index("ix_chat_parts_interaction_id", "chat_parts", ["interaction_id"])
    op.create_table(
        "chat_ahead",
        sa.Column("id", Identity, nullable=False),
        sa.Column("channel_id", Identity, nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("event", Document, nullable=False),
        sa.Column("inbound_id", Identity, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_chat_ahead_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"], ["inbound.id"], name=op.f("fk_chat_ahead_inbound_id_inbound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_ahead")),
    )
    op.create_index("ix_chat_ahead_message", "chat_ahead", ["channel_id", "message"])
    op.create_index("ix_chat_ahead_at", "chat_ahead", ["at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("chat_ahead")
    op.drop_table("chat_parts")
