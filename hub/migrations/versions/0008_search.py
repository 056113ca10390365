"""The index of words, notes of what is to be indexed, and searches that people keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0008"
down_revision = "0007"

KINDS = ("contact", "organisation", "task", "interaction")


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "search_queue",
        sa.Column("id", Identity, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", Identity, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_queue")),
    )
    op.create_table(
        "search_spellings",
        sa.Column("spelling", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("spelling", "word", name=op.f("pk_search_spellings")),
    )
    op.create_table(
        "saved_searches",
        sa.Column("id", Identity, nullable=False),
        sa.Column("user_id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_searches_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
    )
    op.create_index("ix_saved_searches_user_id", "saved_searches", ["user_id"])
    for kind in KINDS:
        if op.get_context().dialect.name == "sqlite":
            # Words come folded, with spaces between; only which records they are in is kept.
            op.execute(
                f"CREATE VIRTUAL TABLE search_{kind} USING fts5(words, content='', contentless_delete=1, "
                "detail=none, prefix='1 2 3 4 5 6 7 8 9', tokenize='ascii')"
            )
        else:
            op.execute(f"CREATE TABLE search_{kind} (id bigint PRIMARY KEY, words tsvector NOT NULL)")
            op.execute(f"CREATE INDEX ix_search_{kind}_words ON search_{kind} USING gin (words)")


def downgrade() -> None:
    """Take it back; triggers that note changes would note them nowhere."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'searched~_%' ESCAPE '~'"
        for (name,) in connection.execute(sa.text(names)).all():
            op.execute(f"DROP TRIGGER {name}")
    else:
        names = "SELECT proname FROM pg_proc WHERE proname LIKE 'searched~_%' ESCAPE '~'"
        for (name,) in connection.execute(sa.text(names)).all():
            op.execute(f"DROP FUNCTION {name} CASCADE")
    for kind in KINDS:
        op.execute(f"DROP TABLE search_{kind}")
    op.drop_table("saved_searches")
    op.drop_table("search_spellings")
    op.drop_table("search_queue")
