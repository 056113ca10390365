"""Letters: what of a mail does not fit on an interaction; files that stand within a text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0027"
down_revision = "0026"

LETTERS = "letters"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        LETTERS,
        sa.Column("interaction_id", Identity, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("message_id", "in_reply_to")),
        sa.Column("references", Document, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("sender_name", "sender")),
        *(sa.Column(name, Document, nullable=False) for name in ("to", "cc", "reply_to")),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("list_id", sa.String(), nullable=False),
        *(sa.Column(name, Document, nullable=False) for name in ("verdicts", "bounces")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("text", "html")),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_letters_interaction_id_interactions")
        ),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_letters")),
    )
    op.create_index(op.f("ix_letters_message_id"), LETTERS, ["message_id"])
    op.add_column("attachments", sa.Column("inline", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("attachments", sa.Column("content_id", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take it back; the rest of each letter is forgotten."""
    for name in ("content_id", "inline"):
        op.drop_column("attachments", name)
    op.drop_table(LETTERS)
