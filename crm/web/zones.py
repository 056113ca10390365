"""In which time zone somebody reads: his own where he chose one, else the company's."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.setup import setup
from hub.languages import listener


def zone_of(session: Session) -> ZoneInfo:
    """Give the zone of whoever listens."""
    return listener().zone or ZoneInfo(setup(session).company.zone)


def local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Give a moment as a clock on the wall there shows it, for programs that know no zones."""
    return moment.astimezone(zone).replace(tzinfo=None) if moment else None
