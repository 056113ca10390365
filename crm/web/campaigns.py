"""Campaigns: all of them, and the beginning of a new one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_counts, campaign_deciding, campaign_starts
from crm.campaign_counts import Sum
from crm.campaign_pictures import KIND
from crm.campaign_starts import READY, Start
from crm.campaign_trials import CampaignTrial
from crm.campaigns import (
    CANCELLED,
    DONE,
    DRAFT,
    MAIL,
    PAUSED,
    RUNNING,
    SCHEDULED,
    TEMPLATE,
    Campaign,
    CampaignContent,
)
from crm.mailing_lists import MailingList, mailing_lists
from crm.web.composer import whole_number
from crm.web.zones import zone_of
from hub.languages import N_, Listener, _, speaking_to
from hub.users import User, Viewer
from hub.web.audit_kinds import Kind, add_kind
from hub.web.frame import Room, add_room, rooms_for
from hub.web.keys import DB
from hub.web.moments import full
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, is_fragment, page, render, see_other, viewer_of

HERE = "/campaigns"
SHOWN, OFFERED = 50, 200
NOTHING = Sum(0, 0, 0, 0)
STATES: Mapping[str, tuple[str, str]] = {
    DRAFT: ("off", N_("Draft")), SCHEDULED: ("soon", N_("Scheduled")), RUNNING: ("free", N_("Sending")),
    PAUSED: ("soon", N_("Paused")), DONE: ("off", N_("Sent")), CANCELLED: ("off", N_("Cancelled")),
    TEMPLATE: ("off", N_("Template")),
}  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign in the list; `begins` says when it does, where that is settled."""

    id: int
    name: str
    href: str
    subject: str
    list: str
    who: str
    state: str
    state_words: str
    at: datetime
    begins: str = ""
    sum: Sum = NOTHING


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _campaigns.html; `older` is where the rest is, None for no more."""

    rows: Sequence[Row]
    templates: Sequence[Row]
    older: int | None
    here: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a campaign can begin with."""

    value: str
    name: str
    about: str = ""


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(session.execute(select(Campaign.id, Campaign.name).where(Campaign.id.in_(ids))).all())


add_room(Room(href=HERE, name=N_("Campaigns"), icon="megaphone", order=31, role="manager"))
add_kind(Kind(campaign_contents.KIND, N_("Campaign"), f"{HERE}/{{id}}", _names))
add_kind(Kind(KIND, N_("Picture")))


@page("GET", HERE, role="manager")
async def campaigns(request: web.Request) -> web.StreamResponse:
    """Show all of them, the newest first."""
    before = whole_number(request.query.get("before", ""))
    shown = await request.app[DB].read(_listed, before)
    template = "_campaigns.html" if is_fragment(request) else "campaigns.html"
    doors = rooms_for(viewer_of(request), HERE)
    return await render(request, template, title=_("Campaigns"), list=shown, doors=doors)


@page("GET", f"{HERE}/new", role="manager")
async def new(request: web.Request) -> web.StreamResponse:
    """Ask what a new one is called, whom it is for and what it begins with."""
    lists, starts = await request.app[DB].read(_offered)
    return await render(request, "_campaign_new.html" if is_fragment(request) else "campaign_new.html",
                        title=_("New campaign"), lists=lists, starts=starts)  # fmt: skip


@page("POST", HERE, role="manager")
async def begin(request: web.Request) -> web.StreamResponse:
    """Begin one, and go where it is written."""
    asked = await form(request)
    campaign_id = await request.app[DB].write(_begin, viewer_of(request), asked, base_url(request))
    href = f"{HERE}/{campaign_id}/content"
    if is_fragment(request):
        answer = see_other(href)
        answer.set_status(204)
        del answer.headers["Location"]
        answer.headers["HX-Redirect"] = href
        return answer
    return await changed(request, Toast(text=_("Begun: write what it says")), back=href)


def state_of(session: Session, campaign: Campaign, *, tried: bool = True) -> tuple[str, str]:
    """Give the tone and the words of how a campaign is, `tried` being whether letters of it may be."""
    if tried and campaign.state == RUNNING and campaign_deciding.asks(session, campaign):
        return "soon", _("Waits for a choice")
    tone, words = STATES[campaign.state]
    return tone, _(words)


def begins(session: Session, campaign: Campaign) -> str:
    """Say on which day and at what time a campaign begins that is scheduled, by whose clock; "" for others."""
    if campaign.state != SCHEDULED or campaign.begins_at is None:
        return ""
    if own := str(campaign.pace.get("at", "")).replace("T", " "):
        return _("For each at %(time)s by his own clock", time=own)
    return _("Begins %(at)s", at=full(campaign.begins_at, zone_of(session)))


def _begin(session: Session, viewer: Viewer, asked: Mapping[str, str], base: str) -> int:
    list_id = whole_number(asked.get("list", "")) or None
    of = session.get(MailingList, list_id) if list_id else None
    with speaking_to(Listener(of.language) if of else Listener()):
        start = _start(session, asked.get("start", ""))
    return campaign_contents.begin(session, viewer, asked.get("name", ""), list_id, start, base).id


def _start(session: Session, chosen: str) -> Start:
    """Give what it begins with: one of ours by its key, or what another campaign says."""
    other = session.get(Campaign, whole_number(chosen)) if chosen.isdigit() else None
    content = campaign_contents.chosen(session, other.id) if other else None
    if content is None:
        return campaign_starts.ready(chosen)
    said = campaign_contents.written_of(content)
    return Start(name="", subject=said.subject, preheader=said.preheader, blocks=said.blocks)


def _offered(session: Session) -> tuple[list[tuple[int, str]], list[Choice]]:
    lists = [(each.id, each.name) for each in mailing_lists(session)]
    ready = [Choice(value=key, name=start.name, about=start.about)
             for key in READY for start in [campaign_starts.ready(key)]]  # fmt: skip
    rows = session.scalars(_newest().where(Campaign.handle == MAIL).limit(OFFERED)).all()
    kept = [Choice(value=str(row.id), name=row.name, about=_("A template of yours"))
            for row in rows if row.state == TEMPLATE]  # fmt: skip
    before = [Choice(value=str(row.id), name=row.name, about=_("As it was written then"))
              for row in rows if row.state != TEMPLATE]  # fmt: skip
    return lists, ready + kept + before[:10]


def _listed(session: Session, before: int) -> Listed:
    wanted = _newest().where(Campaign.state != TEMPLATE)
    if before:
        wanted = wanted.where(Campaign.id < before)
    found = session.scalars(wanted.limit(SHOWN + 1)).all()
    sums = campaign_counts.sums(session, [each.id for each in found[:SHOWN]])
    kept = () if before else session.scalars(_newest().where(Campaign.state == TEMPLATE).limit(SHOWN)).all()
    known = _known(session, [*found[:SHOWN], *kept])
    return Listed(
        rows=[_row(session, each, sums.get(each.id, NOTHING), known) for each in found[:SHOWN]],
        templates=[_row(session, each, NOTHING, known) for each in kept],
        older=found[SHOWN - 1].id if found[SHOWN:] else None,
        here=f"{HERE}?before={before}" if before else HERE,
    )  # fmt: skip


def _newest() -> Select[Campaign]:
    return select(Campaign).where(Campaign.sequence_id.is_(None)).order_by(Campaign.id.desc())


class _Known(NamedTuple):
    """What rows tell beside their campaigns: letters by campaign, names by number, and what is tried."""

    letters: Mapping[int, CampaignContent]
    lists: Mapping[int, str]
    people: Mapping[int, str]
    tried: Collection[int]


def _known(session: Session, found: Sequence[Campaign]) -> _Known:
    ids = [each.id for each in found]
    lists = select(MailingList.id, MailingList.name).where(
        MailingList.id.in_({each.list_id for each in found})
    )
    people = select(User.id, User.name).where(User.id.in_({each.made_by for each in found}))
    tried = select(CampaignTrial.campaign_id).where(CampaignTrial.campaign_id.in_(ids))
    return _Known(
        letters=campaign_contents.chosen_of(session, ids), lists=dict(session.execute(lists).all()),
        people=dict(session.execute(people).all()), tried=set(session.scalars(tried)),
    )  # fmt: skip


def _row(session: Session, campaign: Campaign, figures: Sum, known: _Known) -> Row:
    content = known.letters.get(campaign.id)
    tone, words = state_of(session, campaign, tried=campaign.id in known.tried)
    return Row(
        id=campaign.id, name=campaign.name, href=f"{HERE}/{campaign.id}", sum=figures,
        subject=content.subject if content else "", list=known.lists.get(campaign.list_id or 0, ""),
        who=known.people.get(campaign.made_by or 0, ""),
        state=tone, state_words=words,
        at=campaign.started_at or (content.changed_at if content else campaign.made_at),
        begins=begins(session, campaign),
    )  # fmt: skip
