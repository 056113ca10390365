"""Who agreed waits in a line to begin a sequence, and a file of addresses begins one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0081"
down_revision = "0077"


def upgrade() -> None:
    """Make it so; whoever agreed and has not begun yet waits."""
    _arrivals()
    with op.batch_alter_table("sequences") as table:
        table.add_column(sa.Column("leave_at", Moment(), nullable=True))
    with op.batch_alter_table("consent_files") as table:
        table.add_column(sa.Column("sequence_id", Identity, nullable=True))
        table.add_column(sa.Column("brings_from", Identity, nullable=True))
        table.create_foreign_key(
            "fk_consent_files_sequence_id_sequences", "sequences", ["sequence_id"], ["id"]
        )
    brings = sa.text("brings_from IS NOT NULL")
    op.create_index(
        "ix_consent_files_brings",
        "consent_files",
        ["sequence_id", "id"],
        sqlite_where=brings,
        postgresql_where=brings,
    )


def downgrade() -> None:
    """Take it back; who waits to begin is found by his consent again."""
    op.drop_index("ix_consent_files_brings", "consent_files")
    with op.batch_alter_table("consent_files") as table:
        table.drop_constraint("fk_consent_files_sequence_id_sequences", type_="foreignkey")
        table.drop_column("brings_from")
        table.drop_column("sequence_id")
    with op.batch_alter_table("sequences") as table:
        table.drop_column("leave_at")
    op.drop_table("sequence_arrivals")


def _arrivals() -> None:
    op.create_table(
        "sequence_arrivals",
        sa.Column("id", Identity, nullable=False),
        sa.Column("sequence_id", Identity, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequences.id"], name=op.f("fk_sequence_arrivals_sequence_id_sequences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence_arrivals")),
        sa.UniqueConstraint("sequence_id", "address", name=op.f("uq_sequence_arrivals_sequence_id_address")),
    )
    op.execute(
        "INSERT INTO sequence_arrivals (sequence_id, address) "
        "SELECT DISTINCT sequences.id, consents.value FROM sequences "
        "JOIN consents ON consents.list_id = sequences.list_id AND consents.at >= sequences.since "
        "WHERE consents.kind = 'mail' AND consents.state = 'given' AND consents.source <> 'import' "
        "AND NOT EXISTS (SELECT 1 FROM sequence_people WHERE sequence_people.sequence_id = sequences.id "
        "AND sequence_people.address = consents.value)"
    )
