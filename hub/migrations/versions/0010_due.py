"""Tasks in the order of their deadlines: when the most pressing promise of a task breaks stands on the task."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0010"
down_revision = "0009"

OPEN = "done_at IS NULL"
BREACHED, BROKEN = "ix_deadlines_breached", "breached_at IS NOT NULL"
ASKED = "ix_tasks_interaction"
INDEXES = {"ix_tasks_due": (), "ix_tasks_mine": ("assignee_id",), "ix_tasks_queue": ("department_id",)}
FIRST = "(SELECT min(due_at) FROM deadlines WHERE task_id = tasks.id AND met_at IS NULL)"

# Kept by the database alone, whichever way a promise is made, met, held or counted anew.
PROMISED = """UPDATE tasks SET due_at = NEW.due_at
WHERE id = NEW.task_id AND (due_at IS NULL OR due_at > NEW.due_at)"""
MOVED = f"UPDATE tasks SET due_at = {FIRST} WHERE id IN (OLD.task_id, NEW.task_id)"  # noqa: S608 - our own words
GONE = f"UPDATE tasks SET due_at = {FIRST} WHERE id = OLD.task_id"  # noqa: S608 - our own words
TRIGGERS = (
    ("promised", "INSERT", "NEW.due_at IS NOT NULL AND NEW.met_at IS NULL", PROMISED),
    ("moved", "UPDATE OF due_at, met_at, task_id", "", MOVED),
    ("gone", "DELETE", "", GONE),
)


def upgrade() -> None:
    """Make it so."""
    op.add_column("tasks", sa.Column("due_at", Moment(), nullable=True))
    op.execute(f"UPDATE tasks SET due_at = {FIRST} WHERE {OPEN}")  # noqa: S608 - our own words
    for name, columns in INDEXES.items():
        if columns:
            op.drop_index(name, table_name="tasks")
        _index(name, "tasks", OPEN, *columns, "due_at", "id")
    op.drop_index(BREACHED, table_name="deadlines")
    _index(BREACHED, "deadlines", BROKEN, "breached_at", "task_id")
    _index(ASKED, "tasks", "interaction_id IS NOT NULL", "interaction_id")
    for name, deed, when, words in TRIGGERS:
        _trigger(f"deadlines_{name}", deed, f"WHEN ({when})" if when else "", words)


def _index(name: str, table: str, where: str, *columns: str) -> None:
    op.create_index(name, table, list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _trigger(name: str, deed: str, when: str, words: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} AFTER {deed} ON deadlines {when} BEGIN {words}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {words}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER {deed} ON deadlines FOR EACH ROW {when} EXECUTE FUNCTION {name}()"
    )


def downgrade() -> None:
    """Take it back."""
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for name, *_words in TRIGGERS:
        op.execute(
            f"DROP TRIGGER deadlines_{name}" if on_sqlite else f"DROP FUNCTION deadlines_{name} CASCADE"
        )
    for name, columns in INDEXES.items():
        op.drop_index(name, table_name="tasks")
        if columns:
            _index(name, "tasks", OPEN, *columns)
    op.drop_index(BREACHED, table_name="deadlines")
    _index(BREACHED, "deadlines", BROKEN, "breached_at")
    op.drop_index(ASKED, table_name="tasks")
    op.drop_column("tasks", "due_at")
