"""Dates that letters propose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Make it so; letters that came before have none, until they are read again."""
    op.add_column("letters", sa.Column("invitation", Document, nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("letters", "invitation")
