"""Dialling lists, who is on them, what a result means for them; and call-backs that are rescued."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0021"
down_revision = "0020"

OPEN = "reached_at IS NULL AND stopped_at IS NULL"


def upgrade() -> None:
    """Make it so."""
    op.add_column("call_results", sa.Column("in_lists", sa.String(), nullable=False, server_default="done"))
    op.create_table(
        "dial_lists",
        sa.Column("id", Identity, nullable=False),
        sa.Column("department_id", Identity, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in
          ("name", "view", "script", "calls_from", "calls_until")),
        *(sa.Column(name, Identity, nullable=False) for name in ("most_tries", "again_minutes", "left_out")),
        sa.Column("made_by", Identity, nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("paused_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_dial_lists_department_id_departments")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_dial_lists_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dial_lists")),
    )  # fmt: skip
    op.create_index(op.f("ix_dial_lists_department_id"), "dial_lists", ["department_id"])
    _people()
    _rescues()


def downgrade() -> None:
    """Take it back."""
    op.drop_table("rescues")
    for name in ("rescue_most", "rescue_again", "rescue_say"):
        op.drop_column("call_guides", name)
    op.drop_table("dial_people")
    op.drop_table("dial_lists")
    op.drop_column("call_results", "in_lists")


def _people() -> None:
    names = {"list_id": "dial_lists", "contact_id": "contacts", "held_by": "users", "call_id": "calls",
             "result_id": "call_results"}  # fmt: skip
    op.create_table(
        "dial_people",
        sa.Column("id", Identity, nullable=False),
        *(sa.Column(name, Identity, nullable=name not in {"list_id", "contact_id"}) for name in names),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("number", "why")),
        sa.Column("tries", Identity, nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        *(sa.Column(name, Moment(), nullable=True) for name in
          ("held_until", "dialled_at", "last_at", "reached_at", "stopped_at")),
        *(sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_dial_people_{name}_{table}"))
          for name, table in names.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dial_people")),
        sa.UniqueConstraint("list_id", "contact_id", name=op.f("uq_dial_people_list_id_contact_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_dial_people_call_id"), "dial_people", ["call_id"])
    op.create_index("ix_dial_people_contact", "dial_people", ["contact_id"])
    for name, columns, where in (
        ("ix_dial_people_due", ["list_id", "due_at", "id"], OPEN),
        ("ix_dial_people_held", ["held_by"], "held_by IS NOT NULL"),
    ):
        op.create_index(
            name, "dial_people", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def _rescues() -> None:
    for name, default in (("rescue_most", "0"), ("rescue_again", "15")):
        op.add_column("call_guides", sa.Column(name, Identity, nullable=False, server_default=default))
    op.add_column("call_guides", sa.Column("rescue_say", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "rescues",
        sa.Column("id", Identity, nullable=False),
        sa.Column("task_id", Identity, nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("tries", Identity, nullable=False),
        sa.Column("call_id", Identity, nullable=True),
        sa.Column("dialled_at", Moment(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_rescues_task_id_tasks")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_rescues_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescues")),
        sa.UniqueConstraint("task_id", name=op.f("uq_rescues_task_id")),
    )
    op.create_index(op.f("ix_rescues_call_id"), "rescues", ["call_id"])
    where = "due_at IS NOT NULL"
    op.create_index(
        "ix_rescues_due", "rescues", ["due_at"], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
