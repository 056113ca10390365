"""A time that somebody sets himself is a promise, by no policy; calls are found by whose telephones were in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0024"
down_revision = "0023"


PARTS = "call_parts"
# What the lists of a call say, in the words of each database.
LISTED = {
    "sqlite": """SELECT c.id AS call_id, e.value AS extension, 0 AS talked, c.started_at
FROM calls c, json_each(c.rang) e
UNION ALL SELECT c.id, json_extract(e.value, '$.extension'), 1, c.started_at FROM calls c, json_each(c.talks) e""",
    "postgresql": """SELECT c.id AS call_id, e.value AS extension, 0 AS talked, c.started_at
FROM calls c, jsonb_array_elements_text(c.rang) e
UNION ALL SELECT c.id, e.value ->> 'extension', 1, c.started_at FROM calls c, jsonb_array_elements(c.talks) e""",
}


def upgrade() -> None:
    """Make it so."""
    _let_policy_be_empty(empty=True)
    op.create_table(
        PARTS,
        sa.Column("call_id", Identity, nullable=False),
        sa.Column("extension", sa.String(), nullable=False),
        sa.Column("talked", sa.Boolean(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_parts_call_id_calls")),
        sa.PrimaryKeyConstraint("call_id", "extension", name=op.f("pk_call_parts")),
    )
    listed = LISTED[op.get_context().dialect.name]
    op.execute(
        "INSERT INTO call_parts (call_id, extension, talked, started_at) "  # noqa: S608 - our own words
        f"SELECT call_id, extension, max(talked) = 1, max(started_at) FROM ({listed}) AS listed "
        "WHERE extension <> '' GROUP BY call_id, extension"
    )
    op.create_index("ix_call_parts_extension", PARTS, ["extension", "talked", "started_at", "call_id"])
    op.create_index("ix_calls_channel", "calls", ["channel_id", "started_at", "id"])
    _call_backs("task_id", "started_at")
    _open_tasks("kind")
    for owner in ("assignee", "department"):
        op.create_index(f"ix_tasks_{owner}", "tasks", [f"{owner}_id", "contact_id", "created_at"])


def _call_backs(*columns: str) -> None:
    op.drop_index("ix_calls_task", table_name="calls")
    asked = sa.text("task_id IS NOT NULL")
    op.create_index("ix_calls_task", "calls", list(columns), sqlite_where=asked, postgresql_where=asked)


def _open_tasks(*columns: str) -> None:
    still = sa.text("done_at IS NULL")
    op.create_index("ix_tasks_kind", "tasks", list(columns), sqlite_where=still, postgresql_where=still)


def downgrade() -> None:
    """Take it back; what was set by hand is forgotten."""
    for name in ("kind", "assignee", "department"):
        op.drop_index(f"ix_tasks_{name}", table_name="tasks")
    _call_backs("task_id")
    op.drop_index("ix_calls_channel", table_name="calls")
    op.drop_table(PARTS)
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
