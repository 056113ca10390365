"""What colleagues do with a request, by the verbs of the console's buttons."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import desk
from crm.contacts import Contact
from crm.demo.people import STAFF, colleague
from crm.tasks import Task
from hub.clock import now
from hub.said import said
from hub.users import Department, User, Viewer, find_department, viewer

LATE = 0.08
VISIT = 0.28  # of all answers lead to a visit, which Sales arranges
WAIT = 0.08
KEPT = 0.15  # of all stay with the colleague they know by then
MORNING = 8

REACHED = (
    "Rang. Wants an offer for all of them, white inside. Sends a picture of the frames.",
    "Spoke to the husband. They compare with another firm; price decides. Ring again after the weekend.",
    "Reached at work. Measured roughly on the telephone, offer goes out today.",
    "Answered all questions about the glass. Decides with the neighbours.",
    "It is only the hinge. Told how to turn the screw; rings back if it does not help.",
    "Booked for measuring, prefers mornings. A dog in the house.",
)
VISITED = (
    "Was there. Six openings measured, two are rotten below. Offer by Friday.",
    "Measured. Wants the work done before Easter.",
    "Visit done, samples shown: iron grey it will be.",
)

Act = Callable[[Session, Task], None]


class Step(NamedTuple):
    """Something a colleague does to a task at a moment."""

    at: datetime
    act: Act


def steps(rng: random.Random, at: datetime, due: datetime, zone: str) -> Iterator[Step]:
    """Lay out what happens to a request that came in at `at` and whose answer is due at `due`."""
    late = rng.random() < LATE
    early = max(at + timedelta(seconds=40), due - timedelta(minutes=rng.uniform(1, 13)))
    reached = due + timedelta(minutes=rng.uniform(2, 25)) if late else early
    yield Step(reached, partial(take, rng))
    if not late and rng.random() < WAIT:
        yield Step(reached + timedelta(seconds=10), wait)
        reached = _morning(reached + timedelta(days=rng.randint(1, 3)), zone) + timedelta(
            minutes=rng.uniform(5, 90)
        )
        yield Step(reached, go_on)
    yield Step(reached + timedelta(minutes=2), partial(note, rng.choice(REACHED)))
    if rng.random() < VISIT:
        yield Step(reached + timedelta(minutes=4), partial(pass_on, "Sales"))
        yield from _visit(rng, reached, zone)
    else:
        yield Step(reached + timedelta(minutes=3), partial(finish, keep=rng.random() < KEPT))


def put_off(rng: random.Random, at: datetime, _due: datetime, _zone: str) -> Iterator[Step]:
    """Have somebody reached who wants to be rung again later today."""
    yield Step(at + timedelta(minutes=6), partial(take, rng))
    yield Step(
        at + timedelta(minutes=9), partial(note, "Is in a meeting. Ring again in the afternoon, mobile.")
    )
    yield Step(at + timedelta(minutes=10), later)


def held(rng: random.Random, at: datetime, _due: datetime, _zone: str) -> Iterator[Step]:
    """Have somebody's clock held."""
    yield Step(at + timedelta(minutes=5), partial(take, rng))
    yield Step(at + timedelta(minutes=7), wait)


def arranged(rng: random.Random, at: datetime, _due: datetime, _zone: str) -> Iterator[Step]:
    """Have a visit in hand: Sales has it."""
    yield Step(at + timedelta(minutes=8), partial(take, rng))
    yield Step(at + timedelta(minutes=10), partial(note, REACHED[-1]))
    yield Step(at + timedelta(minutes=11), partial(pass_on, "Sales"))
    yield Step(at + timedelta(minutes=40), partial(take, rng))


def take(rng: random.Random, session: Session, task: Task) -> None:
    """Have somebody of its department take it from the queue."""
    if task.assignee_id is None:
        person = _somebody(session, rng, task)
        desk.hand_over(session, viewer(person), task, f"user:{person.id}", said("You took it"))


def note(words: str, session: Session, task: Task) -> None:
    """Write down that the contact was reached."""
    desk.note(
        session,
        _worker(session, task),
        session.get_one(Contact, task.contact_id),
        words,
        counts_as_contact=True,
    )


def pass_on(department: str, session: Session, task: Task) -> None:
    """Give it to another department."""
    place = find_department(session, department)
    desk.hand_over(session, _worker(session, task), task, f"department:{place.id}", "wants a visit")


def wait(session: Session, task: Task) -> None:
    """Hold its clocks."""
    desk.pause(session, _worker(session, task), task, "the customer sends pictures")


def later(session: Session, task: Task) -> None:
    """Plan it for when the customer can be reached."""
    desk.plan(session, _worker(session, task), task, now() + timedelta(hours=4))


def go_on(session: Session, task: Task) -> None:
    """Let its clocks run again."""
    desk.resume(session, _worker(session, task), task)


def finish(
    session: Session, task: Task, *, keep: bool = False, answers: Mapping[str, str] | None = None
) -> None:
    """Say that it is done, with what its form asks for; with `keep` the contact is this colleague's from now on."""
    if keep and task.assignee_id is not None:
        session.get_one(Contact, task.contact_id).responsible_id = task.assignee_id
    desk.complete(session, _worker(session, task), task, answers=answers)


def _visit(rng: random.Random, reached: datetime, zone: str) -> Iterator[Step]:
    day = _morning(reached + timedelta(days=rng.randint(1, 4)), zone)
    there = day + timedelta(minutes=rng.uniform(10, 400))
    yield Step(there, partial(take, rng))
    yield Step(there + timedelta(minutes=25), partial(note, rng.choice(VISITED)))
    yield Step(there + timedelta(minutes=26), partial(finish, keep=rng.random() < KEPT))


def _somebody(session: Session, rng: random.Random, task: Task) -> User:
    place = session.get_one(Department, task.department_id)
    names = [each.name for each in STAFF if each.department == place.name and each.away is None]
    return colleague(session, rng.choice(names))


def _worker(session: Session, task: Task) -> Viewer:
    """Give whose task it is, or the one who leads its department."""
    place = session.get(Department, task.department_id or 0)
    user_id = task.assignee_id or (place.head_id if place else None)
    return viewer(session.scalars(select(User).where(User.id == user_id)).one())


def _morning(at: datetime, zone: str) -> datetime:
    """Give the morning of that day, or of the Monday after it."""
    local = at.astimezone(ZoneInfo(zone))
    local += timedelta(days=(7 - local.weekday()) % 7 if local.isoweekday() > 5 else 0)  # noqa: PLR2004 - a weekend
    return local.replace(hour=MORNING, minute=0, second=0)
