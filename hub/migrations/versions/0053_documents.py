"""Documents of deals: number series, the letterhead, templates with their versions, and what was made of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0053"
down_revision = "0050"


def upgrade() -> None:
    """Make it so."""
    _number_series()
    _letterheads()
    _templates()
    _versions()
    _documents()


def _number_series() -> None:
    op.create_table(
        "number_series",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pattern", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint("name", name=op.f("uq_number_series_name")),
    )
    op.create_table(
        "number_counts",
        sa.Column("id", Identity, nullable=False),
        sa.Column("series_id", Identity, nullable=False),
        sa.Column("year", Identity, nullable=False),
        sa.Column("last", Identity, nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["number_series.id"], name=op.f("fk_number_counts_series_id_number_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_counts")),
        sa.UniqueConstraint("series_id", "year", name=op.f("uq_number_counts_series_id_year")),
    )


def _letterheads() -> None:
    words = ("address", "registration", "vat", "phone", "mail", "web", "iban", "bic", "swish")
    op.create_table(
        "letterheads",
        sa.Column("id", Identity, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in words),
        sa.Column("offer_days", Identity, nullable=False),
        sa.Column("payment_days", Identity, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letterheads")),
    )


def _templates() -> None:
    op.create_table(
        "document_templates",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("series_id", Identity, nullable=False),
        sa.Column("ready", sa.String(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["number_series.id"], name=op.f("fk_document_templates_series_id_number_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_templates")),
        sa.UniqueConstraint("name", name=op.f("uq_document_templates_name")),
    )


def _versions() -> None:
    op.create_table(
        "document_versions",
        sa.Column("id", Identity, nullable=False),
        sa.Column("template_id", Identity, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", Identity, nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["document_templates.id"],
            name=op.f("fk_document_versions_template_id_document_templates"),
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_document_versions_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_versions")),
        sa.UniqueConstraint(
            "template_id",
            "language",
            "version",
            name=op.f("uq_document_versions_template_id_language_version"),
        ),
    )
    op.create_index("ix_document_versions_blob", "document_versions", ["blob"])


def _documents() -> None:
    op.create_table(
        "deal_documents",
        sa.Column("id", Identity, nullable=False),
        sa.Column("deal_id", Identity, nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("version_id", Identity, nullable=False),
        sa.Column("series_id", Identity, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("size", Identity, nullable=False),
        sa.Column("amount", Identity, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("wish", sa.String(), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_deal_documents_{column}_{table}")
            )
            for column, table in (
                ("deal_id", "deals"),
                ("contact_id", "contacts"),
                ("version_id", "document_versions"),
                ("series_id", "number_series"),
                ("made_by", "users"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_documents")),
        sa.UniqueConstraint("series_id", "number", name=op.f("uq_deal_documents_series_id_number")),
        sa.UniqueConstraint("wish", name=op.f("uq_deal_documents_wish")),
    )
    op.create_index("ix_deal_documents_blob", "deal_documents", ["blob"])
    op.create_index("ix_deal_documents_deal", "deal_documents", ["deal_id", "id"])
    op.create_index("ix_deal_documents_contact", "deal_documents", ["contact_id", "id"])


def downgrade() -> None:
    """Take it back."""
    for table in ("deal_documents", "document_versions", "document_templates", "letterheads", "number_counts",
                  "number_series"):  # fmt: skip
        op.drop_table(table)
