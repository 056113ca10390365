"""What became of copies is counted while they leave, and an admin vouches for a mail server that signs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0068"
down_revision = "0065"

FATES = ("bounced", "answered", "unsubscribed", "complained")


def upgrade() -> None:
    """Make it so."""
    for fate in FATES:
        known = sa.text(f"{fate}_at IS NOT NULL")
        op.create_index(f"ix_deliveries_{fate}", "deliveries", ["campaign_id", "id"],
                        sqlite_where=known, postgresql_where=known)  # fmt: skip
    with op.batch_alter_table("sending_paces") as table:
        table.add_column(sa.Column("vouched_at", Moment(), nullable=True))
        table.add_column(sa.Column("vouched_by", Identity, nullable=True))
        table.create_foreign_key("fk_sending_paces_vouched_by_users", "users", ["vouched_by"], ["id"])


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("sending_paces") as table:
        table.drop_constraint("fk_sending_paces_vouched_by_users", type_="foreignkey")
        table.drop_column("vouched_by")
        table.drop_column("vouched_at")
    for fate in FATES:
        op.drop_index(f"ix_deliveries_{fate}", "deliveries")
