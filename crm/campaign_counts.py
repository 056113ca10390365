"""What is known of a campaign's copies while it goes, in numbers: whom each counts, crm/campaign_people.py says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm.deliveries import FATES, SENT, UNDECIDED, Delivery


class Sum(NamedTuple):
    """What stands of a campaign in the list of all."""

    all: int
    sent: int
    bounced: int
    answered: int


def fates(session: Session, campaign_id: int) -> dict[str, int]:
    """Count what became known of few copies: see `FATES`. Each is asked along an index of its own."""
    counted = [
        select(func.count()).select_from(Delivery)
        .where(Delivery.campaign_id == campaign_id, _became(fate)).scalar_subquery()
        for fate in FATES
    ]  # fmt: skip
    return dict(zip(FATES, session.execute(select(*counted)).one(), strict=True))


def sums(session: Session, ids: Collection[int]) -> dict[int, Sum]:
    """Give the sums of campaigns."""
    states = select(Delivery.campaign_id, Delivery.state, func.count()).where(Delivery.campaign_id.in_(ids))
    found: dict[int, dict[str, int]] = {}
    for campaign_id, state, number in session.execute(states.group_by(Delivery.campaign_id, Delivery.state)):
        found.setdefault(campaign_id, {})[state] = number
    known = {fate: _known(session, ids, fate) for fate in ("bounced", "answered")}
    return {
        each: Sum(
            sum(states.values()),
            states.get(SENT, 0),
            known["bounced"].get(each, 0),
            known["answered"].get(each, 0),
        )
        for each, states in found.items()
    }


def undecided(
    session: Session, campaign_id: int, *, before: int | None = None, most: int = 100
) -> Sequence[Delivery]:
    """Give the copies on which a person has still to decide, the newest first."""
    wanted = select(Delivery).where(Delivery.campaign_id == campaign_id, UNDECIDED)
    if before is not None:
        wanted = wanted.where(Delivery.id < before)
    return session.scalars(wanted.order_by(Delivery.id.desc()).limit(most)).all()


def _known(session: Session, ids: Collection[int], fate: str) -> dict[int, int]:
    counted = select(Delivery.campaign_id, func.count()).where(Delivery.campaign_id.in_(ids), _became(fate))
    return dict(iter(session.execute(counted.group_by(Delivery.campaign_id))))


def _became(fate: str) -> ColumnElement[bool]:
    moment: ColumnElement[bool] = getattr(Delivery, f"{fate}_at").is_not(None)
    return moment
