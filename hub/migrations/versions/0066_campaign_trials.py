"""Trials of campaigns: several letters, of which one is chosen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "campaign_trials",
        sa.Column("campaign_id", Identity, nullable=False),
        sa.Column("variants", Document, nullable=False),
        sa.Column("share", Identity, nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("hours", Identity, nullable=False),
        sa.Column("enough", Identity, nullable=True),
        sa.Column("unsure", sa.String(), nullable=False),
        sa.Column("decides_at", Moment(), nullable=True),
        sa.Column("winner", sa.String(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decided_by", Identity, nullable=True),
        sa.Column("found", Document, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_trials_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_campaign_trials_decided_by_users")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_trials")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("campaign_trials")
