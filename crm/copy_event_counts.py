"""How many followed which link, looked in which hour, or were machines: counted by the database as it happens.

What happened to the copies of a campaign may be a million rows, so no page walks through them. Triggers on
`copy_events` (migration 0084) keep the sums in the transaction that writes a row, or that finds out that a machine did
it. `wrong` compares them with what happened, and `count_anew` mends them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, cast, delete, func, insert, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.campaigns import Campaign
from crm.copy_events import CLICKED, OPENED, CopyEvent
from crm.deliveries import Delivery
from hub.db import Base

MACHINE = "machine"
NO_LINK = -1


class CopyEventCount(Base):
    """So many people, each once; there may be several rows of the same, and their sum holds.

    Of those who followed `link` of `variant`; or who opened or clicked (`kind`) in `hour`, which is UTC and written as
    2026-11-27 10; or, of kind `MACHINE`, whose copies a machine looked at.
    """

    __tablename__ = "copy_event_counts"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey(Campaign.id))
    variant: Mapped[str]
    kind: Mapped[str]
    link: Mapped[int]
    hour: Mapped[str]
    number: Mapped[int]

    __table_args__ = (Index("ix_copy_event_counts_campaign", "campaign_id", "kind", "link", "hour"),)


_COLUMNS = ["campaign_id", "variant", "kind", "link", "hour", "number"]
_SUM = func.sum(CopyEventCount.number)


def by_link(session: Session, campaign_id: int) -> Mapping[tuple[str, int], int]:
    """Count who followed each link, by variant and number of the link."""
    wanted = select(CopyEventCount.variant, CopyEventCount.link, _SUM).where(
        CopyEventCount.campaign_id == campaign_id,
        CopyEventCount.kind == CLICKED,
        CopyEventCount.link > NO_LINK,
    )
    rows = session.execute(wanted.group_by(CopyEventCount.variant, CopyEventCount.link))
    return {(variant, link): int(number) for variant, link, number in rows}


def by_hour(
    session: Session, campaign_id: int, kind: str, since: datetime, until: datetime
) -> Mapping[str, int]:
    """Count who opened or clicked in each hour of a span, by the hour in UTC: 2026-11-27 10."""
    wanted = select(CopyEventCount.hour, _SUM).where(
        CopyEventCount.campaign_id == campaign_id, CopyEventCount.kind == kind, CopyEventCount.link == NO_LINK,
        CopyEventCount.hour >= f"{since:%Y-%m-%d %H}", CopyEventCount.hour < f"{until:%Y-%m-%d %H}",
    )  # fmt: skip
    rows = session.execute(wanted.group_by(CopyEventCount.hour))
    return {hour: int(number) for hour, number in rows if number}


def machines(session: Session, campaign_id: int) -> int:
    """Count the copies that a machine looked at."""
    wanted = select(_SUM).where(CopyEventCount.campaign_id == campaign_id, CopyEventCount.kind == MACHINE)
    return int(session.scalar(wanted) or 0)


def wrong(session: Session) -> Sequence[int]:
    """Give the campaigns whose sums differ from what happened. All of that is looked at."""
    columns = [getattr(CopyEventCount, name) for name in _COLUMNS[:-1]]
    kept = {
        tuple(row[:-1]): int(row[-1]) for row in session.execute(select(*columns, _SUM).group_by(*columns))
    }
    true = {tuple(row[:-1]): int(row[-1]) for each in _truth(session) for row in session.execute(each)}
    return sorted({key[0] for key in kept.keys() | true.keys() if kept.get(key, 0) != true.get(key, 0)})


def count_anew(session: Session, campaign_id: int) -> None:
    """Have the sums of a campaign be those of what happened."""
    session.execute(delete(CopyEventCount).where(CopyEventCount.campaign_id == campaign_id))
    for each in _truth(session):
        found = each.where(CopyEvent.campaign_id == campaign_id)
        session.execute(insert(CopyEventCount).from_select(_COLUMNS, found))


def _truth(session: Session) -> Sequence[Any]:  # statements of six columns each
    """Count what happened itself, as the triggers do."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    # Both write moments as 2026-11-27 10:15.
    hour = func.substr(cast(CopyEvent.at if sqlite else func.timezone("UTC", CopyEvent.at), String), 1, 13)
    people, looked = func.count(CopyEvent.delivery_id.distinct()), CopyEvent.kind.in_((OPENED, CLICKED))
    nothing, one = literal(""), CopyEvent.campaign_id
    links = select(one, Delivery.variant, CopyEvent.kind, CopyEvent.link, nothing, people).join(
        Delivery, Delivery.id == CopyEvent.delivery_id
    )
    hours = select(one, nothing, CopyEvent.kind, literal(NO_LINK), hour, people)
    of_machines = select(one, nothing, literal(MACHINE), literal(NO_LINK), nothing, people)
    return (
        links.where(CopyEvent.kind == CLICKED, CopyEvent.machine == "", CopyEvent.link.is_not(None))
        .group_by(one, Delivery.variant, CopyEvent.kind, CopyEvent.link),
        hours.where(looked, CopyEvent.machine == "").group_by(one, CopyEvent.kind, hour),
        of_machines.where(looked, CopyEvent.machine != "").group_by(one),
    )  # fmt: skip
