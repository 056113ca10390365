"""Who gets a new task: the one who knows the customer, else by the department's rule, never somebody who is away.

A department lets its people take tasks from the queue (`take`), gives them out by turn (`turn`) or to the one with
the least open tasks (`load`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.calendars import away
from crm.tasks import Task
from hub.said import Said, said
from hub.users import Department, User

RULES = ("take", "turn", "load")


class Choice(NamedTuple):
    """Whom a task goes to (nobody: the queue) and the rule in words."""

    user_id: int | None
    why: str


def choose(
    session: Session, department: Department | None, responsible_id: int | None, moment: datetime,
    full: Collection[int] = (),
) -> Choice:  # fmt: skip
    """Choose who gets a task of this department; who is `full` has enough already, and is passed over."""
    if responsible_id is not None and responsible_id not in full:
        person = session.get(User, responsible_id)
        if person and person.disabled_at is None and not away(session, [person.id], moment):
            return Choice(person.id, said("You are responsible for this contact"))
    if department is None or department.distribution == "take":
        return Choice(None, "")
    here = present(session, department.id, moment)
    people = [person for person in here if person.id not in full]
    if not people:
        busy = said("Everybody in %(department)s has enough to do", department=department.name)
        return Choice(None, busy if here else "")
    if department.distribution == "turn":
        return _by_turn(session, department, people)
    return _by_load(session, department, people)


def misdirected(wanted: str, department: Department | None) -> tuple[Said, ...]:
    """Tell that something went to another department than it should have, since there is none of that name."""
    if department is None or wanted in {"", department.name}:
        return ()
    return (said("There is no department “%(missing)s”: it went to %(department)s.",
                 missing=wanted, department=department.name),)  # fmt: skip


def present(session: Session, department_id: int, moment: datetime) -> Sequence[User]:
    """Give the people of a department who are not away, in the order they joined."""
    people = session.scalars(
        select(User).where(User.department_id == department_id, User.disabled_at.is_(None)).order_by(User.id)
    ).all()
    gone = away(session, [person.id for person in people], moment)
    return [person for person in people if person.id not in gone]


def _by_turn(session: Session, department: Department, people: Sequence[User]) -> Choice:
    table = Department.__table__
    row = table.c.id == department.id
    last = (
        session.connection().execute(select(table.c.last_given_id).where(row).with_for_update()).scalar() or 0
    )
    person = next((each for each in people if each.id > last), people[0])
    # Past the unit of work: whose turn it is changes all day and is no change of the set-up.
    session.connection().execute(update(table).where(row).values(last_given_id=person.id))  # type: ignore[arg-type]
    return Choice(person.id, said("Your turn in %(department)s", department=department.name))


def _by_load(session: Session, department: Department, people: Sequence[User]) -> Choice:
    rows = session.execute(
        select(Task.assignee_id, func.count())
        .where(Task.assignee_id.in_([person.id for person in people]), Task.done_at.is_(None))
        .group_by(Task.assignee_id)
    )
    load = {row[0]: row[1] for row in rows}
    person = min(people, key=lambda each: (load.get(each.id, 0), each.id))
    return Choice(person.id, said("Fewest open tasks in %(department)s", department=department.name))
