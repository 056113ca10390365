"""The tasks that a run gives to people: whose they are, and by when they are to be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm import distribution, set_times, sla, tasks, working_days, worktime
from crm.calendars import away
from crm.contacts import Contact
from crm.days import later
from crm.deals import Deal
from crm.handover_items import HandoverItem, successor
from crm.process_elements import Node, Wait, Work
from crm.runs import TASK_KIND
from crm.setup import VERSION, calendar_for, setup, staff, told
from crm.tasks import Task
from hub.said import Said, said
from hub.statements import Statement
from hub.users import Department, User, active_users

NOTICE = "notice"


class Whose(NamedTuple):
    """Whom a task goes to (nobody: the department's queue) and the rule in words."""

    user: User | None
    department: Department | None
    why: str


class Known(NamedTuple):
    """What must be known of a contact."""

    id: int
    name: str
    department_id: int | None
    responsible_id: int | None


def contact_of(session: Session, contact_id: int) -> Known:
    """Give it."""
    *what, version = _CONTACT.one(session, {"contact": contact_id})
    told(session, version)
    return Known(*what)


_CONTACT = Statement(
    select(Contact.id, Contact.name, Contact.department_id, Contact.responsible_id, VERSION)
    .where(Contact.id == bindparam("contact"))
)  # fmt: skip


def make(
    session: Session, node: Node, process: str, contact: Known, deal: Deal | None, at: datetime
) -> int:  # fmt: skip
    """Make the task of a step with its promises, and give its id."""
    work = node.work or Work()
    whose = _whose(session, work.who or "responsible", contact, deal, at)
    department_id = whose.department.id if whose.department else None
    task_id = tasks.add_task(
        session, title=said("%(step)s: %(name)s", step=node.called, name=contact.name), kind=TASK_KIND,
        why=said("Process “%(process)s”", process=process), contact_id=contact.id, department_id=department_id,
        assignee_id=whose.user.id if whose.user else None, why_me=whose.why, created_at=at,
    )  # fmt: skip
    _promise(session, task_id, work, department_id, at)
    return task_id


def notify(
    session: Session, who: str, text: str, process: str, contact: Known, deal: Deal | None, at: datetime
) -> None:
    """Give somebody a task to know of something: it is done once he has read it, and nothing is promised."""
    whose = _whose(session, who, contact, deal, at)
    tasks.add_task(
        session, title=said("%(name)s: %(words)s", name=contact.name, words=text), kind=NOTICE,
        why=said("Process “%(process)s”", process=process), contact_id=contact.id,
        department_id=whose.department.id if whose.department else None,
        assignee_id=whose.user.id if whose.user else None, why_me=whose.why, created_at=at,
    )  # fmt: skip


def person(session: Session, who: str, contact: Known, deal: Deal | None, at: datetime) -> User | None:
    """Give the person whom a step names, None where that is a queue."""
    return _whose(session, who, contact, deal, at).user


def whose(session: Session, who: str, contact: Known, deal: Deal | None, at: datetime) -> Whose:
    """Give whose a task for `who` is: a person, or the queue of a department."""
    return _whose(session, who, contact, deal, at)


def _promise(session: Session, task_id: int, work: Work, department_id: int | None, at: datetime) -> None:
    """Set by when: a time of its own, a policy that is named, or those for tasks of processes."""
    state, calendar = setup(session), calendar_for(session, department_id)
    named = next((each for each in state.policies if work.policy and each.name == work.policy), None)
    if work.within is not None:
        due = span_ends(at, work.within, calendar if work.working else None, work.days)
        set_times.set_for(session, task_id, department_id, due)
    elif named is not None:
        sla.keep(session, [sla.draft(session, task_id, named, department_id, at, calendar)])
    else:
        sla.promise(session, state, task_id, TASK_KIND, department_id, at)


def wait_ends(start: datetime, wait: Wait, calendar: worktime.Calendar) -> datetime:
    """Tell when a wait of so much time is over."""
    if wait.working:
        return span_ends(start, wait.seconds or 0, calendar, wait.days)
    return later(ZoneInfo(calendar.hours.zone), start, wait.seconds or 0)


def span_ends(start: datetime, seconds: int, calendar: worktime.Calendar | None, days: int = 0) -> datetime:
    """Tell when so many seconds have passed, of a calendar's working time if there is one.

    With a calendar so many days of them are working days, whatever hours these have.
    """
    span = timedelta(seconds=seconds)
    if calendar is None or span > worktime.LONGEST:
        return start + span
    try:
        begin = working_days.later(start, days, calendar) if days else start
        rest = span - timedelta(days=days)
        return worktime.due(begin, rest, calendar).due or start + span
    except worktime.NeverOpens:
        return start + span


def _whose(session: Session, who: str, contact: Known, deal: Deal | None, at: datetime) -> Whose:
    kind, _colon, name = who.partition(":")
    own_id = (deal.department_id if deal else None) or contact.department_id
    own = _department(session, own_id)
    if kind == "department":
        there = setup(session).department(name)
        found = _in_department(session, there, at)
        return found if there is None or there.name == name else found._replace(why=_strange(name))
    if kind == "head":
        heads = [own.head_id, own.deputy_id] if own else []
        return _one_of(
            session,
            [each for each in heads if each],
            own,
            at,
            said("You lead %(name)s", name=own.name if own else ""),
        )
    if kind == "role":
        people = [user.id for user in active_users(session, User.role == name)]
        return _one_of(
            session, _by_load(session, people), own, at, said("Tasks of this step go to your role")
        )
    if kind == "user":
        known = session.scalar(select(User.id).where(User.email == name))
        if known and (went := successor(session, known)) is not None:
            return _handed_over(session, went, own, at)
        found = _one_of(session, [known] if known else [], own, at, said("The process names you"))
        return found if known else found._replace(why=_strange(name))
    responsible = (deal.responsible_id if deal else None) or contact.responsible_id
    words = (
        said("You are responsible for this deal") if deal else said("You are responsible for this contact")
    )
    return _one_of(session, [responsible] if responsible else [], own, at, words)


def _strange(name: str) -> Said:
    return said("The process names “%(missing)s”, which there is not any more", missing=name)


def _handed_over(session: Session, went: HandoverItem, own: Department | None, at: datetime) -> Whose:
    """Have it go where the work of whoever is named went."""
    if went.to_user_id is None:
        return _in_department(session, _department(session, went.to_department_id) or own, at)
    giver = session.get_one(User, went.record_id)
    words = said("The process names %(name)s, whose work was handed over to you", name=giver.name)
    return _one_of(session, [went.to_user_id], own, at, words)


def _one_of(session: Session, people: Sequence[int], own: Department | None, at: datetime, why: str) -> Whose:
    """Choose the first who is here; where nobody is, it goes the way of the department."""
    gone = away(session, people, at)
    for user_id in people:
        user = staff(session).get(user_id)
        if user is not None and user.disabled_at is None and user_id not in gone:
            return Whose(
                user, _department(session, user.department_id) or own or setup(session).department(""), why
            )
    return _in_department(session, own or setup(session).department(""), at)


def _in_department(session: Session, department: Department | None, at: datetime) -> Whose:
    choice = distribution.choose(session, department, None, at)
    return Whose(staff(session).get(choice.user_id) if choice.user_id else None, department, choice.why)


def _by_load(session: Session, people: Sequence[int]) -> Sequence[int]:
    """Put those first who have the fewest open tasks."""
    rows = session.execute(
        select(Task.assignee_id, func.count()).where(Task.assignee_id.in_(people), Task.done_at.is_(None))
        .group_by(Task.assignee_id)
    )  # fmt: skip
    load = {row[0]: row[1] for row in rows}
    return sorted(people, key=lambda each: (load.get(each, 0), each))


def _department(session: Session, department_id: int | None) -> Department | None:
    return setup(session).departments.get(department_id) if department_id is not None else None
