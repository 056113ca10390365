"""What runs have done that takes time, what they could not hear, and which requests open deals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0056"
down_revision = "0054"


def upgrade() -> None:
    """Make it so."""
    op.add_column("runs", sa.Column("unheard", Document, nullable=False, server_default="[]"))
    op.add_column("pipelines", sa.Column("opened_by", Document, nullable=False, server_default="[]"))
    op.create_table(
        "run_wishes",
        sa.Column("id", Identity, nullable=False),
        sa.Column("run_id", Identity, nullable=False),
        sa.Column("step_id", Identity, nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("attempts", Identity, nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("document_id", Identity, nullable=True),
        sa.Column("interaction_id", Identity, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_wishes_run_id_runs")),
        sa.ForeignKeyConstraint(["step_id"], ["run_steps.id"], name=op.f("fk_run_wishes_step_id_run_steps")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["deal_documents.id"], name=op.f("fk_run_wishes_document_id_deal_documents")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_run_wishes_interaction_id_interactions"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_wishes")),
        sa.UniqueConstraint("step_id", name=op.f("uq_run_wishes_step_id")),
    )
    op.create_index("ix_run_wishes_run_id", "run_wishes", ["run_id"])
    where = sa.text("due_at IS NOT NULL")
    op.create_index("ix_run_wishes_due", "run_wishes", ["due_at"], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("run_wishes")
    op.drop_column("pipelines", "opened_by")
    op.drop_column("runs", "unheard")
