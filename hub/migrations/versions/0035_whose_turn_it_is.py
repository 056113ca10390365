"""Conversations know whose they are, whose turn it is, until when they are put off, and who closed them and why."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from hub.clock import now
from hub.db import Identity, Moment

revision = "0035"
down_revision = "0034"

TABLE = "conversations"
OWNERS = (
    ("department_id", "departments"), ("assignee_id", "users"), ("closed_by", "users"),
    ("merged_into_id", TABLE), ("quotes_id", TABLE),
)  # fmt: skip
MOMENTS = ("waits_since", "snoozed_until", "apart_at")
OPEN = "closed_at IS NULL AND snoozed_until IS NULL"
US, THEM = f"{OPEN} AND waits_since IS NOT NULL", f"{OPEN} AND waits_since IS NULL"
KINDS = {
    "us": ("waits_since", US),
    "them": ("last_at", THEM),
    "snoozed": ("snoozed_until", "snoozed_until IS NOT NULL"),
    "closed": ("closed_at", "closed_at IS NOT NULL"),
}
QUIET = timedelta(
    days=30
)  # where nothing waits and nothing came for so long, a conversation counts as closed

ASKED = (
    "FROM tasks t JOIN interactions i ON i.id = t.interaction_id WHERE i.conversation_id = conversations.id"
)
LAST = f"{ASKED} ORDER BY t.done_at IS NULL DESC, t.id DESC LIMIT 1"
STILL = f"{ASKED} AND t.done_at IS NULL"
FILL = f"""UPDATE conversations SET
assignee_id = (SELECT t.assignee_id {LAST}),
department_id = coalesce((SELECT t.department_id {LAST}),
  (SELECT c.department_id FROM contacts c WHERE c.id = conversations.contact_id)),
waits_since = (SELECT min(t.created_at) {STILL}),
snoozed_until = (SELECT max(t.planned_for) {STILL}),
last_at = coalesce((SELECT max(i.at) FROM interactions i WHERE i.conversation_id = conversations.id), opened_at)"""  # noqa: S608 - our own words
CLOSE = """UPDATE conversations SET closed_at = last_at
WHERE closed_at IS NULL AND waits_since IS NULL AND last_at < :quiet"""


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table(TABLE) as table:
        for name, owner in OWNERS:
            table.add_column(sa.Column(name, Identity, nullable=True))
            table.create_foreign_key(op.f(f"fk_{TABLE}_{name}_{owner}"), owner, [name], ["id"])
        for name in (*MOMENTS, "last_at"):
            table.add_column(sa.Column(name, Moment(), nullable=True))
        table.add_column(sa.Column("closed_why", sa.String(), nullable=False, server_default=""))
    op.execute(FILL)
    quiet = sa.bindparam("quiet", now() - QUIET, type_=Moment())
    op.get_bind().execute(sa.text(CLOSE).bindparams(quiet))
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("last_at", existing_type=Moment(), nullable=False)
    op.create_index("ix_conversations_touched", TABLE, ["contact_id", "last_at", "id"])
    for name, (key, where) in KINDS.items():
        for whose, columns in (("", ()), ("_mine", ("assignee_id",)), ("_department", ("department_id",))):
            _index(f"{name}{whose}", where, *columns, key)
        if name in {"us", "them"}:
            _index(f"{name}_queue", f"{where} AND assignee_id IS NULL", "department_id", key)
    _index("closed_channel", KINDS["closed"][1], "channel_id", "closed_at")


def _index(name: str, where: str, *columns: str) -> None:
    op.create_index(f"ix_{TABLE}_{name}", TABLE, [*columns, "id"],
                    sqlite_where=sa.text(where), postgresql_where=sa.text(where))  # fmt: skip


def downgrade() -> None:
    """Take it back; whose conversations were and what was put off or closed is forgotten."""
    for name in ("touched", "closed_channel"):
        op.drop_index(f"ix_{TABLE}_{name}", table_name=TABLE)
    for name in KINDS:
        for whose in ("", "_mine", "_department", *(["_queue"] if name in {"us", "them"} else [])):
            op.drop_index(f"ix_{TABLE}_{name}{whose}", table_name=TABLE)
    with op.batch_alter_table(TABLE) as table:
        for name, owner in OWNERS:
            table.drop_constraint(op.f(f"fk_{TABLE}_{name}_{owner}"), type_="foreignkey")
        for name in (*(name for name, _owner in OWNERS), *MOMENTS, "last_at", "closed_why"):
            table.drop_column(name)
