"""What comes of a call: results, scripts, and the sheets of who talked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0017"
down_revision = "0016"

ON_CALLS = {"result_id": "call_results", "result_by": "users", "follow_up_id": "tasks"}


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "call_guides",
        sa.Column("id", Identity, nullable=False),
        sa.Column("department_id", Identity, nullable=False),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("result_required", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_call_guides_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_guides")),
        sa.UniqueConstraint("department_id", name=op.f("uq_call_guides_department_id")),
    )
    op.create_table(
        "call_results",
        sa.Column("id", Identity, nullable=False),
        sa.Column("department_id", Identity, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("words", "key", "follow_unit")),
        sa.Column("follow_in", Identity, nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_call_results_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_results")),
    )
    op.create_index("ix_call_results_department", "call_results", ["department_id"])
    _sheets()
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("result_at", Moment(), nullable=True))
        for name, table in ON_CALLS.items():
            calls.add_column(sa.Column(name, Identity, nullable=True))
            calls.create_foreign_key(op.f(f"fk_calls_{name}_{table}"), table, [name], ["id"])


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("calls") as calls:
        for name, table in ON_CALLS.items():
            calls.drop_constraint(op.f(f"fk_calls_{name}_{table}"), type_="foreignkey")
            calls.drop_column(name)
        calls.drop_column("result_at")
    for table in ("call_sheets", "call_results", "call_guides"):
        op.drop_table(table)


def _sheets() -> None:
    op.create_table(
        "call_sheets",
        sa.Column("id", Identity, nullable=False),
        sa.Column("call_id", Identity, nullable=False),
        sa.Column("user_id", Identity, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("away_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_sheets_call_id_calls")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_call_sheets_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_sheets")),
        sa.UniqueConstraint("call_id", "user_id", name=op.f("uq_call_sheets_call_id_user_id")),
    )
    op.create_index(
        "ix_call_sheets_open", "call_sheets", ["user_id", "call_id"],
        sqlite_where=sa.text("away_at IS NULL"), postgresql_where=sa.text("away_at IS NULL"),
    )  # fmt: skip
