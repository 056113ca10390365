"""Answers to campaigns: a person's letter that names a copy. It is for whoever sent the campaign.

Our Message-ID is the copy's own token, so that whoever names it has had the copy before him. An automatic answer is
none, and neither is a letter that passes the copy on.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import copy_events, delivery_tokens, sequences
from crm.campaign_news import changed
from crm.campaigns import Campaign
from crm.deliveries import Delivery
from hub.clock import now
from hub.letters import LetterReceived
from hub.said import Said, said
from hub.users import User

MOST = 60  # Message-IDs that are looked at, the newest first
FORGED = "fail"  # what DMARC says of a letter that only claims to be from somebody (RFC 7489)


class Answered(NamedTuple):
    """The copy that is answered, its campaign, and who sent that; nobody where he is not here any more."""

    delivery: Delivery
    campaign: Campaign
    manager_id: int | None

    @property
    def remark(self) -> Said:
        """Say what is answered."""
        return said("An answer to the campaign “%(name)s”.", name=self.campaign.name)


def answered(session: Session, event: LetterReceived) -> Answered | None:
    """Find the copy that a letter answers; None where it answers none of ours."""
    if event.automatic or event.forwarded or event.verdicts.dmarc == FORGED:
        return None
    named = [event.in_reply_to, *reversed(event.references)][:MOST]
    for message_id in dict.fromkeys(filter(None, named)):
        delivery = delivery_tokens.proven(session, message_id.partition("@")[0], "envelope")
        if delivery is not None:
            campaign = session.get_one(Campaign, delivery.campaign_id)
            return Answered(delivery, campaign, _manager(session, campaign))
    return None


def note(session: Session, found: Answered, interaction_id: int) -> None:
    """Write down that it was answered, and by which letter."""
    found.delivery.answered_at = found.delivery.answered_at or now()
    copy_events.happened(session, found.delivery, copy_events.REPLIED, interaction_id)
    changed(session, found.campaign)
    if found.campaign.sequence_id is not None:
        sequences.look_soon(session, found.campaign.list_id)


def _manager(session: Session, campaign: Campaign) -> int | None:
    for user_id in (campaign.started_by, campaign.made_by):
        user = session.get(User, user_id) if user_id else None
        if user is not None and user.disabled_at is None:
            return user.id
    return None
