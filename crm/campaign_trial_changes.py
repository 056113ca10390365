"""Trials set up, changed and decided by a person."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from crm import campaign_alarms, campaign_contents, campaign_deciding, campaign_trials
from crm.campaign_alarms import CHOICE
from crm.campaign_news import KIND, changed
from crm.campaign_settling import TIMER
from crm.campaign_trials import ANSWERED, ASK, BEST, CLICKED, LETTERS, RULES, CampaignTrial
from crm.campaigns import MAIL, PAUSED, RUNNING, Campaign
from crm.desk import Refusal
from hub import audit
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import said
from hub.timers import Due
from hub.users import Viewer

FEWEST, MOST = 2, len(LETTERS)
MOST_HOURS = 14 * 24
MOST_ENOUGH = 100_000
ALL = 100  # percent


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How it is tried: see campaign_trials.CampaignTrial."""

    share: int = 20
    rule: str = CLICKED
    hours: int = 4
    enough: int | None = None
    unsure: str = BEST


def add_letter(
    session: Session, viewer: Viewer, campaign: Campaign, base: str, subject: str | None = None
) -> str:
    """Have one more letter be tried, which begins as the first one, with another subject if told; give its name."""
    trial = _open(session, campaign)
    first = campaign_contents.newest(session, campaign.id)
    if first is None:
        raise Refusal(_("Write the first letter and save it, then try another one against it."))
    if trial is None:
        trial = CampaignTrial(
            campaign_id=campaign.id, variants=[LETTERS[0]], **msgspec.structs.asdict(_usual(campaign))
        )
        session.add(trial)
    letter = next((each for each in LETTERS if each not in trial.variants), None)
    if letter is None:
        raise Refusal(_("At most %(most)s letters are tried against each other.", most=MOST))
    trial.variants = sorted([*trial.variants, letter])
    written = campaign_contents.written_of(first)
    if subject is not None:
        written = campaign_contents.bounded(msgspec.structs.replace(written, subject=subject))
    campaign_contents.save(session, viewer, campaign, written, base, letter, anew=True)
    return letter


def drop_letter(session: Session, viewer: Viewer, campaign: Campaign, letter: str) -> None:
    """Have a letter be tried no more; with the last but one the trial ends. The first one stays."""
    trial = _open(session, campaign)
    if trial is None or letter not in trial.variants or letter == LETTERS[0]:
        raise Refusal(_("There is no such letter to take away."))
    trial.variants = [each for each in trial.variants if each != letter]
    if len(trial.variants) < FEWEST:
        session.delete(trial)
    _told(session, viewer, campaign, said("letter %(letter)s is tried no more", letter=letter))


def set_up(session: Session, viewer: Viewer, campaign: Campaign, wanted: Wanted) -> None:
    """Have it be tried so from now on."""
    trial = _open(session, campaign)
    if trial is None:
        raise Refusal(_("There is one letter alone: add another one first."))
    _check(campaign, wanted)
    after = msgspec.structs.asdict(wanted)
    before = {name: getattr(trial, name) for name in after}
    for name, value in after.items():
        setattr(trial, name, value)
    if changes := audit.differences(before, after):
        audit.record(session, viewer, audit.CHANGED, KIND, campaign.id, changes=changes)
        changed(session, campaign)


def end(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Have the first letter alone be sent."""
    trial = _open(session, campaign)
    if trial is not None:
        session.delete(trial)
        _told(session, viewer, campaign, said("nothing is tried any more"))


def choose(session: Session, viewer: Viewer, campaign: Campaign, letter: str) -> None:
    """Have all who wait get this letter, whatever the figures say."""
    trial = campaign_trials.trial_of(session, campaign.id, locked=True)
    if trial is None or letter not in trial.variants:
        raise Refusal(_("There is no such letter to choose."))
    if trial.winner:
        raise Refusal(_("Letter %(letter)s was chosen already.", letter=trial.winner))
    if campaign.state not in {RUNNING, PAUSED} or not campaign_trials.are_kept_back(session, campaign.id):
        raise Refusal(_("Nobody waits for a choice: the campaign has not begun, or it went to all."))
    why = said("%(name)s chose it.", name=viewer.name)
    campaign_deciding.choose(session, campaign, trial, letter, why, now(), viewer.user_id)
    campaign_alarms.settled(session, viewer, campaign, CHOICE)
    if campaign.state == RUNNING:
        campaign.next_at = now()
        announce(session, Due(TIMER, campaign.next_at))
    _told(session, viewer, campaign, said("letter %(letter)s was chosen for all the others", letter=letter))


def _usual(campaign: Campaign) -> Wanted:
    return Wanted(rule=CLICKED if campaign.counts_clicks else ANSWERED)


def _open(session: Session, campaign: Campaign) -> CampaignTrial | None:
    session.flush()
    session.refresh(campaign, with_for_update=True)
    if campaign.state not in campaign_contents.OPEN:
        raise Refusal(_("It is on its way, or was: what is tried stays as it is."))
    if campaign.sequence_id is not None:
        raise Refusal(_("It is a letter of a sequence: those are not tried against each other."))
    if campaign.handle != MAIL:
        raise Refusal(_("A template and letters that are tried go by mail alone."))
    return campaign_trials.trial_of(session, campaign.id)


def _check(campaign: Campaign, wanted: Wanted) -> None:
    if wanted.rule not in RULES or wanted.unsure not in {BEST, ASK}:
        raise Refusal(_("Choose what decides."))
    if not campaign_trials.counts(campaign, wanted.rule):
        raise Refusal(_("That is not counted in this campaign, so it cannot decide."))
    if not 1 <= wanted.share <= ALL:
        raise Refusal(_("Between 1 and 100 percent are asked."))
    if not 1 <= wanted.hours <= MOST_HOURS:
        raise Refusal(_("It is decided after 1 to %(most)s hours.", most=MOST_HOURS))
    if wanted.enough is not None and not 1 <= wanted.enough <= MOST_ENOUGH:
        raise Refusal(_("The number that decides is between 1 and %(most)s.", most=MOST_ENOUGH))


def _told(session: Session, viewer: Viewer, campaign: Campaign, words: str) -> None:
    audit.record(session, viewer, audit.CHANGED, KIND, campaign.id, words=words)
    changed(session, campaign)
