"""Turns that a pace gave to what it put off: taken back when it is changed, so that the new one holds at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.campaign_news import changed
from crm.campaigns import PAUSED, RUNNING, SENDING, Campaign
from crm.deliveries import WAITING, Delivery
from crm.paces import AHEAD, ALL, Pace
from hub.db import announce
from hub.timers import Due


def take_back(session: Session, row: Pace, moment: datetime) -> None:
    """Have a pace begin anew, and nothing wait any longer for its turn by the one before."""
    row.full_at = row.slot_at = None
    if row.domain != ALL:
        _copies(session, row, moment)
    _campaigns(session, row, moment)


def _copies(session: Session, row: Pace, moment: datetime) -> None:
    """Have copies be due that were put off; those that wait for their hours are put off for these again."""
    under_way = select(Campaign.id).where(
        Campaign.channel_id == row.channel_id, Campaign.state.in_((RUNNING, PAUSED))
    )
    session.execute(
        update(Delivery)
        .where(Delivery.campaign_id.in_(under_way), Delivery.state == WAITING, Delivery.tries == 0,
               Delivery.domain == row.domain, Delivery.due_at > moment, Delivery.due_at <= moment + AHEAD)
        .values(due_at=moment)
    )  # fmt: skip


def _campaigns(session: Session, row: Pace, moment: datetime) -> None:
    """Have campaigns of the mailbox go on, but those that wait for something else and say so."""
    wanted = select(Campaign).where(
        Campaign.channel_id == row.channel_id, Campaign.state == RUNNING, Campaign.paused_why == "",
        Campaign.next_at > moment,
    )  # fmt: skip
    for campaign in session.scalars(wanted).all():
        campaign.next_at = moment
        announce(session, Due(SENDING, moment))
        changed(session, campaign)
