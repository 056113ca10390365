"""What a trial comes to: when it is decided, by what, and how the copies that waited for it leave."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import campaign_alarms, campaign_trials
from crm.campaign_alarms import CHOICE, Alarm
from crm.campaign_news import changed
from crm.campaign_trials import ASK, PERSON, SENT, CampaignTrial, Tallies
from crm.campaign_verdicts import Verdict, verdict
from crm.campaigns import Campaign
from crm.deliveries import CLAIMED, WAITING, Delivery
from hub.said import Said, nsaid, said

LOT = 2000  # copies that are let go at once
LOOKS_AGAIN = timedelta(minutes=1)  # where a number decides


def go_on(session: Session, campaign: Campaign, moment: datetime) -> None:
    """Decide a trial whose time is there, and let the next copies go that waited for it."""
    trial = campaign_trials.trial_of(session, campaign.id, locked=True)
    if trial is None:
        return
    if not trial.winner:
        _decide(session, campaign, trial, moment)
    if trial.winner:
        some = (
            select(Delivery.id)
            .where(*campaign_trials.kept_back(campaign.id))
            .order_by(Delivery.id)
            .limit(LOT)
        )
        ids = session.scalars(some).all()
        if ids:
            session.execute(
                update(Delivery).where(Delivery.id.in_(ids)).values(variant=trial.winner, due_at=moment)
            )


def next_at(session: Session, campaign: Campaign, moment: datetime) -> datetime | None:
    """Tell when a campaign goes on by its trial, beside its copies: None once a person is asked, or nothing waits.

    The clock begins once each of those who are asked was written to, or tried.
    """
    trial = campaign_trials.trial_of(session, campaign.id)
    if trial is None or not campaign_trials.are_kept_back(session, campaign.id):
        return None
    if trial.winner:
        return moment
    if trial.decided_at is not None:
        return None
    if trial.decides_at is None and not _is_being_asked(session, campaign):
        trial.decides_at = moment + timedelta(hours=trial.hours)
        changed(session, campaign)
    if trial.enough is None or trial.decides_at is None:
        return trial.decides_at
    return min(trial.decides_at, moment + LOOKS_AGAIN)


def holds(session: Session, campaign_id: int) -> bool:
    """Tell whether copies wait for a choice, so that their campaign has not ended."""
    return campaign_trials.trial_of(session, campaign_id) is not None and campaign_trials.are_kept_back(
        session, campaign_id
    )


def asks(session: Session, campaign: Campaign) -> bool:
    """Tell whether a campaign waits until a person chooses."""
    trial = campaign_trials.trial_of(session, campaign.id)
    is_asked = trial is not None and not trial.winner and trial.decided_at is not None
    return is_asked and campaign_trials.are_kept_back(session, campaign.id)


def judged(trial: CampaignTrial, found: Tallies) -> Verdict:
    """Say which variant is ahead, by what its rule counts; where a person chooses, by clicks."""
    kind = _counted(trial)
    counts = {
        each: (found.get(each, {}).get(kind, 0), found.get(each, {}).get(SENT, 0)) for each in trial.variants
    }
    return verdict(counts)


def choose(
    session: Session, campaign: Campaign, trial: CampaignTrial, winner: str, why: str, moment: datetime,
    by: int | None = None,
) -> None:  # fmt: skip
    """Have all the others get this letter."""
    trial.winner, trial.decided_at, trial.decided_by, trial.why = winner, moment, by, why
    trial.found = {name: dict(each) for name, each in campaign_trials.tallies(session, campaign).items()}
    changed(session, campaign)


def words(seen: Verdict) -> Said:
    """Say what a verdict is worth, and on the ground of how many."""
    hits, of = sum(each.hits for each in seen.shares.values()), sum(each.of for each in seen.shares.values())
    if not hits:
        return said("Nobody of %(of)s did what it counts: nothing can be told from that.", of=of)
    if seen.tied:
        return said("%(letters)s are level: nothing can be told from that.",
                    letters=", ".join((seen.best, *seen.tied)))  # fmt: skip
    if seen.is_sure:
        return said("%(letter)s did better than the others, and by more than chance would explain (95 %%).",
                    letter=seen.best)  # fmt: skip
    return nsaid("%(letter)s is ahead, but %(num)s of %(of)s is too few to tell: it may be chance.",
                 "%(letter)s is ahead, but %(num)s of %(of)s are too few to tell: it may be chance.",
                 hits, letter=seen.best, of=of)  # fmt: skip


def _decide(session: Session, campaign: Campaign, trial: CampaignTrial, moment: datetime) -> None:
    if trial.decided_at is not None or not campaign_trials.are_kept_back(session, campaign.id):
        return
    found = campaign_trials.tallies(session, campaign)
    seen = judged(trial, found)
    is_time = trial.decides_at is not None and trial.decides_at <= moment
    is_enough = trial.enough is not None and sum(each.hits for each in seen.shares.values()) >= trial.enough
    if not is_time and not is_enough:
        return
    told = words(seen)
    if trial.rule != PERSON and (seen.is_sure or trial.unsure != ASK):
        choose(session, campaign, trial, seen.best, told, moment)
    else:
        trial.decided_at, trial.why = moment, told
        _ask(session, campaign, told)
        changed(session, campaign)


def _ask(session: Session, campaign: Campaign, told: Said) -> None:
    """Have whoever began it choose; what is told of the letters goes on to be counted."""
    alarm = Alarm(
        about=CHOICE, why=told, tells=None,
        asks=said("Choose the letter that all the others get of the campaign “%(name)s”", name=campaign.name),
        then=(said("All the others wait until somebody chooses."),
              said("A task of yours says the same; it is done once somebody has decided.")),
    )  # fmt: skip
    campaign_alarms.tell(session, campaign, alarm)


def _counted(trial: CampaignTrial) -> str:
    return campaign_trials.CLICKED if trial.rule == PERSON else trial.rule


def _is_being_asked(session: Session, campaign: Campaign) -> bool:
    """Tell whether one of those who are asked has not even been tried."""
    of_it = Delivery.campaign_id == campaign.id
    fresh = (Delivery.state == WAITING) & Delivery.due_at.is_not(None) & (Delivery.tries == 0)
    return (
        session.scalar(select(Delivery.id).where(of_it, fresh | (Delivery.state == CLAIMED)).limit(1))
        is not None
    )
