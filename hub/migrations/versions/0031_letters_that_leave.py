"""Letters of ours: how each leaves, what mail servers report of it, and drafts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0031"
down_revision = "0030"

SENDINGS, REPORTS, DRAFTS, FILES = "sendings", "letter_reports", "letter_drafts", "letter_draft_files"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        SENDINGS,
        sa.Column("interaction_id", Identity, nullable=False),
        sa.Column("outgoing_id", Identity, nullable=False),
        sa.Column("wanted", Document, nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("closed_id", Identity, nullable=True),
        sa.Column("met", Document, nullable=False),
        sa.Column("told_id", Identity, nullable=True),
        _key(SENDINGS, "interaction_id", "interactions"),
        _key(SENDINGS, "outgoing_id", "outbox"),
        _key(SENDINGS, "closed_id", "tasks"),
        _key(SENDINGS, "told_id", "tasks"),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_sendings")),
        sa.UniqueConstraint("outgoing_id", name=op.f("uq_sendings_outgoing_id")),
    )
    op.create_table(
        REPORTS,
        sa.Column("id", Identity, nullable=False),
        sa.Column("interaction_id", Identity, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "recipient")),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        _key(REPORTS, "interaction_id", "interactions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_reports")),
    )
    op.create_index(op.f("ix_letter_reports_interaction_id"), REPORTS, ["interaction_id"])
    op.create_index("ix_letter_reports_recipient", REPORTS, ["recipient", "id"])
    op.create_table(
        DRAFTS,
        sa.Column("id", Identity, nullable=False),
        *(sa.Column(name, Identity, nullable=False) for name in ("user_id", "contact_id", "channel_id")),
        *(sa.Column(name, Identity, nullable=True) for name in ("conversation_id", "about_id")),
        *(sa.Column(name, sa.String(), nullable=False)
          for name in ("how", "to", "cc", "blind", "subject", "body")),
        sa.Column("quotes", sa.Boolean(), nullable=False),
        sa.Column("seen_id", Identity, nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        _key(DRAFTS, "user_id", "users"),
        _key(DRAFTS, "contact_id", "contacts"),
        _key(DRAFTS, "channel_id", "channels"),
        _key(DRAFTS, "conversation_id", "conversations"),
        _key(DRAFTS, "about_id", "interactions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_drafts")),
    )  # fmt: skip
    op.create_index("ix_letter_drafts_contact", DRAFTS, ["contact_id", "user_id"])
    op.create_table(
        FILES,
        sa.Column("id", Identity, nullable=False),
        sa.Column("draft_id", Identity, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "type", "blob")),
        sa.Column("size", Identity, nullable=False),
        _key(FILES, "draft_id", DRAFTS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_draft_files")),
    )
    op.create_index(op.f("ix_letter_draft_files_draft_id"), FILES, ["draft_id"])


def downgrade() -> None:
    """Take it back; what is in the outbox leaves all the same."""
    for name in (FILES, DRAFTS, REPORTS, SENDINGS):
        op.drop_table(name)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
