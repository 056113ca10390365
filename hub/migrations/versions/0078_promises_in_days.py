"""A promise that was written in days is one in working days.

A policy could say "1 day", which was kept, and counted, as 24 hours of working time: three days of eight hours. What
was kept as whole days was meant as days. Deadlines that stand keep the time that they have: with
`days` 0 they are counted as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity

revision = "0078"
down_revision = "0077"

DAY = 86_400
MOST = 365
POLICIES = sa.table(
    "policies", sa.column("id", Identity), sa.column("seconds", Identity), sa.column("days", Identity),
    sa.column("steps", Document),
)  # fmt: skip


def upgrade() -> None:
    """Make it so."""
    for table in ("policies", "deadlines"):
        op.add_column(table, sa.Column("days", Identity, nullable=False, server_default="0"))
    store = op.get_bind()
    for row in store.execute(sa.select(POLICIES)).mappings().all():
        steps = [_in_days(step) for step in row["steps"]]
        days = _days(row["seconds"])
        if days or steps != row["steps"]:
            store.execute(POLICIES.update().where(POLICIES.c.id == row["id"]).values(days=days, steps=steps))


def downgrade() -> None:
    """Take it back: a day is 24 hours of working time again."""
    store = op.get_bind()
    for row in store.execute(sa.select(POLICIES)).mappings().all():
        steps = [{"after": step["after"], "tell": step["tell"]} for step in row["steps"]]
        if steps != row["steps"]:
            store.execute(POLICIES.update().where(POLICIES.c.id == row["id"]).values(steps=steps))
    for table in ("policies", "deadlines"):
        op.drop_column(table, "days")


def _in_days(step: dict[str, object]) -> dict[str, object]:
    days = _days(abs(int(str(step["after"]))))
    return {**step, "days": days} if days else step


def _days(seconds: int) -> int:
    """Give how many days a span says, 0 where it says hours or less."""
    return 0 if seconds % DAY or seconds > MOST * DAY else seconds // DAY
