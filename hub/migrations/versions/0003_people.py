"""People's extensions, departments' deputies, absences that ended early, and hand-overs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make it so."""
    op.add_column("users", sa.Column("extension", sa.String(), nullable=False, server_default=""))
    op.add_column("departments", sa.Column("deputy_id", Identity, nullable=True))
    op.add_column("departments", sa.Column("retired_at", Moment(), nullable=True))
    op.add_column("absences", sa.Column("planned_until", Moment(), nullable=True))
    op.create_index("ix_absences_until", "absences", ["until"])
    op.create_table(
        "handovers",
        sa.Column("id", Identity, nullable=False),
        sa.Column("user_id", Identity, nullable=False),
        sa.Column("by", Identity, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("undone_by", Identity, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_handovers_user_id_users")),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_handovers_by_users")),
        sa.ForeignKeyConstraint(["undone_by"], ["users.id"], name=op.f("fk_handovers_undone_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index("ix_handovers_user_id", "handovers", ["user_id"])
    op.create_table(
        "handover_items",
        sa.Column("id", Identity, nullable=False),
        sa.Column("handover_id", Identity, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", Identity, nullable=False),
        sa.Column("from_department_id", Identity, nullable=True),
        sa.Column("to_user_id", Identity, nullable=True),
        sa.Column("to_department_id", Identity, nullable=True),
        sa.Column("returned_at", Moment(), nullable=True),
        sa.Column("left_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handovers.id"], name=op.f("fk_handover_items_handover_id_handovers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_items")),
    )
    op.create_index("ix_handover_items_handover_id", "handover_items", ["handover_id"])
    op.create_index("ix_handover_items_record", "handover_items", ["kind", "record_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("handover_items")
    op.drop_table("handovers")
    op.drop_index("ix_absences_until", "absences")
    op.drop_column("absences", "planned_until")
    op.drop_column("departments", "retired_at")
    op.drop_column("departments", "deputy_id")
    op.drop_column("users", "extension")
