"""Beginning, holding and ending campaigns, and deciding on copies of which nobody knows whether they arrived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from crm import campaign_alarms, campaign_checks, campaign_hours, campaign_stops, copy_counts
from crm.campaign_alarms import CHOICE, STOP
from crm.campaign_checks import Outside
from crm.campaign_news import KIND, changed
from crm.campaign_settling import TIMER, leave_out, let_go
from crm.campaign_watch import WATCHED
from crm.campaigns import CANCELLED, DONE, DRAFT, PAUSED, RUNNING, SCHEDULED, Campaign
from crm.deliveries import LEFT, UNDECIDED, WAITING, Delivery, recall
from crm.desk import Refusal
from hub import audit
from hub.bulk_mail import Stopped
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import nsaid, said
from hub.timers import Due
from hub.users import Viewer

GRACE, FURTHEST = timedelta(minutes=10), timedelta(days=366)


class When(msgspec.Struct, frozen=True, kw_only=True):
    """When it begins: now, `at` a moment, or when each recipient's own clock shows `own`, which has no zone."""

    at: datetime | None = None
    own: datetime | None = None


def schedule(
    session: Session, viewer: Viewer, campaign: Campaign, outside: Outside, when: When | None = None
) -> None:
    """Have a campaign begin by itself. It is refused, with all that is wrong, where something does not hold."""
    when = when or When()
    _locked(session, campaign)
    if campaign.sequence_id is not None:
        raise Refusal(_("It is a letter of a sequence: that sends it."))
    if campaign.state not in {DRAFT, SCHEDULED}:
        raise Refusal(_("This campaign has begun already."))
    campaign_checks.require(session, campaign, outside)
    begins = campaign_hours.earliest(when.own) if when.own else when.at or now()
    latest = when.own.replace(tzinfo=UTC) if when.own else begins
    if not now() - GRACE <= latest <= now() + FURTHEST:
        raise Refusal(_("Choose a moment from now on, within a year."))
    campaign.state, campaign.begins_at, campaign.started_by = SCHEDULED, max(begins, now()), viewer.user_id
    campaign.paused_why = ""
    own = {"at": when.own.isoformat(timespec="minutes")} if when.own else {}
    campaign.pace = {key: value for key, value in campaign.pace.items() if key != "at"} | own
    _wake(session, campaign, campaign.begins_at)
    _told(session, viewer, campaign, said("scheduled"))


def unschedule(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Make a draft again of a campaign that has not begun."""
    _locked(session, campaign)
    if campaign.state != SCHEDULED:
        raise Refusal(_("This campaign does not wait for its beginning."))
    campaign.state, campaign.begins_at, campaign.next_at = DRAFT, None, None
    _told(session, viewer, campaign, said("not scheduled any more"))


def pause(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Have nothing more leave, from now on."""
    _locked(session, campaign)
    if campaign.state != RUNNING:
        raise Refusal(_("This campaign is not on its way."))
    campaign.state, campaign.next_at = PAUSED, None
    campaign.paused_why = said("%(name)s paused it.", name=viewer.name)
    recall(session, Delivery.campaign_id == campaign.id)
    announce(session, Stopped(campaign.id))
    _told(session, viewer, campaign, said("paused"))


def resume(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Have it go on, with what was refused for what we are; for what it stopped up to now, it does not stop again."""
    _locked(session, campaign)
    if campaign.state != PAUSED:
        raise Refusal(_("This campaign is not paused."))
    campaign.state, campaign.paused_why = RUNNING, ""
    campaign_stops.decided(session, viewer, campaign)
    campaign.pace = {**campaign.pace, WATCHED: now().isoformat()}
    let_go(session, campaign, now())
    _wake(session, campaign, now())
    _told(session, viewer, campaign, said("resumed"))


def cancel(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """End it for good: what has not left is left out."""
    _locked(session, campaign)
    if campaign.sequence_id is not None or campaign.state not in {SCHEDULED, RUNNING, PAUSED}:
        raise Refusal(_("This campaign has ended, or has not begun."))
    campaign.state, campaign.next_at, campaign.ended_at = CANCELLED, None, now()
    campaign_alarms.settled(session, viewer, campaign, STOP, CHOICE)
    recall(session, Delivery.campaign_id == campaign.id)
    leave_out(session, campaign)
    announce(session, Stopped(campaign.id))
    _told(session, viewer, campaign, said("cancelled"))


def send_again(session: Session, viewer: Viewer, campaign: Campaign, copy_id: int | None = None) -> int:
    """Have the copies sent once more of which nobody knows, or one; somebody may get it twice. Give how many."""
    _locked(session, campaign)
    if campaign.state == CANCELLED:
        raise Refusal(_("It was cancelled: nothing more of it leaves."))
    number = _count(session, campaign, copy_id)
    session.execute(
        update(Delivery).where(*_undecided(campaign, copy_id))
        .values(state=WAITING, due_at=now(), dotted=False, lease=None, leased_until=None, outgoing_id=None)
    )  # fmt: skip
    if campaign.state == DONE:
        campaign.state, campaign.ended_at = RUNNING, None
    if campaign.state == RUNNING:
        _wake(session, campaign, now())
    _told(session, viewer, campaign, nsaid("%(num)s unknown copy is sent again",
                                           "%(num)s unknown copies are sent again", number))  # fmt: skip
    return number


def leave(session: Session, viewer: Viewer, campaign: Campaign, copy_id: int | None = None) -> int:
    """Leave the copies as they are of which nobody knows, or one: nobody gets it twice. Give how many."""
    number = _count(session, campaign, copy_id)
    session.execute(update(Delivery).where(*_undecided(campaign, copy_id)).values(code=LEFT))
    _told(session, viewer, campaign, nsaid("%(num)s unknown copy is left as it is",
                                           "%(num)s unknown copies are left as they are", number))  # fmt: skip
    return number


def undecided(session: Session, campaign: Campaign) -> int:
    """Count the copies of which nobody knows, and on which nobody has decided."""
    return copy_counts.number(session, campaign.id, copy_counts.UNDECIDED)


def _undecided(campaign: Campaign, copy_id: int | None) -> list[ColumnElement[bool]]:
    one = [Delivery.id == copy_id] if copy_id is not None else []
    return [Delivery.campaign_id == campaign.id, UNDECIDED, *one]


def _count(session: Session, campaign: Campaign, copy_id: int | None) -> int:
    """Count those that a decision is about; there is none where somebody else decided meanwhile."""
    wanted = select(func.count()).select_from(Delivery).where(*_undecided(campaign, copy_id))
    number = session.scalar(wanted) or 0
    if not number:
        raise Refusal(_("There is nothing to decide: what became of it is known, or was decided."))
    return number


def _locked(session: Session, campaign: Campaign) -> None:
    """Look at it as it is now: nobody else changes it until this is done."""
    session.flush()
    session.refresh(campaign, with_for_update=True)


def _wake(session: Session, campaign: Campaign, at: datetime) -> None:
    campaign.next_at = at
    announce(session, Due(TIMER, at))


def _told(session: Session, viewer: Viewer, campaign: Campaign, words: str) -> None:
    audit.record(session, viewer, audit.CHANGED, KIND, campaign.id, words=words)
    changed(session, campaign)
