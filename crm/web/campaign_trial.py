"""The trial of a campaign: how its letters are tried, what came of each so far, and the choice by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_deciding, campaign_shares, campaign_trial_changes, campaign_trials
from crm.campaign_trial_changes import Wanted
from crm.campaign_trials import (
    ANSWERED,
    ASK,
    BEST,
    CLICKED,
    LEFT,
    LETTERS,
    OPENED,
    PERSON,
    SENT,
    CampaignTrial,
    Tallies,
)
from crm.campaign_verdicts import Share
from crm.campaigns import PAUSED, RUNNING, Campaign
from crm.desk import Refusal
from crm.web.campaign_editor import campaign_of
from crm.web.campaigns import HERE
from crm.web.composer import whole_number
from hub.languages import N_, _, ngettext
from hub.users import User, Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.problems import Problem

COUNTED = {CLICKED: N_("followed a link"), OPENED: N_("opened it"), ANSWERED: N_("answered"),
           PERSON: N_("followed a link")}  # fmt: skip
RULES = {CLICKED: N_("Most who followed a link"), OPENED: N_("Most who opened it"),
         ANSWERED: N_("Most who answered"), PERSON: N_("A person chooses")}  # fmt: skip
UNSURE = {BEST: N_("The one that is ahead goes on all the same"), ASK: N_("A person is asked")}


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One of those that are tried. `low` and `high` are between which shares of all it lies, in percent."""

    name: str
    subject: str
    sent: int
    hits: int
    share: int
    low: int
    high: int
    answered: int
    left: int
    is_winner: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _campaign_trial.html."""

    id: int
    is_open: bool
    letters: Sequence[Letter]
    counted: str
    words: str
    waits: bool
    is_asking: bool
    can_choose: bool
    winner: str
    who: str
    decided_at: datetime | None
    decides_at: datetime | None
    share: int
    each: str
    rule: str
    rules: Sequence[tuple[str, str]]
    hours: int
    enough: int | None
    unsure: str
    unsures: Sequence[tuple[str, str]]


@page("GET", f"{HERE}/{{id}}/trial", role="manager")
async def trial(request: web.Request) -> web.StreamResponse:
    """Show it."""
    name, shown = await request.app[DB].read(_titled, path_id(request))
    if is_fragment(request):
        return await render(request, "_campaign_trial.html", trial=shown)
    back = Back(f"{HERE}/{path_id(request)}", name)
    return await render(request, "campaign_trial.html", title=_("Trial"), sub=name, back=back, trial=shown)


@page("POST", f"{HERE}/{{id}}/letters", role="manager")
async def add_letter(request: web.Request) -> web.StreamResponse:
    """Have one more letter be tried, and go where it is written."""
    letter = await request.app[DB].write(_add, viewer_of(request), path_id(request), base_url(request))
    words = _("Letter %(letter)s is a copy of the first one: say in it what is to be tried", letter=letter)
    return await _go(request, f"{HERE}/{path_id(request)}/content?variant={letter}", words)


@page("DELETE", f"{HERE}/{{id}}/letters/{{letter}}", role="manager")
async def drop_letter(request: web.Request) -> web.StreamResponse:
    """Have a letter be tried no more."""
    letter = request.match_info["letter"]
    await request.app[DB].write(_drop, viewer_of(request), path_id(request), letter)
    return await _go(request, f"{HERE}/{path_id(request)}/content", _("Taken away"))


@page("POST", f"{HERE}/{{id}}/trial", role="manager")
async def set_up(request: web.Request) -> web.StreamResponse:
    """Have it be tried so."""
    await request.app[DB].write(_set_up, viewer_of(request), path_id(request), await form(request))
    return await changed(request, Toast(text=_("Saved")), back=f"{HERE}/{path_id(request)}/trial")


@page("POST", f"{HERE}/{{id}}/trial/winner", role="manager")
async def choose(request: web.Request) -> web.StreamResponse:
    """Have all who wait get one letter."""
    letter = (await form(request)).get("letter", "")
    await request.app[DB].write(_choose, viewer_of(request), path_id(request), letter)
    return await changed(request, Toast(text=_("Letter %(letter)s goes to all the others", letter=letter)),
                         back=f"{HERE}/{path_id(request)}/trial")  # fmt: skip


def shown_trial(session: Session, campaign: Campaign) -> Shown | None:
    """Give a trial as its page shows it; None where nothing is tried."""
    found = campaign_trials.trial_of(session, campaign.id)
    if found is None:
        return None
    tallies = found.found or campaign_trials.tallies(session, campaign)
    seen = campaign_deciding.judged(found, tallies)
    waits = campaign_trials.are_kept_back(session, campaign.id)
    who = session.get(User, found.decided_by) if found.decided_by else None
    has_begun = campaign.state not in campaign_contents.OPEN
    return Shown(
        id=campaign.id, is_open=not has_begun, counted=_(COUNTED[found.rule]), waits=waits, is_asking=_asks(found),
        letters=[_letter(session, found, each, tallies, seen.shares[each]) for each in found.variants],
        words=str(campaign_deciding.words(seen)) if has_begun else "", winner=found.winner,
        can_choose=waits and not found.winner and campaign.state in {RUNNING, PAUSED}, who=who.name if who else "",
        decided_at=found.decided_at, decides_at=found.decides_at, share=found.share, rule=found.rule,
        each="" if has_begun else _each(session, campaign, found),
        rules=[(rule, _(words)) for rule, words in RULES.items() if _can_decide(campaign, found, rule)],
        hours=found.hours, enough=found.enough, unsure=found.unsure,
        unsures=[(each, _(words)) for each, words in UNSURE.items()],
    )  # fmt: skip


def _each(session: Session, campaign: Campaign, found: CampaignTrial) -> str:
    """Say how many a share is, "" where nobody can be counted."""
    try:
        number = campaign_shares.each_gets(session, campaign, found) if campaign.list_id else 0
    except (Refusal, ValueError):
        return ""
    return ngettext(
        "About %(num)s person for each letter now.", "About %(num)s people for each letter now.", number
    )


def _asks(found: CampaignTrial) -> bool:
    """Tell whether it is a person's turn."""
    return not found.winner and (found.rule == PERSON or found.decided_at is not None)


def _can_decide(campaign: Campaign, found: CampaignTrial, rule: str) -> bool:
    return rule == found.rule or campaign_trials.counts(campaign, rule)


def _letter(session: Session, found: CampaignTrial, name: str, tallies: Tallies, share: Share) -> Letter:
    content, of = campaign_contents.newest(session, found.campaign_id, name), tallies.get(name, {})
    return Letter(
        name=name, subject=content.subject if content else "", sent=of.get(SENT, 0), hits=share.hits,
        share=round(100 * share.hits / share.of) if share.of else 0, low=round(100 * share.low),
        high=round(100 * share.high), answered=of.get(ANSWERED, 0), left=of.get(LEFT, 0),
        is_winner=name == found.winner,
    )  # fmt: skip


async def _go(request: web.Request, href: str, words: str) -> web.StreamResponse:
    """Lead to another page, which says what was done."""
    answer = await changed(request, Toast(text=words), back=href)
    if not is_fragment(request):
        return answer
    led = see_other(href)
    led.set_status(204)
    del led.headers["Location"]
    led.headers["HX-Redirect"] = href
    return led


def _titled(session: Session, campaign_id: int) -> tuple[str, Shown]:
    campaign = campaign_of(session, campaign_id)
    shown = shown_trial(session, campaign)
    if shown is None:
        raise Problem(404, _("In this campaign nothing is tried."))
    return campaign.name, shown


def _add(session: Session, viewer: Viewer, campaign_id: int, base: str) -> str:
    return campaign_trial_changes.add_letter(session, viewer, campaign_of(session, campaign_id), base)


def _drop(session: Session, viewer: Viewer, campaign_id: int, letter: str) -> None:
    campaign = campaign_of(session, campaign_id)
    if letter not in LETTERS:
        raise Problem(404, _("There is no such letter: it is tried no more."))
    campaign_trial_changes.drop_letter(session, viewer, campaign, letter)


def _set_up(session: Session, viewer: Viewer, campaign_id: int, asked: Mapping[str, str]) -> None:
    enough = asked.get("enough", "").strip()
    if enough and not (enough.isascii() and enough.isdigit()):
        raise Refusal(_("Write a number, or leave it empty."))
    wanted = Wanted(share=whole_number(asked.get("share", "")), rule=asked.get("rule", ""),
                    hours=whole_number(asked.get("hours", "")), enough=int(enough[:9]) if enough else None,
                    unsure=asked.get("unsure", ""))  # fmt: skip
    campaign_trial_changes.set_up(session, viewer, campaign_of(session, campaign_id), wanted)


def _choose(session: Session, viewer: Viewer, campaign_id: int, letter: str) -> None:
    campaign_trial_changes.choose(session, viewer, campaign_of(session, campaign_id), letter)
