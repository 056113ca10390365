"""Organisations by when they were changed and made: indexes to walk along. A deed may join several into one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document

revision = "0011"
down_revision = "0010"

ORDERS = ("changed", "made")
DEEDS = sa.table(
    "bulk_deeds", sa.column("id"), sa.column("kind"), sa.column("what", Document)
)  # fmt: skip


def upgrade() -> None:
    """Make it so."""
    for order in ORDERS:
        op.create_index(f"ix_organisations_{order}", "organisations", [f"{order}_at", "id"])
    for deed_id, what in _joins():
        _keep(deed_id, {**what, "from": [what["from"]]})


def downgrade() -> None:
    """Take it back; a deed that joined several is known as that of the first."""
    for deed_id, what in _joins():
        _keep(deed_id, {**what, "from": what["from"][0]})
    for order in ORDERS:
        op.drop_index(f"ix_organisations_{order}", "organisations")


def _joins() -> list[sa.Row[int, dict[str, list[int]]]]:
    return list(op.get_bind().execute(sa.select(DEEDS.c.id, DEEDS.c.what).where(DEEDS.c.kind == "join")))


def _keep(deed_id: int, what: dict[str, object]) -> None:
    op.get_bind().execute(sa.update(DEEDS).where(DEEDS.c.id == deed_id).values(what=what))
