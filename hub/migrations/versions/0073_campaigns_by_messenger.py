"""Campaigns that go by a messenger: to which handles, what they say, and which command sends each copy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity

revision = "0073"
down_revision = "0072"

SOME = "outgoing_id IS NOT NULL"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("campaigns") as table:
        table.add_column(sa.Column("handle", sa.String(), nullable=False, server_default="mail"))
    with op.batch_alter_table("campaigns") as table:
        table.alter_column("handle", server_default=None)
    with op.batch_alter_table("campaign_contents") as table:
        table.add_column(sa.Column("message", Document, nullable=True))
    # Not in a batch: SQLite would write the table anew, and with it lose the triggers that count copies.
    kind = op.get_bind().dialect.type_compiler_instance.process(Identity)
    op.execute(
        f"ALTER TABLE deliveries ADD COLUMN outgoing_id {kind} "
        "CONSTRAINT fk_deliveries_outgoing_id_outbox REFERENCES outbox (id)"
    )
    op.create_index(
        "ix_deliveries_outgoing", "deliveries", ["outgoing_id"], postgresql_where=sa.text(SOME),
        sqlite_where=sa.text(SOME),
    )  # fmt: skip


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_deliveries_outgoing", "deliveries")
    with op.batch_alter_table("deliveries") as table:
        table.drop_column("outgoing_id")
    with op.batch_alter_table("campaign_contents") as table:
        table.drop_column("message")
    with op.batch_alter_table("campaigns") as table:
        table.drop_column("handle")
