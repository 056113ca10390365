"""What must hold before a campaign may begin. Who sends asks here, and adds what only he knows."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_hints, campaign_trials, campaign_values, letter_boxes
from crm.campaign_contents import Made
from crm.campaign_hints import Hint
from crm.campaigns import Campaign, CampaignContent
from crm.letterheads import letterhead
from crm.mailing_lists import MailingList
from hub.said import Said, nsaid, said
from hub.users import User


class Check(msgspec.Struct, frozen=True):
    """One thing, whether it holds, and what to do where it does not; `href` is where."""

    name: Said
    holds: bool
    words: Said | str = ""
    href: str = ""


def hints_of(session: Session, content: CampaignContent) -> list[Hint]:
    """Give what speaks against a version."""
    written = campaign_contents.written_of(content)
    return campaign_hints.hints(written, Made(content.html, content.text), campaign_contents.wrong(session, written),
                                campaign_values.lacking(session))  # fmt: skip


def checks(session: Session, campaign: Campaign, content: CampaignContent | None) -> list[Check]:
    """Give all checks of a campaign; it may begin when all of them hold."""
    of = session.get(MailingList, campaign.list_id) if campaign.list_id else None
    box = letter_boxes.box(session, campaign.channel_id) if campaign.channel_id else None
    return [
        _says(session, content),
        Check(said("One click leaves the list"), content is not None and "unsubscribe_url" in content.html,
              "" if content else said("Save it once.")),
        Check(said("It says whose letter it is"), bool(letterhead(session).address.strip()),
              said("A postal address is asked for by law: an admin writes it into company.toml, under [letterhead].")),
        Check(said("Who gets it agreed to something"), of is not None and bool(of.words.strip()),
              said("Choose a list, and say on it in which words people agree.")),
        Check(said("It has a mailbox"), box is not None, said("Choose the mailbox that it is written from.")),
        *_tried(session, campaign),
        _tested(session, campaign, content),
    ]  # fmt: skip


def _says(session: Session, content: CampaignContent | None) -> Check:
    stops = [each for each in hints_of(session, content) if each.stops] if content else []
    words = nsaid("%(num)s thing in it must be mended.", "%(num)s things in it must be mended.", len(stops))
    return Check(said("Nothing in it is broken"), content is not None and not stops, words)


def _tried(session: Session, campaign: Campaign) -> list[Check]:
    """Check the letters that are tried against the first one, which is checked like a letter that is alone."""
    trial = campaign_trials.trial_of(session, campaign.id)
    if trial is None:
        return []
    broken = []
    for letter in trial.variants[1:]:
        content = campaign_contents.newest(session, campaign.id, letter)
        if content is None or "unsubscribe_url" not in content.html or not _says(session, content).holds:
            broken.append(letter)
    return [
        Check(said("The other letters of the trial are in order"), not broken,
              said("Something must be mended in letter %(letters)s.", letters=", ".join(broken))),
        Check(said("What decides the trial is counted"), campaign_trials.counts(campaign, trial.rule),
              said("Count it in this campaign, or have something else decide.")),
    ]  # fmt: skip


def _tested(session: Session, campaign: Campaign, content: CampaignContent | None) -> Check:
    who = session.get(User, campaign.tested_by) if campaign.tested_by else None
    holds = (
        campaign.tested_at is not None and content is not None and campaign.tested_at >= content.changed_at
    )
    name = said("Test read by %(name)s", name=who.name) if holds and who else said("A person read the test")
    return Check(name, holds, said("Send yourself a test, look at it, and say so."))
