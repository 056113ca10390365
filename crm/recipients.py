"""Who is told when a promise is about to break or has broken.

A step of a policy names a part: whoever has the task, the head, the company, a person. Whoever plays it may
be away or gone; then the next is told, with the reason. Somebody is told as long as anybody works here.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crm.calendars import Absence, away
from crm.distribution import present
from crm.handover_items import HandoverItem, successor
from crm.policies import ASSIGNEE, COMPANY, HEAD
from crm.tasks import Task
from hub.clock import now
from hub.said import Said, said
from hub.users import SEE_ALL, Department, User

Told = Mapping[User, str]


def recipients(session: Session, task: Task, tell: str) -> Told:
    """Say who is told at a step, each with the reason why it is him."""
    department = session.get(Department, task.department_id) if task.department_id else None
    if tell == COMPANY:
        told = _people(
            session, User.role.in_(["head", "manager", "admin"]), said("The whole company is told")
        )
    elif tell == ASSIGNEE and task.assignee_id:
        told = _assignee(session, task.assignee_id, department)
    elif tell == ASSIGNEE:
        told = _queue(session, department)
    elif tell == HEAD:
        told = _head(session, department)
    else:
        told = _named(session, int(tell.removeprefix("user:")))
    return told or _people(session, User.id.is_not(None), said("There is nobody else to tell"))


def _assignee(session: Session, user_id: int, department: Department | None) -> Told:
    user = session.get_one(User, user_id)
    if _here(session, user):
        return {user: said("It is your task")}
    gone = said("%(name)s, who has the task, is %(where)s", name=user.name, where=_whereabouts(session, user))
    return _stand_in(session, user) or _head(session, department, gone)


def _queue(session: Session, department: Department | None) -> Told:
    if department is None:
        return _managers(session, said("No department has it, so you are told"))
    people = present(session, department.id, now())
    waiting = said("It waits in the queue of %(department)s", department=department.name)
    nobody = said("Nobody of %(department)s is here", department=department.name)
    return dict.fromkeys(people, waiting) or _head(session, department, nobody)


def _head(session: Session, department: Department | None, because: str = "") -> Told:
    """Tell the head; for one who is away his department's next, and the managers too."""
    if department is None:
        return _managers(session, _so_you(because or said("No department has it")))
    name = department.name
    head = session.get(User, department.head_id) if department.head_id else None
    if head is None:
        return _managers(session, _so_you(because or said("%(department)s has no head", department=name)))
    if _here(session, head):
        if because:
            return {head: said("%(because)s. You lead %(department)s", because=because, department=name)}
        return {head: said("You lead %(department)s", department=name)}
    gone = said("%(name)s, who leads %(department)s, is %(where)s", name=head.name, department=name,
                where=_whereabouts(session, head))  # fmt: skip
    return {**_managers(session, _so_you(gone)), **_next(session, department, head, gone)}


def _so_you(because: str) -> Said:
    return said("%(because)s, so you are told", because=because)


def _next(session: Session, department: Department, head: User, gone: str) -> Told:
    """Tell who stands in for a head, or his deputy, another head, or everybody of the department who is here."""
    if stand_in := _stand_in(session, head):
        return stand_in
    deputy = session.get(User, department.deputy_id) if department.deputy_id else None
    if deputy is not None and _here(session, deputy):
        return {deputy: said("%(because)s, and you are the deputy", because=gone)}
    people = present(session, department.id, now())
    heads = [each for each in people if each.role == "head"]
    return dict.fromkeys(heads or people, said("%(because)s, and you are next", because=gone))


def _named(session: Session, user_id: int) -> Told:
    user = session.get(User, user_id)
    if user is None:
        return _managers(session, said("The policy names somebody who is not known, so you are told"))
    if (went := successor(session, user.id)) is not None:
        return _handed_over(session, user, went)
    if _here(session, user):
        return {user: said("The policy names you")}
    gone = said("%(name)s, whom the policy names, is %(where)s", name=user.name,
                where=_whereabouts(session, user))  # fmt: skip
    return _stand_in(session, user) or _managers(session, _so_you(gone))


def _handed_over(session: Session, named: User, went: HandoverItem) -> Told:
    """Tell whom the work of somebody who is named was handed over to."""
    other = session.get(User, went.to_user_id) if went.to_user_id else None
    if other is None:
        return _queue(session, session.get(Department, went.to_department_id or 0))
    if _here(session, other):
        return {other: said("The policy names %(name)s, whose work was handed over to you", name=named.name)}
    gone = said("%(name)s, whom the policy names, is %(where)s", name=other.name,
                where=_whereabouts(session, other))  # fmt: skip
    return _stand_in(session, other) or _managers(session, _so_you(gone))


def _stand_in(session: Session, user: User) -> Told:
    absence = _absence(session, user)
    other = session.get(User, absence.substitute_id) if absence and absence.substitute_id else None
    if other is None or not _here(session, other):
        return {}
    where = _whereabouts(session, user)
    return {other: said("You stand in for %(name)s, who is %(where)s", name=user.name, where=where)}


def _managers(session: Session, why: str) -> Told:
    """Tell the managers and admins who are here; where all are away, all."""
    everybody = _people(session, User.role.in_(SEE_ALL), why)
    return {user: words for user, words in everybody.items() if _here(session, user)} or everybody


def _people(session: Session, which: ColumnElement[bool], why: str) -> Told:
    people = session.scalars(select(User).where(which, User.disabled_at.is_(None)).order_by(User.id))
    return dict.fromkeys(people, why)


def _here(session: Session, user: User) -> bool:
    return user.disabled_at is None and _absence(session, user) is None


def _absence(session: Session, user: User) -> Absence | None:
    return away(session, [user.id], now()).get(user.id)


def _whereabouts(session: Session, user: User) -> Said:
    absence = _absence(session, user)
    if absence is None:
        return said("no longer here")
    return said("away (%(why)s)", why=absence.why) if absence.why else said("away")
