"""How many get each letter of a trial before one is chosen: of a small list a small share may be nobody."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import campaign_trials, campaign_whom
from crm.campaign_duties import Check
from crm.campaign_trials import CampaignTrial
from crm.campaign_whom import GETS
from crm.campaigns import Campaign
from crm.desk import Refusal
from hub.said import said

LOT = 1000  # recipients that are looked at together


def each_gets(session: Session, campaign: Campaign, trial: CampaignTrial) -> int:
    """Give about how many get each letter that is tried, if it began now; Refusal where nobody can be counted."""
    several = campaign_whom.counts(session, campaign)[GETS]
    return round(several * trial.share / 100 / len(trial.variants))


def check(session: Session, campaign: Campaign, trial: CampaignTrial) -> Check:
    """Check that each letter is read by somebody before one is chosen."""
    try:
        lacking = _lacking(session, campaign, trial) if campaign.list_id is not None else []
    except (Refusal, ValueError):  # of what cannot be counted, another check says why
        lacking = []
    words = said("Nobody gets letter %(letters)s before the choice: ask a larger share, or try fewer letters.",
                 letters=", ".join(lacking))  # fmt: skip
    return Check(name=said("Each letter of the trial is read by somebody"), holds=not lacking, words=words,
                 href=f"/campaigns/{campaign.id}/trial")  # fmt: skip


def _lacking(session: Session, campaign: Campaign, trial: CampaignTrial) -> list[str]:
    """Give the letters that nobody draws; of a long list the first few have drawn all of them."""
    lacking, after = set(trial.variants), 0
    while lacking and (some := campaign_whom.people(session, campaign, GETS, after=after, most=LOT)):
        lacking -= {campaign_trials.drawn(campaign, trial, each.address) for each in some}
        after = some[-1].id
    return sorted(lacking)
