"""An entry of the bank may be the same as another of another form; letters to colleagues that may not arrive."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0069"
down_revision = "0068"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("bank_entries") as table:
        table.add_column(sa.Column("maybe_id", Identity, nullable=True))
        table.create_foreign_key(
            "fk_bank_entries_maybe_id_bank_entries", "bank_entries", ["maybe_id"], ["id"]
        )
    op.create_table(
        "colleague_letters",
        sa.Column("id", Identity, nullable=False),
        sa.Column("outgoing_id", Identity, nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("to_id", Identity, nullable=False),
        sa.Column("author_id", Identity, nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("written_at", Moment(), nullable=False),
        sa.Column("told_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_colleague_letters_contact_id_contacts"
        ),
        sa.ForeignKeyConstraint(["to_id"], ["users.id"], name="fk_colleague_letters_to_id_users"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_colleague_letters_author_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_colleague_letters"),
    )
    for column in ("outgoing_id", "message_id", "contact_id"):
        op.create_index(f"ix_colleague_letters_{column}", "colleague_letters", [column])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("colleague_letters")
    with op.batch_alter_table("bank_entries") as table:
        table.drop_constraint("fk_bank_entries_maybe_id_bank_entries", type_="foreignkey")
        table.drop_column("maybe_id")
