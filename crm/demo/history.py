"""The months before: requests in the journal as of then, and what colleagues made of them.

The clock is set back while a moment of the past is lived through, so that every row says the time at which it
would have been written. Nobody else may look at the clock meanwhile: it is done before the hub serves.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import alarms, intake
from crm.deadlines import Deadline, running
from crm.demo.colleagues import Step, arranged, held, put_off, steps
from crm.demo.deals import sell
from crm.demo.people import VISITORS, move_in
from crm.demo.requests import Request, again, anybody, order, spam, unreachable
from crm.demo.sales import walk
from crm.setup import setup
from crm.tasks import Task
from hub import journal
from hub.channels import Channels
from hub.clock import clock, now
from hub.connector import Raw
from hub.journal import Inbound

DAYS = 75
SEED = 1948
QUIET = timedelta(minutes=40)  # what came in so shortly before now is left to the traffic
BY_DAY = (5, 4, 4, 4, 3, 1, 1)  # requests on a Monday, Tuesday …
NIGHTLY = 0.06  # of them come at night

Story = Callable[[random.Random, datetime, datetime, str], Iterator[Step]]

# How long ago somebody asked whose task is still somebody's today, and how far it has come.
UNDER_WAY: Mapping[timedelta, Story] = {
    timedelta(hours=3, minutes=12): put_off,
    timedelta(hours=2, minutes=20): held,
    timedelta(hours=1, minutes=55): put_off,
    timedelta(hours=1, minutes=31): arranged,
    timedelta(hours=1, minutes=4): held,
    timedelta(minutes=52): arranged,
}


def plan(moment: datetime, place: str) -> list[Request]:
    """Lay out what came in during the months before `moment`, oldest first."""
    rng = random.Random(SEED)  # noqa: S311 - the same story each time
    requests: list[Request] = []
    for number, at in enumerate(_moments(rng, moment, ZoneInfo(place))):
        requests += _asked(rng, at, 10 * number)
    for visitor, span in zip(VISITORS, UNDER_WAY, strict=False):
        requests.append(order(rng, visitor, moment - span, len(requests)))
    return sorted(requests, key=lambda request: request.raw.received_at)


def zone(session: Session) -> str:
    """Give the company's time zone."""
    return setup(session).company.zone


def live_through(
    session: Session, channels: Channels, requests: Sequence[Request], moment: datetime, password_hash: str
) -> None:
    """Bring in everybody, and have what the journal holds become cards and tasks, each at its time."""
    move_in(session, moment, password_hash)
    session.flush()
    rng = random.Random(SEED)  # noqa: S311
    by_name = {channel.name: channel for channel in channels}
    shift = clock.shift
    try:
        for request in requests:
            channel = by_name[request.channel]
            key = (Inbound.channel_id == channel.id, Inbound.key == request.raw.key)
            item = session.scalars(select(Inbound).where(*key)).one()
            _move_to(item.received_at + timedelta(seconds=0.2))
            outcome = journal.Outcome("nothing to do")
            for event in channel.connector.read(raw_of(item)):
                outcome = intake.take(session, item, channel, event)
            journal.close(session, item.id, outcome)
            story = UNDER_WAY.get(moment - item.received_at, steps)
            _live_with(session, item, story, rng, moment)
        sell(session, random.Random(SEED), moment, _move_to)  # noqa: S311 - the same story each time
        for open_task in walk(session, moment, _move_to):
            _ring(session, open_task, moment)
        _move_to(moment)
    finally:
        clock.shift = shift


def raw_of(item: Inbound) -> Raw:
    """Give what came in as the reader takes it; nothing here is so large that it lies apart."""
    return Raw(body=item.body or b"", headers=item.headers, received_at=item.received_at, key=item.key)


def _asked(rng: random.Random, at: datetime, number: int) -> Iterator[Request]:
    """Somebody asks; now and then twice, or without a way to be reached, or only to sell us something."""
    request = anybody(rng, at, number)
    yield request
    chance = rng.random()
    if chance < 0.04:  # noqa: PLR2004 - a few in a hundred
        yield again(request, at + timedelta(seconds=4), number + 1)
    elif chance < 0.07:  # noqa: PLR2004
        yield spam(at + timedelta(minutes=7), number + 1)
    elif chance < 0.09:  # noqa: PLR2004
        yield unreachable(at + timedelta(minutes=12), number + 1)


def _moments(rng: random.Random, until: datetime, place: ZoneInfo) -> Iterator[datetime]:
    first = until.astimezone(place).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    for day in range(DAYS + 1):
        midnight = first + timedelta(days=day)
        for _ in range(BY_DAY[midnight.weekday()]):
            hour = rng.uniform(0, 6) if rng.random() < NIGHTLY else rng.triangular(7, 22, 10)
            at = midnight + timedelta(hours=hour)
            if at < until - QUIET:
                yield at


def _live_with(session: Session, item: Inbound, story: Story, rng: random.Random, until: datetime) -> None:
    """Have colleagues work on what an item became, and its clocks run, up to now."""
    session.flush()
    task = session.scalar(
        select(Task).where(Task.created_at == item.received_at).order_by(Task.id.desc()).limit(1)
    )
    if task is None or item.duplicate_of is not None:
        return
    due = session.scalars(select(Deadline.due_at).where(Deadline.task_id == task.id)).one()
    for step in story(rng, item.received_at, due or item.received_at, zone(session)):
        _ring(session, task, min(step.at, until))
        if step.at < until:
            _move_to(step.at)
            step.act(session, task)
    _ring(session, task, until)


def _ring(session: Session, task: Task, until: datetime) -> None:
    """Take what its deadlines planned up to a moment, each step at its time."""
    for deadline in running(session, task.id):
        while deadline.next_at is not None and deadline.next_at <= until:
            _move_to(deadline.next_at)
            alarms.step_deadline(session, deadline.id)


def _move_to(moment: datetime) -> None:
    clock.advance(seconds=(moment - now()).total_seconds())
