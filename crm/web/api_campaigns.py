"""Campaigns over the API: begun, planned, checked, started, held, ended, and what nobody knows decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from aiohttp import web
from msgspec import UNSET
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    campaign_changes,
    campaign_contents,
    campaign_counts,
    campaign_plans,
    campaign_progress,
    campaign_settings,
    campaign_slowness,
    campaign_starts,
    campaign_whom,
)
from crm.campaign_changes import When
from crm.campaign_checks import Outside
from crm.campaign_settings import Settled
from crm.campaigns import TEMPLATE, Campaign
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from crm.web import campaign_outlook
from crm.web.api_campaign_shapes import (
    CampaignIn,
    CampaignOut,
    CampaignPatch,
    CampaignProgressOut,
    CampaignQuery,
    CheckOut,
    ChecksOut,
    DecidedOut,
    ReasonOut,
    RecipientsOut,
    ScheduleIn,
    UnknownIn,
    UnknownOut,
)
from crm.web.campaign_outlook import checked
from hub.clock import now
from hub.languages import Listener, _, speaking_to
from hub.said import again
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.etags import Match, if_match, tag_of
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

READ, WRITE = "campaigns:read", "campaigns:write"
Deed = Callable[[Session, Viewer, Campaign], None]


@endpoint("GET", "/campaigns", scope=READ, role="manager", query=CampaignQuery, returns=Page[CampaignOut],
          summary="List campaigns, newest first")  # fmt: skip
async def listed(request: web.Request, query: CampaignQuery) -> Page[CampaignOut]:
    """List campaigns."""
    return await request.app[DB].read(_listed, query)


@endpoint("GET", "/campaigns/{id}", scope=READ, role="manager", returns=CampaignOut, etag=tag_of,
          summary="Get one campaign")  # fmt: skip
async def one(request: web.Request) -> CampaignOut:
    """Give one."""
    return await request.app[DB].read(_one, path_id(request))


@endpoint("GET", "/campaigns/{id}/progress", scope=READ, role="manager", returns=CampaignProgressOut,
          summary="How far a campaign is, how fast it goes and why no faster")  # fmt: skip
async def far(request: web.Request) -> CampaignProgressOut:
    """Say how far it is."""
    return await request.app[DB].read(_progress, path_id(request))


@endpoint("GET", "/campaigns/{id}/recipients", scope=READ, role="manager", returns=RecipientsOut,
          summary="Count who would get a campaign if it began now, and who not")  # fmt: skip
async def recipients(request: web.Request) -> RecipientsOut:
    """Count them."""
    return await request.app[DB].read(_recipients, path_id(request))


@endpoint("GET", "/campaigns/{id}/unknown", scope=READ, role="manager", query=Paging, returns=Page[UnknownOut],
          summary="List the copies of which nobody knows whether they arrived")  # fmt: skip
async def unknown(request: web.Request, query: Paging) -> Page[UnknownOut]:
    """List them."""
    return await request.app[DB].read(_unknown, path_id(request), query)


@endpoint("POST", "/campaigns", scope=WRITE, role="manager", body=CampaignIn, returns=CampaignOut, status=201,
          etag=tag_of, summary="Begin a campaign, as a draft")  # fmt: skip
async def begin(request: web.Request, body: CampaignIn) -> CampaignOut:
    """Begin one."""
    return await write(request, _begin, viewer_of(request), body, base_url(request))


@endpoint("PATCH", "/campaigns/{id}", scope=WRITE, role="manager", body=CampaignPatch, returns=CampaignOut,
          etag=tag_of, summary="Change what a campaign is beside its words")  # fmt: skip
async def change(request: web.Request, body: CampaignPatch) -> CampaignOut:
    """Change one."""
    args = viewer_of(request), path_id(request), body, base_url(request), if_match(request)
    return await write(request, _change, *args)


@endpoint("POST", "/campaigns/{id}/check", scope=READ, role="manager", returns=ChecksOut,
          summary="Look at what must hold before a campaign may begin")  # fmt: skip
async def check(request: web.Request) -> ChecksOut:
    """Check one; the network is asked."""
    outside = await campaign_outlook.ask(request, path_id(request))
    return await request.app[DB].read(_checks, path_id(request), outside)


@endpoint("POST", "/campaigns/{id}/schedule", scope=WRITE, role="manager", body=ScheduleIn, returns=CampaignOut,
          summary="Start a campaign, now or at its time, if all that must hold does")  # fmt: skip
async def schedule(request: web.Request, body: ScheduleIn) -> CampaignOut:
    """Start one."""
    outside = await campaign_outlook.ask(request, path_id(request))
    return await write(request, _schedule, viewer_of(request), path_id(request), body, outside)


@endpoint("DELETE", "/campaigns/{id}/schedule", scope=WRITE, role="manager", returns=CampaignOut,
          summary="Have a campaign not begin: it is a draft again")  # fmt: skip
async def unschedule(request: web.Request) -> CampaignOut:
    """Make it a draft again."""
    return await write(request, _done, viewer_of(request), path_id(request), campaign_changes.unschedule)


@endpoint("POST", "/campaigns/{id}/pause", scope=WRITE, role="manager", returns=CampaignOut,
          summary="Have nothing more of a campaign leave")  # fmt: skip
async def pause(request: web.Request) -> CampaignOut:
    """Pause it."""
    return await write(request, _done, viewer_of(request), path_id(request), campaign_changes.pause)


@endpoint("POST", "/campaigns/{id}/resume", scope=WRITE, role="manager", returns=CampaignOut,
          summary="Have a paused campaign go on")  # fmt: skip
async def resume(request: web.Request) -> CampaignOut:
    """Have it go on."""
    return await write(request, _done, viewer_of(request), path_id(request), campaign_changes.resume)


@endpoint("POST", "/campaigns/{id}/cancel", scope=WRITE, role="manager", returns=CampaignOut,
          summary="End a campaign for good: what has not left is left out")  # fmt: skip
async def cancel(request: web.Request) -> CampaignOut:
    """Cancel it."""
    return await write(request, _done, viewer_of(request), path_id(request), campaign_changes.cancel)


@endpoint("POST", "/campaigns/{id}/unknown", scope=WRITE, role="manager", body=UnknownIn, returns=DecidedOut,
          summary="Decide on copies of which nobody knows whether they arrived")  # fmt: skip
async def decide(request: web.Request, body: UnknownIn) -> DecidedOut:
    """Decide."""
    return await write(request, _decide, viewer_of(request), path_id(request), body)


def _found(session: Session, campaign_id: int) -> Campaign:
    found = session.get(Campaign, campaign_id)
    if found is None or found.state == TEMPLATE:
        raise Problem(404, _("There is no such campaign."))
    return found


def _listed(session: Session, query: CampaignQuery) -> Page[CampaignOut]:
    state = Campaign.state == query.state if query.state else Campaign.state != TEMPLATE
    wanted = select(Campaign).where(state, Campaign.sequence_id.is_(None))
    rows = session.scalars(newest_first(wanted, Campaign.id, query)).all()
    return page_of(rows, query.limit, lambda row: _shown(session, row))


def _one(session: Session, campaign_id: int) -> CampaignOut:
    return _shown(session, _found(session, campaign_id))


def _shown(session: Session, row: Campaign) -> CampaignOut:
    content, plan = campaign_contents.chosen(session, row.id), campaign_plans.plan_of(row)
    same = (
        "id",
        "name",
        "state",
        "paused_why",
        "sender_name",
        "counts_clicks",
        "counts_opens",
        "frozen",
        "begins_at",
        "started_at",
        "ended_at",
        "next_at",
    )
    return CampaignOut(
        **{name: getattr(row, name) for name in same}, subject=content.subject if content else "", list=row.list_id,
        channel=row.channel_id, kind=row.handle, segments=list(row.segments), without=list(row.without),
        hours=[] if plan.since == plan.until else [plan.since, plan.until], own_clock=str(row.pace.get("at", "")),
    )  # fmt: skip


def _progress(session: Session, campaign_id: int) -> CampaignProgressOut:
    row, moment = _found(session, campaign_id), now()
    found = campaign_progress.progress(session, row, moment)
    slow = [ReasonOut(words=str(each.words), until=each.until)
            for each in campaign_slowness.reasons(session, row, moment)]  # fmt: skip
    known = campaign_counts.fates(session, row.id)
    return CampaignProgressOut(
        sent=found.sent, left=found.left, refused=found.refused, unknown=found.unknown, left_out=found.left_out,
        undecided=campaign_changes.undecided(session, row), answered=known["answered"], bounced=known["bounced"],
        unsubscribed=known["unsubscribed"], complained=known["complained"], speed=found.speed, ends_at=found.ends_at,
        grows=found.grows, slow=slow,
    )  # fmt: skip


def _recipients(session: Session, campaign_id: int) -> RecipientsOut:
    row = _found(session, campaign_id)
    try:
        counted = campaign_whom.counts(session, row)
    except ValueError as error:
        raise Refusal(again(error.args[0])) from None
    gets = counted.pop(campaign_whom.GETS)
    return RecipientsOut(gets=gets, left_out=counted)


def _unknown(session: Session, campaign_id: int, query: Paging) -> Page[UnknownOut]:
    row = _found(session, campaign_id)
    rows = campaign_counts.undecided(session, row.id, before=query.after, most=query.limit + 1)
    return page_of(rows, query.limit,
                   lambda each: UnknownOut(id=each.id, address=each.address, contact=each.contact_id))  # fmt: skip


def _begin(session: Session, viewer: Viewer, new: CampaignIn, base: str) -> CampaignOut:
    of = session.get(MailingList, new.list) if new.list else None
    with speaking_to(Listener(of.language) if of else Listener()):
        start = campaign_starts.ready(new.start)
    return _shown(session, campaign_contents.begin(session, viewer, new.name, new.list, start, base))


def _change(
    session: Session, viewer: Viewer, campaign_id: int, wanted: CampaignPatch, base: str, match: Match
) -> CampaignOut:
    row = _found(session, campaign_id)
    match.check(tag_of(_shown(session, row)))
    given = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not UNSET}
    own = {{"list": "list_id", "channel": "channel_id"}.get(name, name): value for name, value in given.items()
           if name in {"name", "list", "channel", "sender_name", "counts_clicks", "counts_opens"}}  # fmt: skip
    if own:
        kept = {name: getattr(row, name) for name in Settled.__struct_fields__}
        campaign_settings.settle(session, viewer, row, Settled(**(kept | own)), base)
    plan = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
            if name in {"segments", "without", "frozen", "since", "until"}}  # fmt: skip
    if plan:
        campaign_plans.plan(
            session, viewer, row, msgspec.structs.replace(campaign_plans.plan_of(row), **plan)
        )
    return _shown(session, row)


def _checks(session: Session, campaign_id: int, outside: Outside) -> ChecksOut:
    found = checked(session, _found(session, campaign_id), outside)
    told = [CheckOut(name=str(each.name), holds=each.holds, href="" if each.holds else each.href,
                     words=str(each.note if each.holds else each.words)) for each in found]  # fmt: skip
    return ChecksOut(ready=all(each.holds for each in found), checks=told)


def _schedule(
    session: Session, viewer: Viewer, campaign_id: int, asked: ScheduleIn, outside: Outside
) -> CampaignOut:
    if asked.at is not UNSET and asked.own_clock is not UNSET:
        raise Refusal(_("Say when it begins as one moment with its zone, or by each one's own clock."))
    try:
        own = None if asked.own_clock is UNSET else datetime.fromisoformat(asked.own_clock)
    except ValueError:
        raise Refusal(_("Say on which day and at what time."), field="own_clock") from None
    row = _found(session, campaign_id)
    when = When(at=None if asked.at is UNSET else asked.at, own=own)
    campaign_changes.schedule(session, viewer, row, outside, when)
    return _shown(session, row)


def _done(session: Session, viewer: Viewer, campaign_id: int, deed: Deed) -> CampaignOut:
    row = _found(session, campaign_id)
    deed(session, viewer, row)
    return _shown(session, row)


def _decide(session: Session, viewer: Viewer, campaign_id: int, asked: UnknownIn) -> DecidedOut:
    deed = campaign_changes.send_again if asked.again else campaign_changes.leave
    return DecidedOut(copies=deed(session, viewer, _found(session, campaign_id), asked.copy))
