"""Robots: what is done when a deal enters a stage, and the process that does it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "robots",
        sa.Column("id", Identity, nullable=False),
        sa.Column("stage_id", Identity, nullable=False),
        sa.Column("process_id", Identity, nullable=False),
        sa.Column("deeds", Document, nullable=False),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_robots_stage_id_stages")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["processes.id"], name=op.f("fk_robots_process_id_processes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robots")),
        sa.UniqueConstraint("stage_id", name=op.f("uq_robots_stage_id")),
        sa.UniqueConstraint("process_id", name=op.f("uq_robots_process_id")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("robots")
