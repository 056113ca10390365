"""When copies may leave: within the hours of a campaign, by the recipient's own clock where it is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import numbers
from crm.calling_hours import opens
from crm.campaigns import Campaign
from crm.company import Company
from crm.contacts import PHONE, Handle
from hub.shapes import convert

FIRST = timedelta(hours=14)  # the clocks of Kiribati are ahead of all others


class Hours(msgspec.Struct, frozen=True, rename={"since": "from"}):
    """From when to when, as 08:00; the same twice is day and night. Kept in `Campaign.pace`.

    `at` is a time without a zone, 2026-12-01T09:00, before which nobody gets it by his own clock; "" for none.
    """

    since: str = "00:00"
    until: str = "00:00"
    at: str = ""


class Waiting(Protocol):
    """A copy that waits."""

    @property
    def id(self) -> int:
        """Give its number."""

    @property
    def contact_id(self) -> int | None:
        """Give whose it is."""


def quiet(
    session: Session, campaign: Campaign, copies: Sequence[Waiting], moment: datetime
) -> dict[int, datetime]:
    """Give when the copies may leave that may not now."""
    hours = convert(campaign.pace, Hours)
    if (hours.since == hours.until and not hours.at) or not copies:
        return {}
    own = session.get_one(Company, 1).zone
    zones = _zones(session, {each.contact_id for each in copies if each.contact_id})
    begins = {zone: _begins(hours, ZoneInfo(zone), moment) for zone in {own, *zones.values()}}
    when = {each.id: begins[zones.get(each.contact_id or 0, own)] for each in copies}
    return {each: at for each, at in when.items() if at > moment}


def earliest(at: datetime) -> datetime:
    """Give when it is this late, by a clock without a zone, where it is first."""
    return at.replace(tzinfo=UTC) - FIRST


def _begins(hours: Hours, zone: ZoneInfo, moment: datetime) -> datetime:
    if hours.at:
        moment = max(moment, datetime.fromisoformat(hours.at).replace(tzinfo=zone).astimezone(UTC))
    return opens([(hours.since, hours.until)], zone, moment)


def _zones(session: Session, contact_ids: Collection[int]) -> Mapping[int, str]:
    """Give where contacts are, as far as the number of one of their telephones says so."""
    wanted = select(Handle.contact_id, Handle.value).where(
        Handle.contact_id.in_(contact_ids), Handle.kind == PHONE
    )
    found = (
        (contact_id, _zone(value)) for contact_id, value in session.execute(wanted.order_by(Handle.id.desc()))
    )
    return {contact_id: zone for contact_id, zone in found if zone}


@lru_cache(10_000)
def _zone(number: str) -> str | None:
    return numbers.local_time_zone(number)
