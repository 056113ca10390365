"""When people are called: by the clock where the number is, within the hours that the company keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm import days, numbers
from crm.company import Company

Hours = tuple[str, str]  # from and until, as 08:00; the same twice is day and night
DAYS = 3


def local_time(handle: str, at: datetime) -> datetime | None:
    """Give the time where a number is; None where the number leaves several zones."""
    zone = numbers.local_time_zone(handle)
    return at.astimezone(ZoneInfo(zone)) if zone else None


def is_quiet(company: Company, handle: str, at: datetime) -> datetime | None:
    """Give the time at a customer's when it is outside the hours in which the company calls, else None."""
    there = local_time(handle, at)
    if there is None or company.calls_from == company.calls_until:
        return None
    return None if _is_within((company.calls_from, company.calls_until), there) else there


def opens(hours: Sequence[Hours], zone: ZoneInfo, at: datetime) -> datetime:
    """Give the first moment from `at` on, in UTC, that lies within all of these hours of a zone's clock.

    Where they never meet that is days away, so that it is asked again.
    """
    today = at.astimezone(zone).date()
    begins = [
        each for day in range(DAYS) for since, _until in hours
        for each in days.moments(zone, today + timedelta(days=day), _minutes(since))
    ]  # fmt: skip
    for moment in (at.astimezone(UTC), *sorted(each for each in begins if each > at)):
        if all(_is_within(each, moment.astimezone(zone)) for each in hours):
            return moment
    return at + timedelta(days=DAYS)


def _is_within(hours: Hours, there: datetime) -> bool:
    since, until = time.fromisoformat(hours[0]), time.fromisoformat(hours[1])
    if since < until:
        return since <= there.time() < until
    return since == until or there.time() >= since or there.time() < until


def _minutes(clock: str) -> int:
    read = time.fromisoformat(clock)
    return read.hour * 60 + read.minute
