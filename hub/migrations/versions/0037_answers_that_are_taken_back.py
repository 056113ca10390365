"""A letter may do several tasks, and taken back leaves its conversation as it stood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity

revision = "0037"
down_revision = "0036"

SENDINGS, KEY = "sendings", "fk_sendings_closed_id_tasks"
_ROWS = sa.table(SENDINGS, sa.column("interaction_id"), sa.column("closed_id"), sa.column("closed", Document))


def upgrade() -> None:
    """Make it so."""
    empty = sa.text("'[]'")
    op.add_column(SENDINGS, sa.Column("closed", Document, nullable=False, server_default=empty))
    op.add_column(SENDINGS, sa.Column("before", Document, nullable=True))
    bind = op.get_bind()
    done = sa.select(_ROWS.c.interaction_id, _ROWS.c.closed_id).where(_ROWS.c.closed_id.is_not(None))
    for touch_id, task_id in bind.execute(done).all():
        _set(touch_id, closed=[task_id])
    with op.batch_alter_table(SENDINGS) as table:
        table.drop_constraint(op.f(KEY), type_="foreignkey")
        table.drop_column("closed_id")


def downgrade() -> None:
    """Take it back; of several tasks the first is known."""
    with op.batch_alter_table(SENDINGS) as table:
        table.add_column(sa.Column("closed_id", Identity, nullable=True))
        table.create_foreign_key(op.f(KEY), "tasks", ["closed_id"], ["id"])
    for touch_id, closed in op.get_bind().execute(sa.select(_ROWS.c.interaction_id, _ROWS.c.closed)).all():
        if closed:
            _set(touch_id, closed_id=closed[0])
    with op.batch_alter_table(SENDINGS) as table:
        table.drop_column("before")
        table.drop_column("closed")


def _set(touch_id: int, **values: object) -> None:
    op.get_bind().execute(_ROWS.update().where(_ROWS.c.interaction_id == touch_id).values(**values))
