"""Files of addresses that go into the ledger lot by lot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0071"
down_revision = "0069"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "consent_files",
        sa.Column("id", Identity, nullable=False),
        sa.Column("list_id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        *(sa.Column(name, Identity, nullable=False) for name in ("total", "made", "same", "left_out")),
        sa.Column("by", Identity, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_consent_files_by_users")),
        sa.ForeignKeyConstraint(
            ["list_id"], ["mailing_lists.id"], name=op.f("fk_consent_files_list_id_mailing_lists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_files")),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_consent_files_due", "consent_files", ["due_at"], sqlite_where=due, postgresql_where=due
    )
    op.create_index("ix_consent_files_list", "consent_files", ["list_id", "id"])
    op.create_table(
        "consent_file_parts",
        sa.Column("id", Identity, nullable=False),
        sa.Column("file_id", Identity, nullable=False),
        sa.Column("addresses", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["consent_files.id"], name=op.f("fk_consent_file_parts_file_id_consent_files")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_file_parts")),
    )
    op.create_index(op.f("ix_consent_file_parts_file_id"), "consent_file_parts", ["file_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("consent_file_parts")
    op.drop_table("consent_files")
