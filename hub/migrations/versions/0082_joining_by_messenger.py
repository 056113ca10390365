"""A list may be joined by a messenger, by a word; a command may be refused for what we are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0078"

WORD = "word <> ''"


def upgrade() -> None:
    """Make it so. In no batch: SQLite would write tables anew to which others refer."""
    op.add_column("mailing_lists", sa.Column("word", sa.String(), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("ours", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("chat_fates", sa.Column("ours", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_mailing_lists_word", "mailing_lists", ["word"], unique=True, sqlite_where=sa.text(WORD),
        postgresql_where=sa.text(WORD),
    )  # fmt: skip


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_mailing_lists_word", "mailing_lists")
    for table, column in (("chat_fates", "ours"), ("outbox", "ours"), ("mailing_lists", "word")):
        op.drop_column(table, column)
