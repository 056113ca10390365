"""The deals of a contact, as his card shows them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.deals import Deal
from crm.pipelines import Stage
from crm.rights import sees_deal
from crm.web.amounts import worth
from hub.users import Viewer

MOST = 50


class DealRow(msgspec.Struct, frozen=True, kw_only=True):
    """One deal, in a line."""

    id: int
    title: str
    stage: str
    value: str
    open: bool


def contact_deals(session: Session, viewer: Viewer, contact_id: int) -> Sequence[DealRow]:
    """Give the deals with a contact that this viewer sees: those that go on first, then the newest."""
    wanted = select(Deal, Stage.name).join(Stage).where(Deal.contact_id == contact_id, sees_deal(viewer))
    rows = session.execute(wanted.order_by(Deal.id.desc()).limit(MOST)).all()
    return [
        DealRow(
            id=deal.id, title=deal.title, stage=stage, open=deal.is_open,
            value=worth(deal.value, deal.currency),
        )
        for deal, stage in sorted(rows, key=lambda row: not row[0].is_open)
    ]  # fmt: skip
