"""Campaigns that go by a messenger: to which handles, what they say, and which command sends each copy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity

revision = "0073"
down_revision = "0072"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("campaigns") as table:
        table.add_column(sa.Column("handle", sa.String(), nullable=False, server_default="mail"))
    with op.batch_alter_table("campaigns") as table:
        table.alter_column("handle", server_default=None)
    with op.batch_alter_table("campaign_contents") as table:
        table.add_column(sa.Column("message", Document, nullable=True))
    with op.batch_alter_table("deliveries") as table:
        table.add_column(sa.Column("outgoing_id", Identity, nullable=True))
        table.create_foreign_key("fk_deliveries_outgoing_id_outbox", "outbox", ["outgoing_id"], ["id"])
        table.create_unique_constraint(op.f("uq_deliveries_outgoing_id"), ["outgoing_id"])


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("deliveries") as table:
        table.drop_constraint(op.f("uq_deliveries_outgoing_id"), type_="unique")
        table.drop_constraint("fk_deliveries_outgoing_id_outbox", type_="foreignkey")
        table.drop_column("outgoing_id")
    with op.batch_alter_table("campaign_contents") as table:
        table.drop_column("message")
    with op.batch_alter_table("campaigns") as table:
        table.drop_column("handle")
