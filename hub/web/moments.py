"""Times as the screen says them: near ones in few words, any of them in full."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from hub import days
from hub.clock import now
from hub.languages import _, listener

NEAR = timedelta(days=7)


def when(moment: datetime | str | None, zone: ZoneInfo) -> str:
    """Say a time in few words: today 09:12, Fri 15:02 (within a week), 18 Nov, 18 Nov 2025."""
    if not moment:
        return ""
    local, today = _aware(moment).astimezone(zone), now().astimezone(zone)
    if local.date() == today.date():
        return _("today %(time)s", time=f"{local:%H:%M}")
    if abs(local.date() - today.date()) < NEAR:
        return f"{written(local, 'EEE')} {local:%H:%M}"
    return written(local, "d MMM" if local.year == today.year else "d MMM y")


def full(moment: datetime | str | None, zone: ZoneInfo) -> str:
    """Say a time in full: Monday 23 November 2026, 09:12 CET."""
    if not moment:
        return ""
    local = _aware(moment).astimezone(zone)
    return f"{written(local, 'EEEE d MMMM y')}, {local:%H:%M %Z}"


def written(local: datetime | date, pattern: str) -> str:
    """Write a day by a pattern of CLDR, such as "EEE d MMM", in the language of whoever listens."""
    day = local.date() if isinstance(local, datetime) else local
    return days.written(day, pattern)


def iso(moment: datetime | str | None) -> str:
    """Write a time as RFC 3339 in UTC; text passes as it is."""
    if not isinstance(moment, datetime):
        return moment or ""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def played(second: float) -> str:
    """Write a second of a recording as players do: 1:02, 1:01:05."""
    hours, rest = divmod(int(second), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def lasts(since: datetime | str | None) -> str:
    """Write how long it goes on since a moment, as clocks that count up do: 0:42, 1:02:03."""
    return lasted(_aware(since), now()) if since else ""


def lasted(since: datetime, until: datetime) -> str:
    """Write how long something lasted, as `played` does; a clock that is behind gives no time."""
    return played(max(0.0, (until - since).total_seconds()))


def midnight(zone: ZoneInfo, days: int = 0) -> datetime:
    """Give the moment in UTC at which this day begins in the zone, or one so many days later."""
    day = now().astimezone(zone).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _aware(moment: datetime | str) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)


def hundredths(seconds: float) -> str:
    """Write seconds with two decimals: "0.22", "0,22"."""
    return format_decimal(seconds, "0.00", locale=listener().locale)
