"""Orders are kept as they were at each moment that a shop told of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0041"
down_revision = "0040"

TABLE = "order_versions"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        TABLE,
        sa.Column("id", Identity, nullable=False),
        sa.Column("interaction_id", Identity, nullable=False),
        sa.Column("inbound_id", Identity, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("came_late", sa.Boolean(), nullable=False),
        sa.Column("order", Document, nullable=False),
        sa.Column("words", Document, nullable=False),
        _refers("interaction_id", "interactions"),
        _refers("inbound_id", "inbound"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "inbound_id", "interaction_id", name=op.f(f"uq_{TABLE}_inbound_id_interaction_id")
        ),
    )
    op.create_index(op.f(f"ix_{TABLE}_interaction_id"), TABLE, ["interaction_id"])


def _refers(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{TABLE}_{column}_{other}"))


def downgrade() -> None:
    """Take it back; the requests stay, without what was ordered."""
    op.drop_table(TABLE)
