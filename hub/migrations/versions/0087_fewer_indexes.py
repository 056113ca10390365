"""Indexes along which nothing is found that others do not find as well, and that each step of a run wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0087"
down_revision = "0086"

OPEN_DEALS, RUNNING = "won_at IS NULL AND lost_at IS NULL", "met_at IS NULL"
INDEXES = (
    ("ix_deals_board", "deals", ["pipeline_id", "stage_id", "stage_since", "id"], OPEN_DEALS),
    ("ix_deals_board_department", "deals", ["pipeline_id", "department_id", "stage_id", "stage_since"], OPEN_DEALS),
    ("ix_deadlines_open", "deadlines", ["policy_id"], RUNNING),
    ("ix_appointment_wishes_deal_id", "appointment_wishes", ["deal_id"], None),
    ("ix_appointment_wishes_contact_id", "appointment_wishes", ["contact_id"], None),
)  # fmt: skip

# Of two that begin alike and are as wide SQLite takes the one that was made last: these find what goes on alone.
GOING = ("ix_runs_deal_going", "deal_id"), ("ix_runs_contact_going", "contact_id")


def upgrade() -> None:
    """Make it so."""
    for name, table, _columns, _which in INDEXES:
        op.drop_index(name, table_name=table)
    for name, column in GOING:
        op.drop_index(name, table_name="runs")
        going = sa.text("ended_at IS NULL")
        op.create_index(name, "runs", [column], sqlite_where=going, postgresql_where=going)


def downgrade() -> None:
    """Take it back."""
    for name, table, columns, which in INDEXES:
        some = None if which is None else sa.text(which)
        op.create_index(name, table, columns, sqlite_where=some, postgresql_where=some)
