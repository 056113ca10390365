"""The newest lines of a list, and the payments of a sum, are found by index, however many there are."""

from __future__ import annotations

from alembic import op

revision = "0093"
down_revision = "0092"


def upgrade() -> None:
    """Make it so."""
    op.create_index("ix_consents_newest", "consents", ["list_id", "id"])
    op.create_index("ix_payments_amount", "payments", ["amount", "id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_payments_amount", "payments")
    op.drop_index("ix_consents_newest", "consents")
