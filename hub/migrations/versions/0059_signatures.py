"""Links by which documents are signed, and templates of documents that are tried before they count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0059"
down_revision = "0057"


def upgrade() -> None:
    """Make it so."""
    _signings()
    _trials()


def _signings() -> None:
    words = ("signed_by", "address", "agent", "sha256", "declined_why")
    moments = ("opened_at", "signed_at", "declined_at", "revoked_at")
    op.create_table(
        "signings",
        sa.Column("id", Identity, nullable=False),
        sa.Column("document_id", Identity, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        sa.Column("expires_at", Moment(), nullable=False),
        *(sa.Column(name, Moment(), nullable=True) for name in moments),
        *(sa.Column(name, sa.String(), nullable=False) for name in words),
        sa.ForeignKeyConstraint(
            ["document_id"], ["deal_documents.id"], name=op.f("fk_signings_document_id_deal_documents")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_signings_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signings")),
        sa.UniqueConstraint("digest", name=op.f("uq_signings_digest")),
    )
    op.create_index("ix_signings_document", "signings", ["document_id", "id"])


def _trials() -> None:
    op.create_table(
        "document_trials",
        sa.Column("id", Identity, nullable=False),
        sa.Column("template_id", Identity, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["template_id"], ["document_templates.id"],
            name=op.f("fk_document_trials_template_id_document_templates"),
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_document_trials_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_trials")),
        sa.UniqueConstraint(
            "template_id", "language", name=op.f("uq_document_trials_template_id_language")
        ),
    )  # fmt: skip
    op.create_index("ix_document_trials_blob", "document_trials", ["blob"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("document_trials")
    op.drop_table("signings")
