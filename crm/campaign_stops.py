"""A campaign that stops by itself is told of; the tasks are done once somebody has it go on, or ends it.

So is one that would have stopped, had it not ended before that was known.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import campaign_alarms
from crm.campaign_alarms import REFUSED, STOP, Alarm
from crm.campaign_news import changed
from crm.campaigns import PAUSED, Campaign
from crm.deliveries import Delivery, recall
from hub.bulk_mail import Stopped
from hub.db import announce
from hub.said import said
from hub.users import Viewer


def stop(session: Session, campaign: Campaign, why: str) -> None:
    """Have a campaign stand that goes, with what is in the outbox, and tell those whom it concerns."""
    campaign.state, campaign.next_at, campaign.paused_why = PAUSED, None, why
    recall(session, Delivery.campaign_id == campaign.id)
    announce(session, Stopped(campaign.id))
    changed(session, campaign)
    alarm = Alarm(
        about=STOP, why=why, tells=said("The campaign “%(name)s” stopped", name=campaign.name),
        asks=said("The campaign “%(name)s” stopped: decide what becomes of it", name=campaign.name),
        then=(said("Nothing more of it leaves until somebody has it go on, or cancels it."),
              said("A task of yours says the same; it is done once somebody has decided.")),
    )  # fmt: skip
    campaign_alarms.tell(session, campaign, alarm)


def tell_after_its_end(session: Session, campaign: Campaign, why: str) -> None:
    """Tell those whom an ended campaign concerns why it came back: nothing of it can be held any more."""
    title = said("The campaign “%(name)s” came back, when it had ended", name=campaign.name)
    then = (said("All of it has left. What is sent next may be refused as well, until the reason is mended."),
            said("A task of yours says the same."))  # fmt: skip
    campaign_alarms.tell(session, campaign, Alarm(about=REFUSED, why=why, asks=title, tells=title, then=then))


def decided(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Have what its stop gave people to do be done: somebody decided."""
    campaign_alarms.settled(session, viewer, campaign, STOP)
