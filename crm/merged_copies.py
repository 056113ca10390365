"""Copies of a campaign for two cards that became one: he gets it once, and each his own where they are two again."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session, aliased

from crm.campaigns import PAUSED, RUNNING, SENDING, Campaign
from crm.deliveries import LEFT_OUT, REFUSED, WAITING, Delivery, hold
from hub.clock import now
from hub.db import announce
from hub.languages import N_
from hub.said import said
from hub.timers import Due

ELSEWHERE = N_("Gets it at another address of his.")


def join(session: Session, contact_id: int) -> None:
    """Leave out the copies of somebody that have not left where another one of the same campaign is his as well.

    One by mail that is claimed leaves; one of a messenger waits again as long as the outbox has not begun it.
    """
    session.flush()
    hold(session, Delivery.contact_id == contact_id, _has_another())
    session.expire_all()
    waiting = (Delivery.contact_id == contact_id, Delivery.state == WAITING, _has_another())
    session.execute(
        update(Delivery).where(*waiting).values(state=LEFT_OUT, due_at=None, why=said(ELSEWHERE)),
        execution_options={"synchronize_session": False},
    )
    session.expire_all()
    goes_on = select(Delivery.campaign_id).where(Delivery.contact_id == contact_id, Delivery.state == WAITING,
                                                 Delivery.due_at <= now())  # fmt: skip
    for campaign in session.scalars(
        select(Campaign).where(Campaign.id.in_(goes_on), Campaign.state == RUNNING)
    ):
        _go_on(session, campaign)


def part(session: Session, contact_ids: Collection[int]) -> None:
    """Have those wait again that were left out so, where the campaign goes on and no other is left."""
    session.flush()
    left_out = select(Delivery, Campaign).join(Campaign, Campaign.id == Delivery.campaign_id).where(
        Delivery.contact_id.in_(contact_ids), Delivery.state == LEFT_OUT, Delivery.why == said(ELSEWHERE),
        Campaign.state.in_((RUNNING, PAUSED)), ~_has_another(),
    )  # fmt: skip
    for copy, campaign in session.execute(left_out.order_by(Delivery.id)).all():
        # Of a trial those wait for its choice that are of no letter yet.
        copy.state, copy.due_at, copy.why = WAITING, now() if copy.variant else None, ""
        if campaign.state == RUNNING:
            _go_on(session, campaign)


def _go_on(session: Session, campaign: Campaign) -> None:
    campaign.next_at = now()
    announce(session, Due(SENDING, now()))


def _has_another() -> ColumnElement[bool]:
    other = aliased(Delivery)
    return (
        select(other.id)
        .where(
            other.campaign_id == Delivery.campaign_id, other.contact_id == Delivery.contact_id,
            other.id != Delivery.id, other.state.not_in((LEFT_OUT, REFUSED)),
            or_(other.state != WAITING, other.id < Delivery.id),
        )
        .correlate(Delivery).exists()
    )  # fmt: skip
