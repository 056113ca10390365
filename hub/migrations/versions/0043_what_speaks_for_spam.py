"""Where web senders stand, what the rules against spam said, whom people blocked, and which channel is too silent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0043"
down_revision = "0042"

_NETWORK, _SPAM = "network IS NOT NULL", "spam_at IS NOT NULL"


def upgrade() -> None:
    """Make it so; of what came before nobody asked from which network."""
    op.add_column("inbound", sa.Column("network", sa.String(), nullable=True))
    op.add_column("inbound", sa.Column("checks", Document, nullable=True))
    op.add_column("inbound", sa.Column("likeness", Identity, nullable=True))
    for name, columns, where in (
        ("ix_inbound_network", ["channel_id", "network", "received_at"], sa.text(_NETWORK)),
        ("ix_inbound_spam", ["spam_at", "likeness"], sa.text(_SPAM)),
    ):
        op.create_index(name, "inbound", columns, postgresql_where=where, sqlite_where=where)
    op.create_table(
        "proof_keys",
        sa.Column("id", Identity, nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_keys")),
    )
    op.create_table(
        "spent_proofs",
        sa.Column("id", Identity, nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("inbound_id", Identity, nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent_proofs")),
        sa.UniqueConstraint("salt", name=op.f("uq_spent_proofs_salt")),
    )
    op.create_index("ix_spent_proofs_expires_at", "spent_proofs", ["expires_at"])
    op.create_table(
        "blocked_senders",
        sa.Column("id", Identity, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("by", Identity, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("inbound_id", Identity, nullable=True),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_blocked_senders_by_users")),
        sa.ForeignKeyConstraint(
            ["inbound_id"], ["inbound.id"], name=op.f("fk_blocked_senders_inbound_id_inbound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_senders")),
        sa.UniqueConstraint("kind", "value", name=op.f("uq_blocked_senders_kind_value")),
    )
    op.create_index("ix_blocked_senders_inbound_id", "blocked_senders", ["inbound_id"])
    op.create_table(
        "channel_silences",
        sa.Column("channel_id", Identity, nullable=False),
        sa.Column("listen_at", Moment(), nullable=False),
        sa.Column("since", Moment(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("task_id", Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_channel_silences_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_channel_silences")),
    )


def downgrade() -> None:
    """Take it back."""
    for table in ("channel_silences", "blocked_senders", "spent_proofs", "proof_keys"):
        op.drop_table(table)
    for index in ("ix_inbound_spam", "ix_inbound_network"):
        op.drop_index(index, "inbound")
    for column in ("network", "checks", "likeness"):
        op.drop_column("inbound", column)
