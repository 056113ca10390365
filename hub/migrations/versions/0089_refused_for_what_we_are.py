"""Each copy keeps when it was refused for what we are: it waits then for a person, and lots are looked at together.

Of those of before the code of the mail server tells it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0089"
down_revision = "0088"


def upgrade() -> None:
    """Make it so."""
    op.add_column("deliveries", sa.Column("ours_at", Moment(), nullable=True))
    op.execute(
        "UPDATE deliveries SET ours_at = bounced_at "
        "WHERE bounced_at IS NOT NULL AND (code LIKE '5.7.%' OR code IN ('5.1.7', '5.1.8'))"
    )
    where = sa.text("ours_at IS NOT NULL")
    op.create_index(
        "ix_deliveries_ours", "deliveries", ["campaign_id", "id"], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_deliveries_ours", "deliveries")
    op.drop_column("deliveries", "ours_at")
