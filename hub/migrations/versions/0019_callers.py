"""Callers who are treated in a way of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "listed_callers",
        sa.Column("id", Identity, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("number", "list", "why")),
        sa.Column("priority", Identity, nullable=False),
        sa.Column("by", Identity, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_listed_callers_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed_callers")),
        sa.UniqueConstraint("number", name=op.f("uq_listed_callers_number")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("listed_callers")
