"""Beginning, holding and ending campaigns, and deciding on copies of which nobody knows whether they arrived."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from crm.campaign_news import KIND, changed
from crm.campaign_settling import TIMER, leave_out
from crm.campaign_watch import WATCHED
from crm.campaigns import CANCELLED, DONE, DRAFT, PAUSED, RUNNING, SCHEDULED, Campaign
from crm.deliveries import UNKNOWN, WAITING, Delivery
from crm.desk import Refusal
from hub import audit
from hub.bulk import Stopped
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import nsaid, said
from hub.timers import Due
from hub.users import Viewer

LEFT = "left"  # the code of an unknown copy that a person left as it is


def schedule(session: Session, viewer: Viewer, campaign: Campaign, at: datetime | None = None) -> None:
    """Have a campaign begin by itself, now or at a moment. What must hold before that was looked at by the caller."""
    if campaign.state not in {DRAFT, SCHEDULED}:
        raise Refusal(_("This campaign has begun already."))
    if campaign.list_id is None or campaign.channel_id is None:
        raise Refusal(
            _("A campaign needs a list on whose ground it is written, and a mailbox that it is from.")
        )
    campaign.state, campaign.begins_at, campaign.started_by = SCHEDULED, at or now(), viewer.user_id
    _wake(session, campaign, max(campaign.begins_at, now()))
    _told(session, viewer, campaign, said("scheduled"))


def unschedule(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Make a draft again of a campaign that has not begun."""
    if campaign.state != SCHEDULED:
        raise Refusal(_("This campaign does not wait for its beginning."))
    campaign.state, campaign.begins_at, campaign.next_at = DRAFT, None, None
    _told(session, viewer, campaign, said("not scheduled any more"))


def pause(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Have nothing more leave, from now on."""
    if campaign.state != RUNNING:
        raise Refusal(_("This campaign is not on its way."))
    campaign.state, campaign.next_at = PAUSED, None
    campaign.paused_why = said("%(name)s paused it.", name=viewer.name)
    announce(session, Stopped(campaign.id))
    _told(session, viewer, campaign, said("paused"))


def resume(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Have it go on; for what it stopped by itself up to now, it does not stop again."""
    if campaign.state != PAUSED:
        raise Refusal(_("This campaign is not paused."))
    campaign.state, campaign.paused_why = RUNNING, ""
    campaign.pace = {**campaign.pace, WATCHED: now().isoformat()}
    _wake(session, campaign, now())
    _told(session, viewer, campaign, said("resumed"))


def cancel(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """End it for good: what has not left is left out."""
    if campaign.state not in {SCHEDULED, RUNNING, PAUSED}:
        raise Refusal(_("This campaign has ended, or has not begun."))
    campaign.state, campaign.next_at, campaign.ended_at = CANCELLED, None, now()
    leave_out(session, campaign)
    announce(session, Stopped(campaign.id))
    _told(session, viewer, campaign, said("cancelled"))


def send_again(session: Session, viewer: Viewer, campaign: Campaign) -> int:
    """Have the copies sent once more of which nobody knows; somebody may get it twice. Give how many."""
    number = _count(session, campaign)
    session.execute(
        update(Delivery).where(*_undecided(campaign))
        .values(state=WAITING, due_at=now(), dotted=False, lease=None, leased_until=None)
    )  # fmt: skip
    if number and campaign.state == DONE:
        campaign.state, campaign.ended_at = RUNNING, None
    if number and campaign.state == RUNNING:
        _wake(session, campaign, now())
    _told(session, viewer, campaign, nsaid("%(num)s unknown copy is sent again",
                                           "%(num)s unknown copies are sent again", number))  # fmt: skip
    return number


def leave(session: Session, viewer: Viewer, campaign: Campaign) -> int:
    """Leave the copies as they are of which nobody knows: nobody gets it twice. Give how many."""
    number = _count(session, campaign)
    session.execute(update(Delivery).where(*_undecided(campaign)).values(code=LEFT))
    _told(session, viewer, campaign, nsaid("%(num)s unknown copy is left as it is",
                                           "%(num)s unknown copies are left as they are", number))  # fmt: skip
    return number


def _undecided(campaign: Campaign) -> tuple[ColumnElement[bool], ...]:
    return (Delivery.campaign_id == campaign.id, Delivery.state == UNKNOWN, Delivery.code != LEFT)


def _count(session: Session, campaign: Campaign) -> int:
    return session.scalar(select(func.count()).select_from(Delivery).where(*_undecided(campaign))) or 0


def _wake(session: Session, campaign: Campaign, at: datetime) -> None:
    campaign.next_at = at
    announce(session, Due(TIMER, at))


def _told(session: Session, viewer: Viewer, campaign: Campaign, words: str) -> None:
    audit.record(session, viewer, audit.CHANGED, KIND, campaign.id, words=words)
    changed(session, campaign)
