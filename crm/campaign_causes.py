"""What follows for a campaign from why its messenger refused a copy, beside that this one did not arrive.

Is it for what we are or send, the campaign stands at once, and whoever began it has a task: nobody is suppressed. Who
told the messenger that he wants no advertising from us has taken back all that he agreed to there.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_stops, holders, leaving
from crm.campaigns import RUNNING, Campaign
from crm.consents import CHAT, Origin
from crm.deliveries import Delivery
from hub.channels import Channel
from hub.said import said
from hub.troubles import OPPOSED, OURS


def told(session: Session, outgoing_id: int | None, cause: str, why: str) -> None:
    """Do what follows from what a messenger told of a command, where that sent a copy."""
    copy = select(Delivery).where(Delivery.outgoing_id == outgoing_id)
    if cause and (delivery := session.scalar(copy)) is not None:
        follow(session, delivery, cause, why)


def follow(session: Session, delivery: Delivery, cause: str, why: str) -> None:
    """Do what follows from a cause, "" for none."""
    if cause == OURS:
        campaign = session.get_one(
            Campaign, delivery.campaign_id, with_for_update=True, populate_existing=True
        )
        if campaign.state == RUNNING:
            campaign_stops.stop(
                session, campaign, said("The messenger refuses it whoever it is to: %(why)s", why=why)
            )
    elif cause == OPPOSED:
        campaign = session.get_one(Campaign, delivery.campaign_id)
        place = session.get_one(Channel, campaign.channel_id).title
        leaving.leave_all(
            session, holders.of_copy(session, delivery), Origin(source=CHAT, place=place, words=why)
        )
