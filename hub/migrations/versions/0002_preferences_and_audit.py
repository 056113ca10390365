"""Preferences of people, and the audit that is only ever added to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0002"
down_revision = "0001"

REFUSED = "the audit is only ever added to"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preferences", Document, nullable=False, server_default="{}"))
    op.create_table(
        "audit",
        sa.Column("id", Identity, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("user_id", Identity, nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", Identity, nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("changes", Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_record", "audit", ["kind", "record_id", "id"])
    op.create_index("ix_audit_user", "audit", ["user_id", "id"])
    op.create_index("ix_audit_at", "audit", ["at", "id"])
    if op.get_context().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{deed.lower()} BEFORE {deed} ON audit "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit()"
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("audit")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_audit()")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("preferences")
