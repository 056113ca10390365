"""To whom a campaign is to go, and at which hours: settled before it begins."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from sqlalchemy.orm import Session

from crm.campaign_contents import OPEN
from crm.campaign_news import KIND, changed
from crm.campaign_whom import MOST_SEGMENTS
from crm.campaigns import Campaign, unplanned
from crm.desk import Refusal
from crm.segments import Segment
from hub import audit
from hub.languages import _
from hub.users import Viewer

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets it, see `Campaign`; from when to when, as 08:00, the same twice is day and night."""

    segments: tuple[int, ...] = ()
    without: tuple[int, ...] = ()
    frozen: bool = True
    since: str = "00:00"
    until: str = "00:00"


def plan_of(campaign: Campaign) -> Plan:
    """Give what is settled."""
    hours = {
        name: str(campaign.pace.get(key, "00:00")) for name, key in (("since", "from"), ("until", "until"))
    }
    return Plan(
        segments=tuple(campaign.segments), without=tuple(campaign.without), frozen=campaign.frozen, **hours
    )


def plan(session: Session, viewer: Viewer, campaign: Campaign, wanted: Plan) -> None:
    """Settle it; Refusal has words for what cannot be."""
    if campaign.state not in OPEN:
        raise Refusal(_("It is on its way, or was: who gets it stays as it is."))
    if campaign.sequence_id is not None:
        raise Refusal(_("It is a letter of a sequence: who gets it, and at which hours, is settled there."))
    wanted = msgspec.structs.replace(
        wanted, segments=tuple(dict.fromkeys(wanted.segments)), without=tuple(dict.fromkeys(wanted.without))
    )
    _require_sense(session, campaign, wanted)
    before, after = _told(plan_of(campaign)), _told(wanted)
    campaign.segments, campaign.without = list(wanted.segments), list(wanted.without)
    campaign.frozen = wanted.frozen
    campaign.pace = {**campaign.pace, "from": wanted.since, "until": wanted.until}
    if changes := audit.differences(before, after):
        unplanned(campaign)
        audit.record(session, viewer, audit.CHANGED, KIND, campaign.id, changes=changes)
        changed(session, campaign)


def require_hours(since: str, until: str) -> None:
    """Refuse what are no hours."""
    if not (_TIME.fullmatch(since) and _TIME.fullmatch(until)):
        raise Refusal(_("Write hours as 08:00."))


def _require_sense(session: Session, campaign: Campaign, wanted: Plan) -> None:
    if max(len(wanted.segments), len(wanted.without)) > MOST_SEGMENTS:
        raise Refusal(_("A campaign takes at most %(most)s segments.", most=MOST_SEGMENTS), field="segments")
    if set(wanted.segments) & set(wanted.without):
        raise Refusal(_("A segment cannot be meant and left out."), field="without")
    known = {*campaign.segments, *campaign.without}
    for each in (*wanted.segments, *wanted.without):
        row = session.get(Segment, each)
        if row is None or (row.retired_at is not None and each not in known):
            raise Refusal(_("There is no such segment."))
    require_hours(wanted.since, wanted.until)


def _told(plan: Plan) -> Mapping[str, object]:
    return {
        "segments": list(plan.segments), "without": list(plan.without), "frozen": plan.frozen, "since": plan.since,
        "until": plan.until,
    }  # fmt: skip
