"""An entry of the bank may be the same as another, which a file of another form told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity

revision = "0072"
down_revision = "0068"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("bank_entries") as table:
        table.add_column(sa.Column("maybe_id", Identity, nullable=True))
        table.create_foreign_key(
            "fk_bank_entries_maybe_id_bank_entries", "bank_entries", ["maybe_id"], ["id"]
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("bank_entries") as table:
        table.drop_constraint("fk_bank_entries_maybe_id_bank_entries", type_="foreignkey")
        table.drop_column("maybe_id")
