"""What goes on while a visitor looks: a request every few seconds, most of them answered, some nearly late.

It is bounded: the same people ask again and again, colleagues keep the queue short, and it gets quieter soon.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.deadlines import Deadline
from crm.demo.colleagues import REACHED, finish, note, take
from crm.demo.people import CALLBACK, VISITORS
from crm.demo.requests import Request, anybody, order
from crm.process_elements import Answer
from crm.refusals import Refusal
from crm.run_steps import form_of
from crm.tasks import Task
from hub.clock import now

BUSY = timedelta(minutes=10)  # so long it is lively
LIVELY, CALM = (4.0, 8.0), (40.0, 80.0)  # seconds between two events, then and later
CROWD = 12  # open requests of the last while: from so many on only colleagues are busy
HOME = "Kungsgatan 12, Göteborg"
AWAY = {"measured", "installed_on"}  # what is asked of fitters, who are on their way for a while
FRESH = timedelta(minutes=5)
STALE = timedelta(hours=1)

# How long ago somebody asked, so that within a minute a visitor sees a reminder, a broken promise with the
# alarm of the head, and the whole company told, by the policy of company.toml: 5 before, 15, 15 after.
OPENING = (
    timedelta(minutes=9, seconds=40),
    timedelta(minutes=14, seconds=25),
    timedelta(minutes=29, seconds=15),
)


class Traffic:
    """A source of requests, from `begun` on."""

    def __init__(self, begun: datetime) -> None:
        """Begin."""
        self._rng = random.Random(begun.timestamp())  # noqa: S311 - nothing here is a secret
        self._begun = begun
        self._number = 0
        self._late = self._rng.sample(VISITORS, len(OPENING))
        self._others = [visitor for visitor in VISITORS if visitor not in self._late]

    def opening(self) -> Iterator[Request]:
        """Give the requests that are nearly late already; none begins a process, whose clock begins with it."""
        for span, visitor in zip(OPENING, self._late, strict=True):
            yield order(self._rng, visitor, self._begun - span, self._count())._replace(channel=CALLBACK)

    def next(self) -> Request:
        """Give the next request, as of now."""
        return anybody(self._rng, now(), self._count(), self._others)

    def pause(self) -> float:
        """Say how many seconds pass until something happens again."""
        return self._rng.uniform(*(LIVELY if now() < self._begun + BUSY else CALM))

    def roll(self) -> int:
        """Give a number by which a colleague's choice is made."""
        return self._rng.randrange(2**32)

    def _count(self) -> int:
        self._number += 1
        return self._number


def crowded(session: Session) -> bool:
    """Tell whether so much waits that nothing should be added."""
    waiting = select(func.count()).where(Task.done_at.is_(None), Task.created_at > now() - STALE)
    return (session.scalar(waiting) or 0) >= CROWD


def work(session: Session, seed: int) -> None:
    """Have a colleague do the next thing to a fresh request, or clear away what was left lying for long."""
    rng = random.Random(seed)  # noqa: S311 - the same again if the transaction is run again
    moment = now()
    fresh = Task.created_at.between(moment - FRESH, moment - timedelta(seconds=20))
    late = Task.created_at.between(moment - timedelta(days=1), moment - STALE)
    tasks = session.scalars(
        select(Task)
        .join(Deadline, Deadline.task_id == Task.id)
        .where(Task.done_at.is_(None), Deadline.met_at.is_(None), Deadline.paused_at.is_(None), fresh | late)
        .order_by(Task.id)
    ).all()
    if not tasks:
        return
    task = rng.choice(tasks)
    form = form_of(session, task)
    if task.created_at > moment - FRESH and AWAY & {each.name for each in form}:
        return
    if task.assignee_id is None:
        take(rng, session, task)
    else:
        note(rng.choice(REACHED), session, task)
        with suppress(Refusal), session.begin_nested():
            finish(session, task, answers=_answers(rng, form))


def _answers(rng: random.Random, form: Sequence[Answer]) -> dict[str, str]:
    """Fill in what a step of a process asks for: one in four wants an offer, and he has time tomorrow."""
    tomorrow = (now() + timedelta(days=1)).date().isoformat()
    filled = {"day": tomorrow, "number": "3", "whole": "3", "yes": "yes", "moment": f"{tomorrow}T10:00"}
    answers = {each.name: filled.get(each.kind, "As agreed on the telephone") for each in form}
    answers |= {each.name: each.choices[-1] for each in form if each.choices}
    if "interested" in answers:
        answers |= {"interested": rng.choice(("yes", "no", "no", "no")), "address": HOME, "visit_at": "10:00"}
    return answers
