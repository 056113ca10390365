"""The keys by which likely duplicates are found hold their own answer: one place to look instead of three."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity

revision = "0012"
down_revision = "0011"

OLD = "likeness_keys_before"


def upgrade() -> None:
    """Make it so."""
    _put_aside()
    op.create_table(
        "likeness_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("contact_id", Identity, nullable=False, autoincrement=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", "contact_id", "said", name=op.f("pk_likeness_keys")),
        sqlite_with_rowid=False,
    )
    _take_over("SELECT DISTINCT")


def downgrade() -> None:
    """Take it back."""
    _put_aside()
    op.create_table(
        "likeness_keys",
        sa.Column("id", Identity, nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness_keys")),
    )
    _take_over("SELECT")
    op.create_index("ix_likeness_keys_key", "likeness_keys", ["key"])


def _put_aside() -> None:
    op.rename_table("likeness_keys", OLD)
    if op.get_context().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE {OLD} RENAME CONSTRAINT pk_likeness_keys TO pk_{OLD}")
    for name in ("ix_likeness_keys_contact_id", "ix_likeness_keys_key"):
        op.execute(f"DROP INDEX IF EXISTS {name}")


def _take_over(select: str) -> None:
    op.execute(f"INSERT INTO likeness_keys (key, contact_id, said) {select} key, contact_id, said FROM {OLD}")
    op.drop_table(OLD)
    op.create_index("ix_likeness_keys_contact_id", "likeness_keys", ["contact_id"])
