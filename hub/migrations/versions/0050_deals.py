"""Deals: pipelines with their stages, the price list, deals with their lines, and how each came to where it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0050"
down_revision = "0048"


def upgrade() -> None:
    """Make it so."""
    _pipelines()
    _stages()
    _lost_reasons()
    _products()
    _deals()
    _deal_parts()
    _deal_moves()
    _deal_lines()


def _pipelines() -> None:
    op.create_table(
        "pipelines",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", Identity, nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipelines")),
        sa.UniqueConstraint("name", name=op.f("uq_pipelines_name")),
    )


def _stages() -> None:
    op.create_table(
        "stages",
        sa.Column("id", Identity, nullable=False),
        sa.Column("pipeline_id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", Identity, nullable=False),
        sa.Column("probability", Identity, nullable=False),
        sa.Column("ends", sa.String(), nullable=False),
        sa.Column("required", Document, nullable=False),
        sa.Column("stale_days", Identity, nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["pipelines.id"], name=op.f("fk_stages_pipeline_id_pipelines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stages")),
    )
    op.create_index("ix_stages_pipeline_id", "stages", ["pipeline_id"])


def _lost_reasons() -> None:
    op.create_table(
        "lost_reasons",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", Identity, nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_reasons")),
        sa.UniqueConstraint("name", name=op.f("uq_lost_reasons_name")),
    )


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("id", Identity, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("price", Identity, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("tax", Identity, nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("code", name=op.f("uq_products_code")),
    )


def _deals() -> None:
    op.create_table(
        "deals",
        sa.Column("id", Identity, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("pipeline_id", Identity, nullable=False),
        sa.Column("stage_id", Identity, nullable=False),
        sa.Column("value", Identity, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("probability", Identity, nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("department_id", Identity, nullable=True),
        sa.Column("responsible_id", Identity, nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("interaction_id", Identity, nullable=True),
        sa.Column("fields", Document, nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("stage_since", Moment(), nullable=False),
        sa.Column("won_at", Moment(), nullable=True),
        sa.Column("lost_at", Moment(), nullable=True),
        sa.Column("lost_reason_id", Identity, nullable=True),
        sa.Column("lost_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_deals_contact_id_contacts")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_deals_department_id_departments")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_deals_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(
            ["lost_reason_id"], ["lost_reasons.id"], name=op.f("fk_deals_lost_reason_id_lost_reasons")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_deals_made_by_users")),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["pipelines.id"], name=op.f("fk_deals_pipeline_id_pipelines")
        ),
        sa.ForeignKeyConstraint(["responsible_id"], ["users.id"], name=op.f("fk_deals_responsible_id_users")),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_deals_stage_id_stages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
    )
    op.create_index(
        "ix_deals_board",
        "deals",
        ["pipeline_id", "stage_id", "stage_since", "id"],
        postgresql_where=sa.text("won_at IS NULL AND lost_at IS NULL"),
        sqlite_where=sa.text("won_at IS NULL AND lost_at IS NULL"),
    )
    op.create_index(
        "ix_deals_board_department",
        "deals",
        ["pipeline_id", "department_id", "stage_id", "stage_since"],
        postgresql_where=sa.text("won_at IS NULL AND lost_at IS NULL"),
        sqlite_where=sa.text("won_at IS NULL AND lost_at IS NULL"),
    )
    op.create_index(
        "ix_deals_board_mine",
        "deals",
        ["pipeline_id", "responsible_id", "stage_id", "stage_since"],
        postgresql_where=sa.text("won_at IS NULL AND lost_at IS NULL"),
        sqlite_where=sa.text("won_at IS NULL AND lost_at IS NULL"),
    )
    op.create_index("ix_deals_contact", "deals", ["contact_id", "id"])
    op.create_index("ix_deals_responsible", "deals", ["responsible_id", "contact_id"])
    op.create_index("ix_deals_department", "deals", ["department_id", "contact_id"])
    op.create_index(
        "ix_deals_expected",
        "deals",
        ["expected_on", "id"],
        postgresql_where=sa.text("won_at IS NULL AND lost_at IS NULL"),
        sqlite_where=sa.text("won_at IS NULL AND lost_at IS NULL"),
    )
    op.create_index("ix_deals_stage", "deals", ["stage_id", "stage_since", "id"])


def _deal_parts() -> None:
    op.create_table(
        "deal_parts",
        sa.Column("id", Identity, nullable=False),
        sa.Column("deal_id", Identity, nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_deal_parts_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deal_parts_deal_id_deals")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_parts")),
        sa.UniqueConstraint("deal_id", "contact_id", name=op.f("uq_deal_parts_deal_id_contact_id")),
    )
    op.create_index("ix_deal_parts_contact_id", "deal_parts", ["contact_id"])


def _deal_moves() -> None:
    op.create_table(
        "deal_moves",
        sa.Column("id", Identity, nullable=False),
        sa.Column("deal_id", Identity, nullable=False),
        sa.Column("from_id", Identity, nullable=True),
        sa.Column("to_id", Identity, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", Identity, nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_deal_moves_by_users")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deal_moves_deal_id_deals")),
        sa.ForeignKeyConstraint(["from_id"], ["stages.id"], name=op.f("fk_deal_moves_from_id_stages")),
        sa.ForeignKeyConstraint(["to_id"], ["stages.id"], name=op.f("fk_deal_moves_to_id_stages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_moves")),
    )
    op.create_index("ix_deal_moves_deal_id", "deal_moves", ["deal_id"])


def _deal_lines() -> None:
    op.create_table(
        "deal_lines",
        sa.Column("id", Identity, nullable=False),
        sa.Column("deal_id", Identity, nullable=False),
        sa.Column("position", Identity, nullable=False),
        sa.Column("product_id", Identity, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("quantity", Identity, nullable=False),
        sa.Column("price", Identity, nullable=False),
        sa.Column("discount", Identity, nullable=False),
        sa.Column("tax", Identity, nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deal_lines_deal_id_deals")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_deal_lines_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_lines")),
    )
    op.create_index("ix_deal_lines_deal_id", "deal_lines", ["deal_id"])


def downgrade() -> None:
    """Take it back."""
    for table in (
        "deal_lines",
        "deal_moves",
        "deal_parts",
        "deals",
        "products",
        "lost_reasons",
        "stages",
        "pipelines",
    ):
        op.drop_table(table)
