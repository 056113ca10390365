"""What is known of a campaign's copies, in numbers, and the copies behind each number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm.campaign_changes import LEFT
from crm.contacts import Contact
from crm.deliveries import CLAIMED, FATES, LEFT_OUT, REFUSED, SENT, UNKNOWN, WAITING, Delivery

KINDS: Mapping[str, ColumnElement[bool]] = {
    "all": Delivery.state.is_not(None),
    "sent": Delivery.state == SENT,
    "left": Delivery.state.in_((WAITING, CLAIMED)),
    "refused": Delivery.state == REFUSED,
    "unknown": Delivery.state == UNKNOWN,
    "undecided": (Delivery.state == UNKNOWN) & (Delivery.code != LEFT),
    "left-out": Delivery.state == LEFT_OUT,
    "bounced": Delivery.bounced_at.is_not(None),
    "answered": Delivery.answered_at.is_not(None),
    "unsubscribed": Delivery.unsubscribed_at.is_not(None),
    "complained": Delivery.complained_at.is_not(None),
}
"""The kinds of copies by which a number is opened."""


class Line(NamedTuple):
    """A copy, and whose it is."""

    copy: Delivery
    name: str

    @property
    def is_open(self) -> bool:
        """Tell whether a person has still to decide on it."""
        return self.copy.state == UNKNOWN and self.copy.code != LEFT


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
        .where(Delivery.campaign_id == campaign_id, KINDS[fate]).scalar_subquery()
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


def copies(
    session: Session, campaign_id: int, kind: str, *, before: int | None = None, most: int = 100
) -> Sequence[Line]:
    """Give the copies behind a number, the newest first."""
    wanted = (
        select(Delivery, Contact.name).outerjoin(Contact, Contact.id == Delivery.contact_id)
        .where(Delivery.campaign_id == campaign_id, KINDS[kind])
    )  # fmt: skip
    if before is not None:
        wanted = wanted.where(Delivery.id < before)
    rows = session.execute(wanted.order_by(Delivery.id.desc()).limit(most))
    return [Line(row, name or "") for row, name in rows]


def _known(session: Session, ids: Collection[int], fate: str) -> dict[int, int]:
    counted = select(Delivery.campaign_id, func.count()).where(Delivery.campaign_id.in_(ids), KINDS[fate])
    return dict(iter(session.execute(counted.group_by(Delivery.campaign_id))))
