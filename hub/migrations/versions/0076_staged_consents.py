"""Files of addresses count as a whole or not at all, and can be stopped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0076"
down_revision = "0073"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("consent_files") as table:
        for name in ("begun_at", "kept_at", "stopped_at"):
            table.add_column(sa.Column(name, Moment(), nullable=True))
    op.execute('UPDATE consent_files SET begun_at = "at"')
    op.execute('UPDATE consent_files SET kept_at = "at" WHERE due_at IS NULL')
    with op.batch_alter_table("consents") as table:
        table.add_column(sa.Column("file_id", Identity, nullable=True))
        table.create_foreign_key("fk_consents_file_id_consent_files", "consent_files", ["file_id"], ["id"])
    of_file = sa.text("file_id IS NOT NULL")
    op.create_index(
        "ix_consents_file", "consents", ["file_id", "id"], sqlite_where=of_file, postgresql_where=of_file
    )


def downgrade() -> None:
    """Take it back; what is not kept yet would count."""
    op.execute("DELETE FROM consents WHERE file_id IN (SELECT id FROM consent_files WHERE kept_at IS NULL)")
    op.drop_index("ix_consents_file", "consents")
    with op.batch_alter_table("consents") as table:
        table.drop_constraint("fk_consents_file_id_consent_files", type_="foreignkey")
        table.drop_column("file_id")
    with op.batch_alter_table("consent_files") as table:
        for name in ("stopped_at", "kept_at", "begun_at"):
            table.drop_column(name)
