"""Merges that can be taken back, and pairs of contacts that may be one person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make it so."""
    _merges()
    _pairs()


def _merges() -> None:
    op.create_table(
        "merges",
        sa.Column("id", Identity, nullable=False),
        sa.Column("card_id", Identity, nullable=False),
        sa.Column("survivor_id", Identity, nullable=False),
        sa.Column("merged_at", Moment(), nullable=False),
        sa.Column("merged_by", Identity, nullable=True),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("undone_by", Identity, nullable=True),
        sa.Column("columns", Document, nullable=False),
        sa.Column("asked", Document, nullable=True),
        sa.Column("last_ids", Document, nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["contacts.id"], name=op.f("fk_merges_card_id_contacts")),
        sa.ForeignKeyConstraint(
            ["survivor_id"], ["contacts.id"], name=op.f("fk_merges_survivor_id_contacts")
        ),
        sa.ForeignKeyConstraint(["merged_by"], ["users.id"], name=op.f("fk_merges_merged_by_users")),
        sa.ForeignKeyConstraint(["undone_by"], ["users.id"], name=op.f("fk_merges_undone_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index("ix_merges_card_id", "merges", ["card_id"])
    op.create_index("ix_merges_survivor_id", "merges", ["survivor_id"])
    op.create_table(
        "merge_moves",
        sa.Column("id", Identity, nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("row", Identity, nullable=False),
        sa.Column("home_id", Identity, nullable=False),
        sa.ForeignKeyConstraint(["home_id"], ["contacts.id"], name=op.f("fk_merge_moves_home_id_contacts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_moves")),
        sa.UniqueConstraint("place", "row", name=op.f("uq_merge_moves_place_row")),
    )
    op.create_index("ix_merge_moves_home", "merge_moves", ["home_id", "place"])
    op.create_table(
        "merge_surplus",
        sa.Column("id", Identity, nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("home_id", Identity, nullable=False),
        sa.Column("other_home_id", Identity, nullable=True),
        sa.Column("values", Document, nullable=False),
        sa.ForeignKeyConstraint(["home_id"], ["contacts.id"], name=op.f("fk_merge_surplus_home_id_contacts")),
        sa.ForeignKeyConstraint(
            ["other_home_id"], ["contacts.id"], name=op.f("fk_merge_surplus_other_home_id_contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_surplus")),
    )
    op.create_index("ix_merge_surplus_home_id", "merge_surplus", ["home_id"])
    op.create_index("ix_merge_surplus_other_home_id", "merge_surplus", ["other_home_id"])
    # Whoever was merged already leads on as well as ever; the index finds whom a card is made of.
    op.create_index(
        "ix_contacts_merged", "contacts", ["merged_into_id"],
        postgresql_where=sa.text("merged_into_id IS NOT NULL"), sqlite_where=sa.text("merged_into_id IS NOT NULL"),
    )  # fmt: skip


def _pairs() -> None:
    op.create_table(
        "duplicate_pairs",
        sa.Column("id", Identity, nullable=False),
        sa.Column("a_id", Identity, nullable=False),
        sa.Column("b_id", Identity, nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", Document, nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("dismissed_at", Moment(), nullable=True),
        sa.Column("dismissed_by", Identity, nullable=True),
        sa.Column("ruled_out", Document, nullable=False),
        sa.ForeignKeyConstraint(["a_id"], ["contacts.id"], name=op.f("fk_duplicate_pairs_a_id_contacts")),
        sa.ForeignKeyConstraint(["b_id"], ["contacts.id"], name=op.f("fk_duplicate_pairs_b_id_contacts")),
        sa.ForeignKeyConstraint(
            ["dismissed_by"], ["users.id"], name=op.f("fk_duplicate_pairs_dismissed_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pairs")),
        sa.UniqueConstraint("a_id", "b_id", name=op.f("uq_duplicate_pairs_a_id_b_id")),
    )
    op.create_index("ix_duplicate_pairs_b_id", "duplicate_pairs", ["b_id"])
    op.create_index("ix_duplicate_pairs_best", "duplicate_pairs", ["score", "id"])
    op.create_table(
        "likeness_keys",
        sa.Column("id", Identity, nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness_keys")),
    )
    op.create_index("ix_likeness_keys_contact_id", "likeness_keys", ["contact_id"])
    op.create_index("ix_likeness_keys_key", "likeness_keys", ["key"])
    op.create_table(
        "duplicate_looks",
        sa.Column("contact_id", Identity, nullable=False, autoincrement=False),
        sa.Column("changed_at", Moment(), nullable=True),
        sa.Column("last_id", Identity, nullable=True),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_duplicate_looks")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_contacts_merged", "contacts")
    for table in (
        "duplicate_looks",
        "likeness_keys",
        "duplicate_pairs",
        "merge_surplus",
        "merge_moves",
        "merges",
    ):
        op.drop_table(table)
