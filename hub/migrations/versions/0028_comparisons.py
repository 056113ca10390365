"""What channels do until they are heard, and how they compare with the other side, day by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Make it so."""
    op.add_column("channels", sa.Column("doing", sa.String(), nullable=True))
    op.add_column("channels", sa.Column("compare_at", Moment(), nullable=True))
    op.create_table(
        "comparisons",
        sa.Column("channel_id", Identity, nullable=False, autoincrement=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("held", Identity, nullable=False),
        sa.Column("missing", Identity, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_comparisons_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("channel_id", "day", name=op.f("pk_comparisons")),
    )


def downgrade() -> None:
    """Take it back; it is compared again."""
    op.drop_table("comparisons")
    op.drop_column("channels", "compare_at")
    op.drop_column("channels", "doing")
