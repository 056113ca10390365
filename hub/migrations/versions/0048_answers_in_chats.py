"""Answers in chats that somebody is writing, with the files that go along."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0048"
down_revision = "0046"

DRAFTS, FILES = "chat_drafts", "chat_draft_files"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        DRAFTS,
        sa.Column("id", Identity, nullable=False),
        sa.Column("user_id", Identity, nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("chat_id", Identity, nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("answers_id", Identity, nullable=True),
        sa.Column("buttons", sa.String(), nullable=False),
        sa.Column("turn", Identity, nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_chat_drafts_user_id_users")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_chat_drafts_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_chat_drafts_chat_id_chats")),
        sa.ForeignKeyConstraint(
            ["answers_id"], ["interactions.id"], name=op.f("fk_chat_drafts_answers_id_interactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_drafts")),
    )
    op.create_index("ix_chat_drafts_contact", DRAFTS, ["contact_id", "user_id"])
    op.create_table(
        FILES,
        sa.Column("id", Identity, nullable=False),
        sa.Column("draft_id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("size", Identity, nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["chat_drafts.id"], name=op.f("fk_chat_draft_files_draft_id_chat_drafts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_draft_files")),
    )
    op.create_index("ix_chat_draft_files_draft_id", FILES, ["draft_id"])


def downgrade() -> None:
    """Take it back."""
    for table in (FILES, DRAFTS):
        op.drop_table(table)
