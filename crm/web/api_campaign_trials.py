"""Trials of campaigns over the API: letters tried against each other, how, what came of each, and the choice."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_deciding, campaign_trial_changes, campaign_trials
from crm.campaign_trial_changes import MOST_ENOUGH, MOST_HOURS, Wanted
from crm.campaign_trials import SENT, CampaignTrial
from crm.campaigns import Campaign
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import path_id, viewer_of
from hub.web.problems import Problem

Letter = Annotated[str, Meta(pattern="^[A-D]$")]
Rule = Annotated[str, Meta(pattern="^(clicked|opened|answered|person)$", description="What decides")]
Unsure = Annotated[str, Meta(pattern="^(best|ask)$",
                             description="Where it cannot be told: who is ahead goes on, or ask")]  # fmt: skip
Share = Annotated[int, Meta(ge=1, le=100, description="Percent of the recipients who are asked")]
Hours = Annotated[int, Meta(ge=1, le=MOST_HOURS, description="After everybody who is asked was written to")]
Enough = Annotated[int, Meta(ge=1, le=MOST_ENOUGH, description="Or as soon as so many did it")]
Subject = Annotated[str, Meta(max_length=300)]


class LetterOut(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that is tried, and what came of it. `hits` did what decides; `low` and `high`: the share of all."""

    letter: str
    subject: str
    sent: int
    opened: int
    clicked: int
    answered: int
    left: int
    complained: int
    returned: int
    hits: int
    low: float
    high: float


class TrialOut(msgspec.Struct, frozen=True, kw_only=True):
    """A trial. `waits`: others wait for the choice; `words` say what the figures are worth, or who chose."""

    campaign: int
    letters: list[LetterOut]
    share: int
    rule: str
    hours: int
    enough: int | None
    unsure: str
    waits: bool
    decides_at: datetime | None
    decided_at: datetime | None
    winner: str | None
    words: str


class LetterIn(Body, frozen=True, kw_only=True):
    """One more letter: what the first one says, with another subject."""

    subject: Subject | UnsetType = UNSET


class TrialPatch(Body, frozen=True, kw_only=True):
    """How it is tried from now on; what is left out stays."""

    share: Share | UnsetType = UNSET
    rule: Rule | UnsetType = UNSET
    hours: Hours | UnsetType = UNSET
    enough: Enough | UnsetType | None = UNSET
    unsure: Unsure | UnsetType = UNSET


class ChoiceIn(Body, frozen=True, kw_only=True):
    """Which letter all the others get."""

    letter: Letter


@endpoint("GET", "/campaigns/{id}/trial", scope="campaigns:read", role="manager", returns=TrialOut,
          summary="Get how the letters of a campaign are tried, and what came of each")  # fmt: skip
async def trial(request: web.Request) -> TrialOut:
    """Give it."""
    return await request.app[DB].read(_one, path_id(request))


@endpoint("POST", "/campaigns/{id}/letters", scope="campaigns:write", role="manager", body=LetterIn, returns=TrialOut,
          status=201, errors=(409,), summary="Try one more letter")  # fmt: skip
async def add(request: web.Request, body: LetterIn) -> TrialOut:
    """Add one."""
    return await write(request, _add, viewer_of(request), path_id(request), body, base_url(request))


@endpoint("PATCH", "/campaigns/{id}/trial", scope="campaigns:write", role="manager", body=TrialPatch, returns=TrialOut,
          errors=(409,), summary="Change how the letters of a campaign are tried")  # fmt: skip
async def change(request: web.Request, body: TrialPatch) -> TrialOut:
    """Change it."""
    return await write(request, _change, viewer_of(request), path_id(request), body)


@endpoint("POST", "/campaigns/{id}/trial/winner", scope="campaigns:write", role="manager", body=ChoiceIn,
          returns=TrialOut, errors=(409,), summary="Choose the letter that all the others get")  # fmt: skip
async def choose(request: web.Request, body: ChoiceIn) -> TrialOut:
    """Choose."""
    return await write(request, _choose, viewer_of(request), path_id(request), body)


@endpoint("DELETE", "/campaigns/{id}/trial", scope="campaigns:write", role="manager", returns=None, status=204,
          errors=(409,), summary="Try nothing: the first letter alone is sent")  # fmt: skip
async def end(request: web.Request) -> None:
    """End it."""
    await write(request, _end, viewer_of(request), path_id(request))


def _one(session: Session, campaign_id: int) -> TrialOut:
    campaign, found = _found(session, campaign_id)
    tallies = found.found or campaign_trials.tallies(session, campaign)
    seen = campaign_deciding.judged(found, tallies)
    letters = []
    for name in found.variants:
        content, share = campaign_contents.newest(session, campaign.id, name), seen.shares[name]
        counts = {kind: tallies.get(name, {}).get(kind, 0) for kind in (SENT, *KINDS)}
        letters.append(LetterOut(letter=name, subject=content.subject if content else "", hits=share.hits,
                                 low=share.low, high=share.high, **counts))  # fmt: skip
    has_begun = campaign.state not in campaign_contents.OPEN
    return TrialOut(
        campaign=campaign.id, letters=letters, share=found.share, rule=found.rule, hours=found.hours,
        enough=found.enough, unsure=found.unsure, waits=campaign_trials.are_kept_back(session, campaign.id),
        decides_at=found.decides_at, decided_at=found.decided_at, winner=found.winner or None,
        words=found.why or (str(campaign_deciding.words(seen)) if has_begun else ""),
    )  # fmt: skip


KINDS = ("opened", "clicked", "answered", "left", "complained", "returned")


def _add(session: Session, viewer: Viewer, campaign_id: int, new: LetterIn, base: str) -> TrialOut:
    campaign = _campaign(session, campaign_id)
    subject = None if new.subject is UNSET else new.subject
    campaign_trial_changes.add_letter(session, viewer, campaign, base, subject)
    return _one(session, campaign_id)


def _change(session: Session, viewer: Viewer, campaign_id: int, wanted: TrialPatch) -> TrialOut:
    campaign, found = _found(session, campaign_id)
    before = {name: getattr(found, name) for name in Wanted.__struct_fields__}
    asked = {name: getattr(wanted, name) for name in before if getattr(wanted, name) is not UNSET}
    campaign_trial_changes.set_up(session, viewer, campaign, Wanted(**(before | asked)))
    return _one(session, campaign_id)


def _choose(session: Session, viewer: Viewer, campaign_id: int, choice: ChoiceIn) -> TrialOut:
    campaign, _trial = _found(session, campaign_id)
    campaign_trial_changes.choose(session, viewer, campaign, choice.letter)
    return _one(session, campaign_id)


def _end(session: Session, viewer: Viewer, campaign_id: int) -> None:
    campaign, _trial = _found(session, campaign_id)
    campaign_trial_changes.end(session, viewer, campaign)


def _found(session: Session, campaign_id: int) -> tuple[Campaign, CampaignTrial]:
    campaign = _campaign(session, campaign_id)
    found = campaign_trials.trial_of(session, campaign.id)
    if found is None:
        raise Problem(404, _("In this campaign nothing is tried."))
    return campaign, found


def _campaign(session: Session, campaign_id: int) -> Campaign:
    found = session.get(Campaign, campaign_id)
    if found is None:
        raise Problem(404, _("There is no such campaign."))
    return found
