"""Each version of what a campaign says keeps when, and to whom of us, its test was sent.

Of those of before nobody knows it: who looked at one has done so, and what nobody looked at yet is sent once more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0088"
down_revision = "0087"


def upgrade() -> None:
    """Make it so."""
    op.add_column("campaign_contents", sa.Column("test_at", Moment(), nullable=True))
    op.add_column("campaign_contents", sa.Column("test_to", sa.String(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("campaign_contents", "test_to")
    op.drop_column("campaign_contents", "test_at")
