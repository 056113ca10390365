"""When a promise is due, and the moments on the way there: reckoned from its start, span, pauses and working hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from crm import worktime
from crm.derivation import Derivation, Pause
from crm.policies import Step
from crm.working_hours import WorkingHours
from crm.worktime import Calendar


class Planned(msgspec.Struct, frozen=True):
    """One moment on a deadline's way: a step of the policy, or the breach itself, which tells nobody.

    `after` is the step's own distance from the breach in seconds of working time; `taken`: it is behind us.
    """

    at: datetime
    after: int
    tell: str = ""
    taken: bool = False

    @property
    def breach(self) -> bool:
        """Tell whether this is the moment at which the promise breaks."""
        return not self.tell


def due(
    start: datetime, span: timedelta, calendar: Calendar, pauses: tuple[Pause, ...] = ()
) -> tuple[Derivation, Calendar]:
    """Derive; a calendar that never opens must not lose a request, so it is counted round the clock."""
    try:
        return worktime.due(start, span, calendar, pauses), calendar
    except worktime.NeverOpens:
        always = _round_the_clock(calendar.hours.zone)
        return worktime.due(start, span, always, pauses), always


def by_hand(start: datetime, span: timedelta, zone: str, pauses: tuple[Pause, ...] = ()) -> Derivation:
    """Derive a time that somebody set himself: it counts round the clock."""
    found = (
        worktime.due(start, span, _round_the_clock(zone), pauses) if pauses else worktime.at_once(start, span)
    )
    return replace(found, by_hand=True)


def way(
    start: datetime, due_at: datetime, steps: Sequence[Step], calendar: Calendar, pauses: tuple[Pause, ...]
) -> list[Planned]:
    """Lay out the reminders, the breach and the escalation in working time, in order."""
    laid = [Planned(due_at, 0)]
    for step in steps:
        span = timedelta(seconds=abs(step.after))
        if step.after >= 0:
            at = due(due_at, span, calendar)[0].due if span else due_at
            laid.append(Planned(at or due_at, step.after, step.tell))
        elif (at := worktime.before(due_at, span, calendar, start, pauses)) > start:
            laid.append(Planned(at, step.after, step.tell))
    return sorted(laid, key=lambda each: (each.at, each.after, each.tell))


@lru_cache(maxsize=64)
def _round_the_clock(zone: str) -> Calendar:
    """Give a calendar of a zone that never closes."""
    return Calendar(WorkingHours.always(zone))
