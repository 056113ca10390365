"""What happened to copies of campaigns, and which campaigns stand in the archive of their list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0067"
down_revision = "0066"

FATES = ("opened", "clicked", "answered", "bounced", "unsubscribed", "complained")


def upgrade() -> None:
    """Make it so."""
    _events()
    _archived()
    for fate in FATES:
        where = sa.text(f"{fate}_at IS NOT NULL")
        op.create_index(
            f"ix_deliveries_{fate}", "deliveries", ["campaign_id", "id"], sqlite_where=where,
            postgresql_where=where,
        )  # fmt: skip


def downgrade() -> None:
    """Take it back."""
    for fate in FATES:
        op.drop_index(f"ix_deliveries_{fate}", "deliveries")
    op.drop_table("archived_campaigns")
    op.drop_table("copy_events")


def _events() -> None:
    op.create_table(
        "copy_events",
        sa.Column("id", Identity, nullable=False),
        sa.Column("campaign_id", Identity, nullable=False),
        sa.Column("delivery_id", Identity, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("link", Identity, nullable=True),
        sa.Column("machine", sa.String(), nullable=False),
        sa.Column("interaction_id", Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_copy_events_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_copy_events_delivery_id_deliveries")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_copy_events_interaction_id_interactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_events")),
    )
    op.create_index("ix_copy_events_campaign", "copy_events", ["campaign_id", "kind", "at"])
    op.create_index("ix_copy_events_delivery", "copy_events", ["delivery_id", "id"])
    op.create_index(op.f("ix_copy_events_interaction_id"), "copy_events", ["interaction_id"])


def _archived() -> None:
    op.create_table(
        "archived_campaigns",
        sa.Column("campaign_id", Identity, nullable=False),
        sa.Column("list_id", Identity, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", Identity, nullable=True),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_archived_campaigns_by_users")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_archived_campaigns_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["mailing_lists.id"], name=op.f("fk_archived_campaigns_list_id_mailing_lists")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_archived_campaigns")),
    )
    op.create_index("ix_archived_campaigns_list", "archived_campaigns", ["list_id", "campaign_id"])
