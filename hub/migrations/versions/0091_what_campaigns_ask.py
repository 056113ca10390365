"""A task about a campaign says what it asks for: those of before are about a stop.

Where a trial waited for a person whom nobody asked, it is looked at once more, and he is asked.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("campaign_tasks") as table:
        table.add_column(sa.Column("about", sa.String(), nullable=False, server_default="stop"))
    op.execute("UPDATE campaign_trials SET decided_at = NULL WHERE winner = '' AND decided_at IS NOT NULL")
    op.execute(
        "UPDATE campaigns SET next_at = made_at WHERE state = 'running' AND next_at IS NULL "
        "AND id IN (SELECT campaign_id FROM campaign_trials WHERE winner = '')"
    )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("campaign_tasks") as table:
        table.drop_column("about")
