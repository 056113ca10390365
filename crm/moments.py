"""Moments of the business that stand in a column: what comes due by itself, and what is done then.

The hub has a timer for each (hub/timers.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import (
    alarms,
    appointment_news,
    appointments,
    consent_files,
    consent_taking,
    deadlines,
    planned,
    pushed_calls,
    rescues,
    rescuing,
    run_moves,
    runs,
    sequence_lots,
    sequence_turns,
    sequences,
    silences,
    snoozed,
)


class Moments(NamedTuple):
    """Moments that stand in a column: the timer's name, when the next is, which rows are due, what is done then."""

    name: str
    earliest: Callable[[Session, datetime], datetime | None]
    take: Callable[[Session, datetime, int], Sequence[tuple[int, int]]]
    fire: Callable[[Session, int], None]


DEADLINES = Moments(deadlines.TIMER, deadlines.earliest, deadlines.take, alarms.step_deadline)
MOMENTS = (
    Moments(planned.TIMER, planned.earliest, planned.take, planned.come_back),
    Moments(snoozed.TIMER, snoozed.earliest, snoozed.take, snoozed.come_back),
    Moments(rescues.TIMER, rescuing.earliest, rescuing.take, rescuing.fire),
    Moments(pushed_calls.TIMER, pushed_calls.earliest, pushed_calls.due, pushed_calls.end),
    Moments(silences.TIMER, silences.earliest, silences.take, silences.listen),
    Moments(runs.TIMER, runs.earliest, runs.take, run_moves.fire),
    Moments(runs.IN_LOTS, sequence_lots.earliest, sequence_lots.take, sequence_lots.go_on),
    Moments(sequences.TIMER, sequences.earliest, sequences.take, sequence_turns.look),
    Moments(consent_files.TIMER, consent_files.earliest, consent_files.take, consent_taking.go_on),
    Moments(appointments.TIMER, appointments.earliest, appointments.take, appointment_news.fire),
)
