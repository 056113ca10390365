"""Conversations are made one, split and joined, which can be taken back; and they have tags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0036"
down_revision = "0035"

TAGS, REGROUPINGS = "conversation_tags", "regroupings"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        TAGS,
        sa.Column("id", Identity, nullable=False),
        sa.Column("conversation_id", Identity, nullable=False),
        sa.Column("tag_id", Identity, nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        _refers(TAGS, "conversation_id", "conversations"),
        _refers(TAGS, "tag_id", "tags"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TAGS}")),
        sa.UniqueConstraint("conversation_id", "tag_id", name=op.f(f"uq_{TAGS}_conversation_id_tag_id")),
    )
    op.create_index(op.f(f"ix_{TAGS}_tag_id"), TAGS, ["tag_id"])
    op.create_table(
        REGROUPINGS,
        sa.Column("id", Identity, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_id", Identity, nullable=False),
        sa.Column("into_id", Identity, nullable=False),
        sa.Column("touches", Document, nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", Identity, nullable=True),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("undone_by", Identity, nullable=True),
        _refers(REGROUPINGS, "from_id", "conversations"),
        _refers(REGROUPINGS, "into_id", "conversations"),
        _refers(REGROUPINGS, "by", "users"),
        _refers(REGROUPINGS, "undone_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{REGROUPINGS}")),
    )
    for name in ("from_id", "into_id"):
        op.create_index(op.f(f"ix_{REGROUPINGS}_{name}"), REGROUPINGS, [name])


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def downgrade() -> None:
    """Take it back; what was moved stays where it is."""
    op.drop_table(REGROUPINGS)
    op.drop_table(TAGS)
