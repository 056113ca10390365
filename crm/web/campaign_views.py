"""What the page of a campaign shows: before it begins what must hold and who gets it, then how it goes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    campaign_changes,
    campaign_contents,
    campaign_counts,
    campaign_people,
    campaign_plans,
    campaign_progress,
    campaign_slowness,
    campaign_trials,
    campaign_whom,
    letter_boxes,
)
from crm.campaign_checks import Check, Outside
from crm.campaign_plans import Plan
from crm.campaign_progress import Progress
from crm.campaign_slowness import Reason
from crm.campaigns import CANCELLED, DONE, DRAFT, MAIL, PAUSED, RUNNING, SCHEDULED, Campaign
from crm.deliveries import Delivery
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from crm.segments import Segment
from crm.web.campaign_outlook import checked
from crm.web.campaigns import HERE, begins, state_of
from crm.web.zones import zone_of
from hub.channels import Channel
from hub.clock import now
from hub.languages import _
from hub.users import User

UNDECIDED = 10  # unknown copies that stand on the page itself
FIGURES = ("sent", "waiting", "replied", "bounced", "refused", "unknown", "left", "complained", "left-out")
"""The numbers of a campaign that goes on, by the kind of people behind each, and those that stand there at 0."""
ALWAYS = frozenset({"sent", "waiting", "replied", "bounced"})


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number and where what it counts is shown."""

    words: str
    number: int
    href: str


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that may be chosen."""

    id: int
    name: str
    meant: bool
    left_out: bool


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What is settled before it begins. `refused` says why nobody can be counted."""

    checks: Sequence[Check]
    ready: bool
    plan: Plan
    segments: Sequence[Offered]
    gets: int
    counted: Sequence[Number]
    refused: str
    earliest: str


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """How it goes, or went. `open_copies` are the first of those on which a person decides, of `undecided`."""

    progress: Progress
    figures: Sequence[Number]
    share: float
    reasons: Sequence[Reason]
    undecided: int
    open_copies: Sequence[Delivery]


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """The values of campaign_desk.html; either `before` or `going`."""

    id: int
    name: str
    state: str
    tone: str
    words: str
    why: str
    subject: str
    list: str
    list_id: int
    box: str
    box_id: int
    by_mail: bool
    who: str
    begins: str
    own_clock: str
    hours: str
    started_at: datetime | None
    ended_at: datetime | None
    begun: bool
    sequence: int
    tried: bool
    before: Before | None
    going: Going | None
    may: Collection[str]


def desk(session: Session, campaign: Campaign, outside: Outside) -> Desk:
    """Give everything of a campaign's page."""
    content = campaign_contents.chosen(session, campaign.id)
    of = session.get(MailingList, campaign.list_id) if campaign.list_id else None
    by = campaign.started_by or campaign.made_by
    who = session.get(User, by) if by else None
    begun = campaign.state not in {DRAFT, SCHEDULED}
    plan = campaign_plans.plan_of(campaign)
    tone, words = state_of(session, campaign)
    return Desk(
        id=campaign.id, name=campaign.name, state=campaign.state, tone=tone, words=words,
        why="" if campaign.state == RUNNING else campaign.paused_why,
        subject=content.subject if content else "", list=of.name if of else "", list_id=of.id if of else 0,
        box=_way(session, campaign), box_id=campaign.channel_id or 0,
        by_mail=campaign.handle == MAIL, who=who.name if who else "",
        begins=begins(session, campaign), own_clock=str(campaign.pace.get("at", "")).replace("T", " "),
        hours=_hours(plan), started_at=campaign.started_at,
        ended_at=campaign.ended_at, begun=begun, sequence=campaign.sequence_id or 0,
        tried=campaign_trials.trial_of(session, campaign.id) is not None,
        before=None if begun else _before(session, campaign, plan, outside),
        going=_going(session, campaign) if begun else None, may=_DEEDS[campaign.state],
    )  # fmt: skip


def _way(session: Session, campaign: Campaign) -> str:
    """Say by which way it goes."""
    box = letter_boxes.box(session, campaign.channel_id) if campaign.channel_id else None
    if box is not None:
        return " · ".join(dict.fromkeys((box.title, box.address)))
    channel = session.get(Channel, campaign.channel_id) if campaign.channel_id else None
    return channel.title if channel is not None else ""


def _hours(plan: Plan) -> str:
    return "" if plan.since == plan.until else f"{plan.since}\N{EN DASH}{plan.until}"


_DEEDS: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({"plan", "start"}), SCHEDULED: frozenset({"unschedule", "cancel"}),
    RUNNING: frozenset({"pause", "cancel", "again"}), PAUSED: frozenset({"resume", "cancel", "again"}),
    DONE: frozenset({"again"}), CANCELLED: frozenset(),
}  # fmt: skip
"""What can be done in each state: no button stands there that would be refused."""


def _before(session: Session, campaign: Campaign, plan: Plan, outside: Outside) -> Before:
    found = checked(session, campaign, outside)
    counted: dict[str, int] = {}
    refused = ""
    try:
        counted = campaign_whom.counts(session, campaign) if campaign.list_id else {}
    except (Refusal, ValueError) as error:
        refused = str(error)
    out = [Number(words=_(words), number=counted[fate], href=f"{HERE}/{campaign.id}/recipients?of={fate}")
           for fate, words in campaign_whom.WORDS.items() if fate in counted]  # fmt: skip
    earliest = now().astimezone(zone_of(session)).replace(tzinfo=None).isoformat(timespec="minutes")
    return Before(
        checks=found, ready=all(each.holds for each in found), plan=plan, segments=_offered(session, plan),
        gets=counted.get(campaign_whom.GETS, 0), counted=out, refused=refused, earliest=earliest,
    )  # fmt: skip


def _offered(session: Session, plan: Plan) -> list[Offered]:
    chosen = {*plan.segments, *plan.without}
    rows = session.scalars(select(Segment).order_by(Segment.name))
    return [
        Offered(id=each.id, name=each.name, meant=each.id in plan.segments, left_out=each.id in plan.without)
        for each in rows if each.retired_at is None or each.id in chosen
    ]  # fmt: skip


def _going(session: Session, campaign: Campaign) -> Going:
    far = campaign_progress.progress(session, campaign, now())
    fates = campaign_counts.fates(session, campaign.id)
    known = {
        "sent": far.sent, "waiting": far.left, "refused": far.refused, "unknown": far.unknown,
        "left-out": far.left_out, "replied": fates["answered"], "bounced": fates["bounced"],
        "left": fates["unsubscribed"], "complained": fates["complained"],
    }  # fmt: skip
    figures = [
        Number(words=_(campaign_people.word_of(campaign, kind)), number=known[kind],
               href=f"{HERE}/{campaign.id}/people?kind={kind}")
        for kind in FIGURES if (known[kind] or kind in ALWAYS) and (kind != "bounced" or campaign.handle == MAIL)
    ]  # fmt: skip
    undecided = campaign_changes.undecided(session, campaign)
    unsent = far.left + (far.left_out if campaign.state == CANCELLED else 0)
    return Going(
        progress=far, figures=figures, share=100 * (far.total - unsent) / far.total if far.total else 0.0,
        reasons=campaign_slowness.reasons(session, campaign, now()), undecided=undecided,
        open_copies=campaign_counts.undecided(session, campaign.id, most=UNDECIDED) if undecided else [],
    )  # fmt: skip
