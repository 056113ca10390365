"""News of campaigns to open consoles: that one changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.campaigns import Campaign
from hub.bus import Audience, Notice
from hub.db import announce

KIND = "campaign"


def changed(session: Session, campaign: Campaign) -> None:
    """Have those look again who may see a campaign."""
    departments = frozenset({campaign.department_id} if campaign.department_id else ())
    audience = Audience(departments=departments, roles=frozenset({"admin", "manager"}))
    announce(session, Notice(kind=KIND, id=campaign.id, audience=audience))
