"""Sequences of letters, who is under way in one, and campaigns that are a letter of one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0072"
down_revision = "0071"


def upgrade() -> None:
    """Make it so."""
    _sequences()
    _people()
    with op.batch_alter_table("campaigns") as table:
        table.add_column(sa.Column("sequence_id", Identity, nullable=True))
        table.create_foreign_key("fk_campaigns_sequence_id_sequences", "sequences", ["sequence_id"], ["id"])
    op.create_index(op.f("ix_campaigns_sequence_id"), "campaigns", ["sequence_id"])
    op.create_index("ix_consents_since", "consents", ["list_id", "at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_consents_since", "consents")
    op.drop_index(op.f("ix_campaigns_sequence_id"), "campaigns")
    with op.batch_alter_table("campaigns") as table:
        table.drop_constraint("fk_campaigns_sequence_id_sequences", type_="foreignkey")
        table.drop_column("sequence_id")
    op.drop_table("sequence_people")
    op.drop_table("sequences")


def _sequences() -> None:
    op.create_table(
        "sequences",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("list_id", Identity, nullable=False),
        sa.Column("channel_id", Identity, nullable=True),
        sa.Column("process_id", Identity, nullable=True),
        sa.Column("steps", Document, nullable=False),
        sa.Column("on_at", Moment(), nullable=True),
        sa.Column("since", Moment(), nullable=True),
        sa.Column("look_at", Moment(), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_sequences_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["mailing_lists.id"], name=op.f("fk_sequences_list_id_mailing_lists")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_sequences_made_by_users")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["processes.id"], name=op.f("fk_sequences_process_id_processes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequences")),
        sa.UniqueConstraint("name", name=op.f("uq_sequences_name")),
    )
    _some("ix_sequences_look", "sequences", ["look_at"], "look_at IS NOT NULL")


def _people() -> None:
    op.create_table(
        "sequence_people",
        sa.Column("id", Identity, nullable=False),
        sa.Column("sequence_id", Identity, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("run_id", Identity, nullable=True),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.Column("joined_by", Identity, nullable=True),
        sa.Column("left_at", Moment(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_sequence_people_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(["joined_by"], ["users.id"], name=op.f("fk_sequence_people_joined_by_users")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_sequence_people_run_id_runs")),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequences.id"], name=op.f("fk_sequence_people_sequence_id_sequences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence_people")),
        sa.UniqueConstraint("sequence_id", "address", name=op.f("uq_sequence_people_sequence_id_address")),
    )
    op.create_index(op.f("ix_sequence_people_contact_id"), "sequence_people", ["contact_id"])
    op.create_index(op.f("ix_sequence_people_run_id"), "sequence_people", ["run_id"])
    op.create_index("ix_sequence_people_sequence", "sequence_people", ["sequence_id", "id"])
    _some("ix_sequence_people_going", "sequence_people", ["sequence_id", "id"], "left_at IS NULL")


def _some(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
