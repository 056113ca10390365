"""The way of a deadline: when it is due, and the moments before and after at which somebody is told.

Plain values, reckoned from start, promise, pauses and calendar. crm/sla.py keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from crm import working_days, worktime
from crm.derivation import Derivation, Pause
from crm.policies import Step
from crm.working_hours import WorkingHours
from crm.worktime import Calendar, NeverOpens


class Planned(msgspec.Struct, frozen=True):
    """One moment on a deadline's way: a step of the policy, or the breach itself, which tells nobody.

    `after` is the step's own distance from the breach in seconds, as the policy has it; `taken`: it is behind us.
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
    start: datetime, seconds: int, days: int, calendar: Calendar, pauses: Sequence[Pause] = ()
) -> tuple[Derivation, Calendar]:
    """Derive a promise: so many working days, or with none so many seconds of working time.

    A calendar that never opens must not lose a request, so it is counted round the clock; the calendar that was counted
    comes along.
    """
    try:
        return derive(start, seconds, days, calendar, pauses), calendar
    except NeverOpens:
        always = round_the_clock(calendar)
        return derive(start, seconds, days, always, pauses), always


def by_hand(start: datetime, seconds: int, calendar: Calendar, pauses: Sequence[Pause] = ()) -> Derivation:
    """Derive a time that somebody set himself: all time counts, day and night."""
    span, always = timedelta(seconds=seconds), round_the_clock(calendar)
    found = worktime.due(start, span, always, pauses) if pauses else worktime.at_once(start, span)
    return replace(found, by_hand=True)


def derive(
    start: datetime, seconds: int, days: int, calendar: Calendar, pauses: Sequence[Pause] = ()
) -> Derivation:
    """Derive a promise by this calendar, or raise NeverOpens."""
    if days:
        return working_days.due(start, days, calendar, pauses)
    return worktime.due(start, timedelta(seconds=seconds), calendar, pauses)


def way(
    start: datetime, due_at: datetime, steps: Sequence[Step], calendar: Calendar, pauses: Sequence[Pause]
) -> list[Planned]:
    """Lay out the reminders, the breach and the escalation, in order. What would come before the start is left out."""
    found = [Planned(due_at, 0)]
    for step in steps:
        if step.after >= 0:
            found.append(Planned(_after(due_at, step, calendar), step.after, step.tell))
        elif (at := _before(due_at, step, calendar, start, pauses)) > start:
            found.append(Planned(at, step.after, step.tell))
    return sorted(found, key=lambda each: (each.at, each.after, each.tell))


def round_the_clock(calendar: Calendar) -> Calendar:
    """Give a calendar of the same zone that never closes."""
    return _always(calendar.hours.zone)


@lru_cache(maxsize=64)
def _always(zone: str) -> Calendar:
    return Calendar(WorkingHours.always(zone))


def _after(due_at: datetime, step: Step, calendar: Calendar) -> datetime:
    if not step.after:
        return due_at
    if not step.days:
        return due(due_at, step.after, 0, calendar)[0].due or due_at
    try:
        return working_days.later(due_at, step.days, calendar, after_work=True)
    except NeverOpens:
        return due_at + timedelta(days=step.days)


def _before(
    due_at: datetime, step: Step, calendar: Calendar, start: datetime, pauses: Sequence[Pause]
) -> datetime:
    if step.days:
        return working_days.before(due_at, step.days, calendar, start, pauses)
    return worktime.before(due_at, timedelta(seconds=-step.after), calendar, start, pauses)
