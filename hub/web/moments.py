"""Times as the screen says them: near ones in few words, any of them in full."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.clock import now

NEAR = timedelta(days=7)


def when(moment: datetime | str | None, zone: ZoneInfo) -> str:
    """Say a time in few words: today 09:12, Fri 15:02 (within a week), 18 Nov, 18 Nov 2025."""
    if not moment:
        return ""
    local, today = _aware(moment).astimezone(zone), now().astimezone(zone)
    if local.date() == today.date():
        return f"today {local:%H:%M}"
    if abs(local.date() - today.date()) < NEAR:
        return f"{local:%a %H:%M}"
    if local.year == today.year:
        return f"{local.day} {local:%b}"
    return f"{local.day} {local:%b %Y}"


def full(moment: datetime | str | None, zone: ZoneInfo) -> str:
    """Say a time in full: Monday 23 November 2026, 09:12 CET."""
    if not moment:
        return ""
    local = _aware(moment).astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M %Z}"


def iso(moment: datetime | str | None) -> str:
    """Write a time as RFC 3339 in UTC; text passes as it is."""
    if not isinstance(moment, datetime):
        return moment or ""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def midnight(zone: ZoneInfo) -> datetime:
    """Give the moment at which this day began in the zone."""
    today = now().astimezone(zone).date()
    return datetime(today.year, today.month, today.day, tzinfo=zone).astimezone(UTC)


def _aware(moment: datetime | str) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
