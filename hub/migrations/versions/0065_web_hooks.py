"""Web hooks: programs of others that processes tell of deals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0065"
down_revision = "0062"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "web_hooks",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_hooks")),
        sa.UniqueConstraint("name", name=op.f("uq_web_hooks_name")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("web_hooks")
