"""Working time as a rehearsal needs it: laid out once for all of its time, then asked thousands of times.

Moments are seconds since 1970. The same as crm/worktime.py says, which reckons a promise day by day and tells why.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

from crm import working_days
from crm.worktime import Calendar


class Rota:
    """When somebody works between two moments. What lies beyond them is closed."""

    def __init__(self, spans: Sequence[tuple[float, float]], zone: ZoneInfo) -> None:
        """Take the open spans, in their order, and where they are."""
        self._zone = zone
        self._starts = [start for start, _end in spans]
        self._ends = [end for _start, end in spans]
        self._before = [0.0, *accumulate(end - start for start, end in spans)]

    def next_open(self, at: float) -> float | None:
        """Give the moment itself if it is open, else when work begins again; None where it does not."""
        place = bisect_right(self._ends, at)
        return max(at, self._starts[place]) if place < len(self._starts) else None

    def after(self, at: float, seconds: float, days: int = 0) -> float | None:
        """Give when so much working time has passed, `days` of it in working days; None where there is not so much."""
        if days:
            later = working_days.of_spans(self._open(at), days, self._zone)
            return self.after(later.timestamp(), seconds - 86_400 * days) if later is not None else None
        wanted = self.until(at) + seconds
        if wanted > self._before[-1]:
            return None
        place = max(bisect_right(self._before, wanted - 1e-6) - 1, 0)
        return max(at, self._starts[place] + wanted - self._before[place]) if self._starts else None

    def _open(self, at: float) -> Iterator[tuple[datetime, datetime]]:
        """Give what is open from a moment on."""
        for place in range(bisect_right(self._ends, at), len(self._ends)):
            begins = max(at, self._starts[place])
            yield datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(self._ends[place], UTC)

    def worked(self, start: float, end: float) -> float:
        """Give the working time between two moments."""
        return max(0.0, self.until(end) - self.until(start))

    def until(self, at: float) -> float:
        """Give the working time from the beginning until a moment."""
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return 0.0
        return self._before[place] + min(at, self._ends[place]) - self._starts[place]


def rota_of(calendar: Calendar, begin: datetime, end: datetime) -> Rota:
    """Lay out a calendar."""
    spans = [(start.timestamp(), until.timestamp()) for start, until in calendar.open_spans(begin, end)]
    return Rota(spans, ZoneInfo(calendar.hours.zone))
