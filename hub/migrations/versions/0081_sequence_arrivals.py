"""Who agreed waits to begin a sequence, a file of addresses begins one, and runs of a sequence go on in lots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0081"
down_revision = "0078"


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
    _some("ix_consent_files_brings", "consent_files", ["sequence_id", "id"], "brings_from IS NOT NULL")
    _some(
        "ix_sequence_people_waiting",
        "sequence_people",
        ["sequence_id", "id"],
        "run_id IS NULL AND left_at IS NULL",
    )
    op.drop_index("ix_runs_due", "runs")
    with op.batch_alter_table("runs") as table:
        table.add_column(sa.Column("sequence_id", Identity, nullable=True))
        table.create_foreign_key("fk_runs_sequence_id_sequences", "sequences", ["sequence_id"], ["id"])
    _some("ix_runs_due", "runs", ["due_at"], "due_at IS NOT NULL AND sequence_id IS NULL")
    _some(
        "ix_runs_in_lots", "runs", ["sequence_id", "due_at"], "due_at IS NOT NULL AND sequence_id IS NOT NULL"
    )


def downgrade() -> None:
    """Take it back; who waits to begin is found by his consent again."""
    op.drop_index("ix_runs_in_lots", "runs")
    op.drop_index("ix_runs_due", "runs")
    with op.batch_alter_table("runs") as table:
        table.drop_constraint("fk_runs_sequence_id_sequences", type_="foreignkey")
        table.drop_column("sequence_id")
    _some("ix_runs_due", "runs", ["due_at"], "due_at IS NOT NULL")
    op.drop_index("ix_sequence_people_waiting", "sequence_people")
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


def _some(name: str, table: str, columns: list[str], where: str) -> None:
    holds = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=holds, postgresql_where=holds)
