"""Campaigns: lists, consent, suppressions, segments, mailings and their copies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    """Make it so."""
    _mailing_lists()
    _segments()
    _campaigns()
    _campaign_contents()
    _campaign_pictures()
    _consents()
    _suppressions()
    _deliveries()
    _sending_paces()


def _mailing_lists() -> None:
    op.create_table(
        "mailing_lists",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("confirms", sa.Boolean(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("department_id", Identity, nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_mailing_lists_department_id_departments")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_mailing_lists_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_lists")),
        sa.UniqueConstraint("name", name=op.f("uq_mailing_lists_name")),
    )


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rule", Document, nullable=False),
        sa.Column("department_id", Identity, nullable=True),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", Identity, nullable=True),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_segments_changed_by_users")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_segments_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("name", name=op.f("uq_segments_name")),
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("list_id", Identity, nullable=True),
        sa.Column("channel_id", Identity, nullable=True),
        sa.Column("segments", Document, nullable=False),
        sa.Column("without", Document, nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("counts_opens", sa.Boolean(), nullable=False),
        sa.Column("counts_clicks", sa.Boolean(), nullable=False),
        sa.Column("pace", Document, nullable=False),
        sa.Column("paused_why", sa.String(), nullable=False),
        sa.Column("department_id", Identity, nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        sa.Column("begins_at", Moment(), nullable=True),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("started_by", Identity, nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("tested_at", Moment(), nullable=True),
        sa.Column("tested_by", Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_campaigns_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_campaigns_department_id_departments")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["mailing_lists.id"], name=op.f("fk_campaigns_list_id_mailing_lists")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_campaigns_made_by_users")),
        sa.ForeignKeyConstraint(["started_by"], ["users.id"], name=op.f("fk_campaigns_started_by_users")),
        sa.ForeignKeyConstraint(["tested_by"], ["users.id"], name=op.f("fk_campaigns_tested_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_index(
        "ix_campaigns_next",
        "campaigns",
        ["next_at"],
        postgresql_where=sa.text("next_at IS NOT NULL"),
        sqlite_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("ix_campaigns_state", "campaigns", ["state", "id"])


def _campaign_contents() -> None:
    op.create_table(
        "campaign_contents",
        sa.Column("id", Identity, nullable=False),
        sa.Column("campaign_id", Identity, nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("version", Identity, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("preheader", sa.String(), nullable=False),
        sa.Column("blocks", Document, nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_contents_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["users.id"], name=op.f("fk_campaign_contents_changed_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_contents")),
        sa.UniqueConstraint(
            "campaign_id", "variant", "version", name=op.f("uq_campaign_contents_campaign_id_variant_version")
        ),
    )


def _campaign_pictures() -> None:
    op.create_table(
        "campaign_pictures",
        sa.Column("id", Identity, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("size", Identity, nullable=False),
        sa.Column("width", Identity, nullable=False),
        sa.Column("height", Identity, nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_campaign_pictures_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_pictures")),
        sa.UniqueConstraint("key", name=op.f("uq_campaign_pictures_key")),
    )


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", Identity, nullable=False),
        sa.Column("list_id", Identity, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("contact_id", Identity, nullable=True),
        sa.Column("interaction_id", Identity, nullable=True),
        sa.Column("campaign_id", Identity, nullable=True),
        sa.Column("by", Identity, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_consents_by_users")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_consents_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_consents_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_consents_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["mailing_lists.id"], name=op.f("fk_consents_list_id_mailing_lists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_contact", "consents", ["contact_id", "id"])
    op.create_index("ix_consents_handle", "consents", ["kind", "value", "list_id", "id"])
    op.create_index("ix_consents_list", "consents", ["list_id", "kind", "value", "id"])


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("id", Identity, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("list_id", Identity, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("campaign_id", Identity, nullable=True),
        sa.Column("by", Identity, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.Column("lifted_by", Identity, nullable=True),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_suppressions_by_users")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_suppressions_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["users.id"], name=op.f("fk_suppressions_lifted_by_users")),
        sa.ForeignKeyConstraint(
            ["list_id"], ["mailing_lists.id"], name=op.f("fk_suppressions_list_id_mailing_lists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    op.create_index("ix_suppressions_at", "suppressions", ["at", "id"])
    op.create_index(
        "ix_suppressions_handle",
        "suppressions",
        ["kind", "value", "list_id"],
        postgresql_where=sa.text("lifted_at IS NULL"),
        sqlite_where=sa.text("lifted_at IS NULL"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", Identity, nullable=False),
        sa.Column("campaign_id", Identity, nullable=False),
        sa.Column("contact_id", Identity, nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("content_id", Identity, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("tries", Identity, nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("leased_until", Moment(), nullable=True),
        sa.Column("dotted", sa.Boolean(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("bounced_at", Moment(), nullable=True),
        sa.Column("opened_at", Moment(), nullable=True),
        sa.Column("clicked_at", Moment(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("unsubscribed_at", Moment(), nullable=True),
        sa.Column("complained_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_deliveries_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_deliveries_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["content_id"], ["campaign_contents.id"], name=op.f("fk_deliveries_content_id_campaign_contents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("campaign_id", "address", name=op.f("uq_deliveries_campaign_id_address")),
    )
    op.create_index("ix_deliveries_address", "deliveries", ["address", "id"])
    op.create_index(
        "ix_deliveries_claimed",
        "deliveries",
        ["leased_until", "id"],
        postgresql_where=sa.text("state = 'claimed'"),
        sqlite_where=sa.text("state = 'claimed'"),
    )
    op.create_index("ix_deliveries_contact", "deliveries", ["contact_id", "id"])
    op.create_index("ix_deliveries_state", "deliveries", ["campaign_id", "state", "id"])
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["campaign_id", "due_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )


def _sending_paces() -> None:
    op.create_table(
        "sending_paces",
        sa.Column("id", Identity, nullable=False),
        sa.Column("channel_id", Identity, nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("per_hour", Identity, nullable=True),
        sa.Column("warms_from", Moment(), nullable=True),
        sa.Column("halvings", Identity, nullable=False),
        sa.Column("halved_at", Moment(), nullable=True),
        sa.Column("full_at", Moment(), nullable=True),
        sa.Column("slot_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_sending_paces_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_paces")),
        sa.UniqueConstraint("channel_id", "domain", name=op.f("uq_sending_paces_channel_id_domain")),
    )


def downgrade() -> None:
    """Take it back."""
    for table in (
        "sending_paces",
        "deliveries",
        "suppressions",
        "consents",
        "campaign_contents",
        "campaigns",
        "campaign_pictures",
        "segments",
        "mailing_lists",
    ):
        op.drop_table(table)
