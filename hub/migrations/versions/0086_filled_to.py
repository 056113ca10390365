"""How far the copies of a campaign are made is kept: its first ones leave while the others are made.

The ledger is read list by list in the order in which it was written; without an index for that each thousand of lines
sorted all that followed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity

revision = "0086"
down_revision = "0085"


def upgrade() -> None:
    """Make it so. What just begins goes on from the ledger's first line: nobody gets a second copy by that."""
    op.add_column("campaigns", sa.Column("filled_to", Identity, nullable=True))
    op.create_index("ix_consents_lines", "consents", ["list_id", "kind", "id"])


def downgrade() -> None:
    """Take it back; what had not all of its copies yet begins to make them once more."""
    op.drop_index("ix_consents_lines", "consents")
    op.execute("UPDATE campaigns SET started_at = NULL WHERE filled_to IS NOT NULL")
    op.drop_column("campaigns", "filled_to")
