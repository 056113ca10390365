"""Appointments at customers': when, where and with whom, what was kept of them, and whose diary it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity, Moment

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    """Make it so."""
    _appointments()
    _wishes()
    _papers()
    _diaries()
    _manners()


def _appointments() -> None:
    refers = {
        "contact_id": "contacts", "deal_id": "deals", "task_id": "tasks", "person_id": "users",
        "made_by": "users", "done_by": "users", "interaction_id": "interactions",
    }  # fmt: skip
    moments = ("starts_at", "ends_at", "busy_from", "busy_until", "made_at")
    later = ("done_at", "cancelled_at", "missed_at", "tell_at", "told_at", "remind_at", "reminded_at")
    op.create_table(
        "appointments",
        sa.Column("id", Identity, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        *(
            sa.Column(name, Identity, nullable=name not in {"contact_id", "person_id"})
            for name in refers
        ),
        *(sa.Column(name, Moment(), nullable=False) for name in moments),
        *(sa.Column(name, Moment(), nullable=True) for name in later),
        *(sa.Column(name, sa.String(), nullable=False)
          for name in ("zone", "address", "purpose", "remind_by", "told_to", "trouble", "cancelled_why")),
        sa.Column("sequence", Identity, nullable=False),
        sa.Column("told", Identity, nullable=True),
        sa.Column("invites", sa.Boolean(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_appointments_{column}_{table}"))
            for column, table in refers.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
        sa.UniqueConstraint("uid", name=op.f("uq_appointments_uid")),
    )  # fmt: skip
    op.create_index("ix_appointments_contact", "appointments", ["contact_id", "id"])
    for name, columns, where in (
        ("ix_appointments_person", ["person_id", "busy_from"], "cancelled_at IS NULL"),
        ("ix_appointments_starts", ["starts_at"], "cancelled_at IS NULL"),
        ("ix_appointments_deal", ["deal_id", "id"], "deal_id IS NOT NULL"),
        ("ix_appointments_task", ["task_id"], "task_id IS NOT NULL"),
        ("ix_appointments_tell", ["tell_at"], "tell_at IS NOT NULL"),
        ("ix_appointments_remind", ["remind_at"], "remind_at IS NOT NULL"),
    ):
        op.create_index(
            name, "appointments", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
        )


def _wishes() -> None:
    op.create_table(
        "appointment_wishes",
        sa.Column("id", Identity, nullable=False),
        sa.Column("task_id", Identity, nullable=False),
        sa.Column("deal_id", Identity, nullable=True),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("minutes", Identity, nullable=False),
        sa.Column("starts_at", Moment(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_appointment_wishes_{column}_{table}"))
            for column, table in (("task_id", "tasks"), ("deal_id", "deals"), ("contact_id", "contacts"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_wishes")),
        sa.UniqueConstraint("task_id", name=op.f("uq_appointment_wishes_task_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_appointment_wishes_deal_id"), "appointment_wishes", ["deal_id"])
    op.create_index(op.f("ix_appointment_wishes_contact_id"), "appointment_wishes", ["contact_id"])


def _papers() -> None:
    op.create_table(
        "appointment_papers",
        sa.Column("id", Identity, nullable=False),
        sa.Column("appointment_id", Identity, nullable=False),
        sa.Column("attachment_id", Identity, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", Identity, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_appointment_papers_{column}_{table}"))
            for column, table in (
                ("appointment_id", "appointments"), ("attachment_id", "attachments"), ("by", "users"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_papers")),
        sa.UniqueConstraint("appointment_id", "key", name=op.f("uq_appointment_papers_appointment_id_key")),
    )  # fmt: skip


def _diaries() -> None:
    op.create_table(
        "diaries",
        sa.Column("id", Identity, nullable=False),
        sa.Column("user_id", Identity, nullable=False),
        sa.Column("turns", Identity, nullable=False),
        sa.Column("feed", sa.String(), nullable=True),
        sa.Column("feed_since", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_diaries_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diaries")),
        sa.UniqueConstraint("user_id", name=op.f("uq_diaries_user_id")),
        sa.UniqueConstraint("feed", name=op.f("uq_diaries_feed")),
    )


def _manners() -> None:
    op.create_table(
        "appointment_manners",
        sa.Column("id", Identity, nullable=False),
        *(sa.Column(name, Identity, nullable=False) for name in ("minutes", "travel")),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("invites", "reminds")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("language", "words_en", "words_sv")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_manners")),
    )


def downgrade() -> None:
    """Take it back."""
    for table in (
        "appointment_manners",
        "diaries",
        "appointment_papers",
        "appointment_wishes",
        "appointments",
    ):
        op.drop_table(table)
