"""What is known of a campaign's copies while it goes, in numbers: whom each counts, crm/campaign_people.py says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import copy_counts
from crm.copy_counts import CopyCount
from crm.deliveries import FATES, SENT, UNDECIDED, Delivery


class Sum(NamedTuple):
    """What stands of a campaign in the list of all."""

    all: int
    sent: int
    bounced: int
    answered: int


def fates(session: Session, campaign_id: int) -> dict[str, int]:
    """Count what became known of few copies: see `FATES`."""
    columns = [copy_counts.total(getattr(CopyCount, fate)) for fate in FATES]
    found = session.execute(select(*columns).where(CopyCount.campaign_id == campaign_id)).one()
    return {fate: int(number) for fate, number in zip(FATES, found, strict=True)}


def sums(session: Session, ids: Collection[int]) -> dict[int, Sum]:
    """Give the sums of campaigns."""
    columns = (
        copy_counts.total(), copy_counts.total(CopyCount.state == SENT), copy_counts.total(CopyCount.bounced),
        copy_counts.total(CopyCount.answered),
    )  # fmt: skip
    wanted = select(CopyCount.campaign_id, *columns).where(CopyCount.campaign_id.in_(ids))
    rows = session.execute(wanted.group_by(CopyCount.campaign_id))
    return {row[0]: Sum(*map(int, row[1:])) for row in rows}


def undecided(
    session: Session, campaign_id: int, *, before: int | None = None, most: int = 100
) -> Sequence[Delivery]:
    """Give the copies on which a person has still to decide, the newest first."""
    wanted = select(Delivery).where(Delivery.campaign_id == campaign_id, UNDECIDED)
    if before is not None:
        wanted = wanted.where(Delivery.id < before)
    return session.scalars(wanted.order_by(Delivery.id.desc()).limit(most)).all()
