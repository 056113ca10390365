"""An admin vouches for a mail server that signs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    """Make it so."""
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
