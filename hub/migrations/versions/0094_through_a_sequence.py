"""Who came to an end of a sequence is marked so: whoever looks for who is under way goes through nobody else.

Invoices that wait for money are found by their index, which SQLite left for that of what an invoice credits.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0094"
down_revision = "0093"

LEFT, ENDED = "left_at IS NULL", "ended_at IS NOT NULL"
OPEN = "issued_at IS NOT NULL AND cancelled_at IS NULL AND paid < amount"
GOING, THROUGH = f"{LEFT} AND ended_at IS NULL", f"{LEFT} AND {ENDED}"


def upgrade() -> None:
    """Make it so; by the run of each it is found whether, and where, he came to an end."""
    op.add_column("sequence_people", sa.Column("ended_at", Moment(), nullable=True))
    op.add_column(
        "sequence_people", sa.Column("at_condition", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE sequence_people SET ended_at = runs.ended_at, at_condition = EXISTS (SELECT 1 FROM run_steps "
        "WHERE run_steps.run_id = runs.id AND run_steps.element LIKE 'gone!_%' ESCAPE '!') FROM runs "
        "WHERE runs.id = sequence_people.run_id AND runs.ended_at IS NOT NULL "
        "AND (sequence_people.left_at IS NULL OR runs.ended_at < sequence_people.left_at)"
    )
    op.drop_index("ix_sequence_people_going", "sequence_people")
    _some("ix_sequence_people_going", ["sequence_id", "id"], GOING)
    _some("ix_sequence_people_through", ["sequence_id", "at_condition"], THROUGH)
    _open_invoices(OPEN)


def downgrade() -> None:
    """Take it back."""
    _open_invoices(f"{OPEN} AND credits_id IS NULL")
    op.drop_index("ix_sequence_people_through", "sequence_people")
    op.drop_index("ix_sequence_people_going", "sequence_people")
    _some("ix_sequence_people_going", ["sequence_id", "id"], LEFT)
    for name in ("at_condition", "ended_at"):
        op.drop_column("sequence_people", name)


def _open_invoices(where: str) -> None:
    op.drop_index("ix_invoices_open", "invoices")
    _some("ix_invoices_open", ["currency", "id"], where, of="invoices")


def _some(name: str, columns: list[str], where: str, of: str = "sequence_people") -> None:
    holds = sa.text(where)
    op.create_index(name, of, columns, sqlite_where=holds, postgresql_where=holds)
