"""Tests of what a campaign says: sent to one of us first, then looked at where they arrived.

Each version keeps when and to whom its test was sent, so that nobody can have looked at one that never left.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from crm import campaign_contents
from crm.campaign_contents import KIND
from crm.campaigns import Campaign, CampaignContent
from crm.desk import Refusal
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.said import said
from hub.users import Viewer


def sent(
    session: Session, viewer: Viewer, campaign: Campaign, contents: Iterable[CampaignContent], to: str
) -> None:
    """Note that a test of these versions is on its way to one of us, by his address or name."""
    for each in contents:
        each.test_at, each.test_to = now(), to
    audit.record(session, viewer, audit.CHANGED, KIND, campaign.id,
                 words=said("a test was sent to %(address)s", address=to))  # fmt: skip
    campaign_contents.tell(session, campaign)


def sent_to(session: Session, campaign: Campaign) -> str:
    """Give to whom a test of all that it says now was sent, "" while one is still to be sent."""
    tests = [each.test_to or "" for each in campaign_contents.letters(session, campaign.id)]
    return tests[0] if tests and all(tests) else ""


def looked_at(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Say that somebody looked at the test of what it says now. Refusal where none was sent."""
    session.refresh(campaign, with_for_update=True)  # nobody saves a new version meanwhile
    if not sent_to(session, campaign):
        raise Refusal(_("Send a test first, and look at it where it arrived."))
    campaign.tested_at, campaign.tested_by = now(), viewer.user_id
    audit.record(session, viewer, audit.CHANGED, KIND, campaign.id, words=said("the test was looked at"))
    campaign_contents.tell(session, campaign)
