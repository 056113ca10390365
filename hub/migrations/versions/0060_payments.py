"""Invoices of deals, payments and what they were given to, and statements of the bank with their entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0060"
down_revision = "0059"

OPEN = "issued_at IS NOT NULL AND cancelled_at IS NULL AND credits_id IS NULL AND paid < amount"
LOOSE = "undone_at IS NULL AND given != amount"


def upgrade() -> None:
    """Make it so."""
    _invoices()
    _lines()
    _statements()
    _entries()
    _payments()
    _allocations()


def _invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", Identity, nullable=False),
        sa.Column("deal_id", Identity, nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("percent", Identity, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("issued_at", Moment(), nullable=True),
        sa.Column("issued_by", Identity, nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("amount", Identity, nullable=False),
        sa.Column("paid", Identity, nullable=False),
        sa.Column("completed_at", Moment(), nullable=True),
        sa.Column("credits_id", Identity, nullable=True),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        *_keys("invoices", deal_id="deals", made_by="users", issued_by="users", credits_id="invoices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        *(
            sa.UniqueConstraint(name, name=op.f(f"uq_invoices_{name}"))
            for name in ("number", "reference", "credits_id")
        ),
    )
    op.create_index("ix_invoices_deal", "invoices", ["deal_id", "id"])
    _some("ix_invoices_open", "invoices", ["currency", "id"], OPEN)


def _lines() -> None:
    op.create_table(
        "invoice_lines",
        sa.Column("id", Identity, nullable=False),
        sa.Column("invoice_id", Identity, nullable=False),
        sa.Column("position", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        *(sa.Column(name, Identity, nullable=False) for name in ("quantity", "price", "discount", "tax")),
        *_keys("invoice_lines", invoice_id="invoices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
    )
    op.create_index(op.f("ix_invoice_lines_invoice_id"), "invoice_lines", ["invoice_id"])


def _statements() -> None:
    op.create_table(
        "bank_statements",
        sa.Column("id", Identity, nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("account", "currency", "key", "format", "file", "digest")
        ),
        sa.Column("opening", Identity, nullable=True),
        sa.Column("closing", Identity, nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("count", Identity, nullable=False),
        sa.Column("known", Identity, nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("read_by", Identity, nullable=True),
        *_keys("bank_statements", read_by="users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
        sa.UniqueConstraint("account", "key", name=op.f("uq_bank_statements_account_key")),
    )


def _entries() -> None:
    op.create_table(
        "bank_entries",
        sa.Column("id", Identity, nullable=False),
        sa.Column("statement_id", Identity, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", Identity, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("currency", "name", "text", "reference")),
        sa.Column("is_reversal", sa.Boolean(), nullable=False),
        sa.Column("put_aside_at", Moment(), nullable=True),
        sa.Column("put_aside_by", Identity, nullable=True),
        *_keys("bank_entries", statement_id="bank_statements", put_aside_by="users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_entries")),
        sa.UniqueConstraint("account", "key", name=op.f("uq_bank_entries_account_key")),
    )
    op.create_index("ix_bank_entries_statement", "bank_entries", ["statement_id", "id"])


def _payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", Identity, nullable=False),
        sa.Column("amount", Identity, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("how", "payer", "text", "reference")),
        sa.Column("channel_id", Identity, nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("remote", sa.String(), nullable=False),
        sa.Column("inbound_id", Identity, nullable=True),
        sa.Column("entry_id", Identity, nullable=True),
        sa.Column("refunds_id", Identity, nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        sa.Column("given", Identity, nullable=False),
        sa.Column("told_at", Moment(), nullable=True),
        sa.Column("undone_at", Moment(), nullable=True),
        *_keys(
            "payments", channel_id="channels", inbound_id="inbound", entry_id="bank_entries", refunds_id="payments",
            made_by="users",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq_payments_channel_id_key")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_payments_entry_id")),
    )  # fmt: skip
    op.create_index("ix_payments_remote", "payments", ["channel_id", "remote"])
    op.create_index(op.f("ix_payments_refunds_id"), "payments", ["refunds_id"])
    _some("ix_payments_loose", "payments", ["id"], LOOSE)


def _allocations() -> None:
    op.create_table(
        "allocations",
        sa.Column("id", Identity, nullable=False),
        sa.Column("payment_id", Identity, nullable=False),
        sa.Column("invoice_id", Identity, nullable=False),
        sa.Column("amount", Identity, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", Identity, nullable=True),
        *_keys("allocations", payment_id="payments", invoice_id="invoices", by="users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        sa.UniqueConstraint("payment_id", "invoice_id", name=op.f("uq_allocations_payment_id_invoice_id")),
    )
    op.create_index(op.f("ix_allocations_invoice_id"), "allocations", ["invoice_id"])


def _keys(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
        for column, other in columns.items()
    ]


def _some(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Take it back."""
    for table in ("allocations", "payments", "bank_entries", "bank_statements", "invoice_lines", "invoices"):
        op.drop_table(table)
