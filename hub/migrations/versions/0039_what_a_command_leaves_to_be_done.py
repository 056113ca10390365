"""What a command leaves to be done is a command of its own that leads back to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity

revision = "0039"
down_revision = "0038"

TABLE, REST_OF, INDEX = "outbox", "rest_of_id", "ix_outbox_rests"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table(TABLE) as table:
        table.add_column(sa.Column(REST_OF, Identity, nullable=True))
        table.create_foreign_key(op.f("fk_outbox_rest_of_id_outbox"), TABLE, [REST_OF], ["id"])
    some = sa.text(f"{REST_OF} IS NOT NULL")
    op.create_index(INDEX, TABLE, [REST_OF], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    """Take it back; what is left to be done is not done."""
    op.execute("DELETE FROM outbox WHERE rest_of_id IS NOT NULL")
    op.drop_index(INDEX, TABLE)
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(op.f("fk_outbox_rest_of_id_outbox"), type_="foreignkey")
        table.drop_column(REST_OF)
