"""Templates of letters and signatures below them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0032"
down_revision = "0031"

SIGNATURES, TEMPLATES = "signatures", "letter_templates"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        SIGNATURES,
        sa.Column("id", Identity, nullable=False),
        sa.Column("user_id", Identity, nullable=True),
        sa.Column("department_id", Identity, nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_signatures_user_id_users")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_signatures_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
        sa.UniqueConstraint("user_id", name=op.f("uq_signatures_user_id")),
        sa.UniqueConstraint("department_id", name=op.f("uq_signatures_department_id")),
    )
    op.create_table(
        TEMPLATES,
        sa.Column("id", Identity, nullable=False),
        sa.Column("department_id", Identity, nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "shortcut", "subject", "text")),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_letter_templates_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_templates")),
    )
    op.create_index(op.f("ix_letter_templates_department_id"), TEMPLATES, ["department_id"])


def downgrade() -> None:
    """Take it back; templates and signatures are forgotten."""
    for name in (TEMPLATES, SIGNATURES):
        op.drop_table(name)
