"""A channel's token before this one, spam that a person took away, and what came through a channel by time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make it so. Columns are added in place: the journal is too long to be copied."""
    op.add_column("channels", sa.Column("old_token", sa.String(), nullable=True))
    op.add_column("channels", sa.Column("old_token_until", Moment(), nullable=True))
    op.add_column("inbound", sa.Column("spam_at", Moment(), nullable=True))
    op.create_index("ix_inbound_channel", "inbound", ["channel_id", "received_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_inbound_channel", "inbound")
    op.drop_column("inbound", "spam_at")
    op.drop_column("channels", "old_token_until")
    op.drop_column("channels", "old_token")
