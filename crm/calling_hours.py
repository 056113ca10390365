"""When people are called: by the clock where the number is, within the hours that the company keeps."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from crm import numbers
from crm.company import Company


def local_time(handle: str, at: datetime) -> datetime | None:
    """Give the time where a number is; None where the number leaves several zones."""
    zone = numbers.local_time_zone(handle)
    return at.astimezone(ZoneInfo(zone)) if zone else None


def is_quiet(company: Company, handle: str, at: datetime) -> datetime | None:
    """Give the time at a customer's when it is outside the hours in which the company calls, else None."""
    there = local_time(handle, at)
    if there is None or company.calls_from == company.calls_until:
        return None
    since, until = time.fromisoformat(company.calls_from), time.fromisoformat(company.calls_until)
    open_now = (
        since <= there.time() < until if since < until else there.time() >= since or there.time() < until
    )
    return None if open_now else there
