"""By what somebody's browser is a telephone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "softphones",
        sa.Column("user_id", Identity, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("sip_user", "secret")),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("told_sign_in", Identity, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_softphones_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_softphones")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("softphones")
