"""A time that somebody sets himself is a promise, by no policy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make it so."""
    _let_policy_be_empty(empty=True)


def downgrade() -> None:
    """Take it back; what was set by hand is forgotten."""
    op.execute("DELETE FROM alarms WHERE deadline_id IN (SELECT id FROM deadlines WHERE policy_id IS NULL)")
    op.execute("DELETE FROM deadlines WHERE policy_id IS NULL")
    _let_policy_be_empty(empty=False)


def _let_policy_be_empty(*, empty: bool) -> None:
    """SQLite copies the table for that, which loses its triggers: they are taken down before, and put up again."""
    triggers = _triggers()
    for name, _words in triggers:
        op.execute(f"DROP TRIGGER {name}")
    with op.batch_alter_table("deadlines") as table:
        table.alter_column("policy_id", existing_type=Identity, nullable=empty)
    for _name, words in triggers:
        op.execute(words)


def _triggers() -> list[tuple[str, str]]:
    """Give the triggers of the table in SQLite, with the words that make them."""
    if op.get_context().dialect.name != "sqlite":
        return []
    wanted = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'deadlines'")
    return [(name, words) for name, words in op.get_bind().execute(wanted)]
