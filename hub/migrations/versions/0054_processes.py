"""Processes: diagrams with their versions, runs under way, and what happened in each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    """Make it so."""
    _processes()
    _versions()
    _runs()
    _run_steps()


def _processes() -> None:
    op.create_table(
        "processes",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("draft", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", Identity, nullable=True),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_processes_changed_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
        sa.UniqueConstraint("name", name=op.f("uq_processes_name")),
    )


def _versions() -> None:
    op.create_table(
        "process_versions",
        sa.Column("id", Identity, nullable=False),
        sa.Column("process_id", Identity, nullable=False),
        sa.Column("number", Identity, nullable=False),
        sa.Column("xml", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("begins_with", sa.String(), nullable=False),
        sa.Column("published_at", Moment(), nullable=False),
        sa.Column("published_by", Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["process_id"], ["processes.id"], name=op.f("fk_process_versions_process_id_processes")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["users.id"], name=op.f("fk_process_versions_published_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_versions")),
        sa.UniqueConstraint("process_id", "number", name=op.f("uq_process_versions_process_id_number")),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", Identity, nullable=False),
        sa.Column("version_id", Identity, nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("deal_id", Identity, nullable=True),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("state", Document, nullable=False),
        sa.Column("data", Document, nullable=False),
        sa.Column("waits_for", Document, nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("started_by", Identity, nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("stuck", sa.String(), nullable=False),
        sa.Column("stuck_at", Moment(), nullable=True),
        sa.Column("stopped_by", Identity, nullable=True),
        sa.Column("stopped_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_runs_contact_id_contacts")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_runs_deal_id_deals")),
        sa.ForeignKeyConstraint(["started_by"], ["users.id"], name=op.f("fk_runs_started_by_users")),
        sa.ForeignKeyConstraint(["stopped_by"], ["users.id"], name=op.f("fk_runs_stopped_by_users")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["process_versions.id"], name=op.f("fk_runs_version_id_process_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_version_id", "runs", ["version_id"])
    op.create_index("ix_runs_contact", "runs", ["contact_id", "id"])
    op.create_index("ix_runs_deal", "runs", ["deal_id", "id"])
    for name, column, where in (
        ("ix_runs_contact_going", "contact_id", "ended_at IS NULL"),
        ("ix_runs_deal_going", "deal_id", "ended_at IS NULL"),
        ("ix_runs_due", "due_at", "due_at IS NOT NULL"),
    ):
        op.create_index(name, "runs", [column], postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def _run_steps() -> None:
    op.create_table(
        "run_steps",
        sa.Column("id", Identity, nullable=False),
        sa.Column("run_id", Identity, nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by", Identity, nullable=True),
        sa.Column("dropped_at", Moment(), nullable=True),
        sa.Column("task_id", Identity, nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_run_steps_ended_by_users")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_steps_run_id_runs")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_run_steps_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_steps")),
    )
    op.create_index("ix_run_steps_run", "run_steps", ["run_id", "id"])
    where = sa.text("task_id IS NOT NULL")
    op.create_index("ix_run_steps_task", "run_steps", ["task_id"], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    """Take it back."""
    for table in ("run_steps", "runs", "process_versions", "processes"):
        op.drop_table(table)
