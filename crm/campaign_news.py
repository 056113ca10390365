"""News of campaigns to open consoles: that one changed, and with a letter its sequence."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.campaigns import Campaign
from crm.sequences import KIND as SEQUENCE
from hub.bus import Audience, Notice
from hub.db import announce

KIND = "campaign"


def changed(session: Session, campaign: Campaign) -> None:
    """Have those look again who may see a campaign, or the sequence that it is a letter of."""
    departments = frozenset({campaign.department_id} if campaign.department_id else ())
    audience = Audience(departments=departments, roles=frozenset({"admin", "manager"}))
    announce(session, Notice(kind=KIND, id=campaign.id, audience=audience))
    if campaign.sequence_id is not None:
        announce(session, Notice(kind=SEQUENCE, id=campaign.sequence_id, audience=audience))
