"""What became one gives everybody his own again when that is taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Moment

revision = "0038"
down_revision = "0037"

TABLE = "regroupings"


def upgrade() -> None:
    """Make it so; of earlier ones nothing is known."""
    with op.batch_alter_table(TABLE) as table:
        table.add_column(sa.Column("into_closed_at", Moment(), nullable=True))
        for name in ("given", "held"):
            table.add_column(sa.Column(name, Document, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table(TABLE) as table:
        for name in ("into_closed_at", "given", "held"):
            table.drop_column(name)
