"""Colleagues who are named in notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0033"
down_revision = "0032"

MENTIONS = "mentions"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        MENTIONS,
        sa.Column("id", Identity, nullable=False),
        sa.Column("interaction_id", Identity, nullable=False),
        sa.Column("user_id", Identity, nullable=False),
        sa.Column("seen_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_mentions_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mentions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
        sa.UniqueConstraint("interaction_id", "user_id", name=op.f("uq_mentions_interaction_id_user_id")),
    )
    op.create_index("ix_mentions_mine", MENTIONS, ["user_id", "seen_at", "id"])


def downgrade() -> None:
    """Take it back; who was named stands in the notes."""
    op.drop_table(MENTIONS)
