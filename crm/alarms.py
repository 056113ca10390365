"""Alarms: somebody is told that a promise is about to break or has broken, and it is followed to its end.

An alarm has one row for each person told: shown, seen, answered. If nobody has seen a step's alarms within the
policy's time, the next step is taken at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import sla
from crm.distribution import present
from crm.policies import ASSIGNEE, COMPANY, HEAD, Policy
from crm.sla import Deadline, Planned
from crm.tasks import Task, changed
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import Base, announce, some
from hub.users import Department, User


class Alarm(Base):
    """One person is told of one step of one deadline. `late`: the promise is broken; else it is a reminder."""

    __tablename__ = "alarms"

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    step: Mapped[int]
    late: Mapped[bool]
    why: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)
    shown_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        some("ix_alarms_mine", "user_id", where="answered_at IS NULL"),
        Index("ix_alarms_deadline", "deadline_id", "step"),
        Index("ix_alarms_task", "task_id"),
    )  # fmt: skip


def step_deadline(session: Session, deadline_id: int) -> None:
    """Take every step of a deadline that is due. Another node may have been faster: then nothing is due."""
    deadline = session.scalar(select(Deadline).where(Deadline.id == deadline_id).with_for_update())
    moment = now()
    if deadline is None or deadline.next_at is None or deadline.next_at > moment:
        return
    task = session.get_one(Task, deadline.task_id)
    policy = session.get_one(Policy, deadline.policy_id)
    way = list(deadline.planned)
    while way and (way[0].at <= moment or _overlooked(session, deadline, policy, moment)):
        _take_step(session, deadline, task, policy, way.pop(0))
    sla.set_way(session, deadline, way)
    if way and (look_again := _looked_at_by(session, deadline, policy)):
        sla.set_timer(session, deadline, min(way[0].at, look_again))


def mine(session: Session, user_id: int) -> Sequence[Alarm]:
    """Give a person's alarms that are not answered, the newest first; from now on they count as shown."""
    alarms = session.scalars(
        select(Alarm).where(Alarm.user_id == user_id, Alarm.answered_at.is_(None)).order_by(Alarm.id.desc())
    ).all()
    for alarm in alarms:
        alarm.shown_at = alarm.shown_at or now()
    return alarms


def count_open(session: Session, user_id: int) -> int:
    """Count a person's alarms that are not answered."""
    query = select(func.count()).where(Alarm.user_id == user_id, Alarm.answered_at.is_(None))
    return session.scalar(query) or 0


def see(session: Session, alarm: Alarm) -> None:
    """Say that the person looked at it: the next step waits for its own time."""
    if alarm.seen_at is None:
        alarm.seen_at = now()
        _tell(session, [alarm])


def answer(session: Session, task_id: int, by: int | None) -> None:
    """End every open alarm of a task: somebody took care of it."""
    alarms = session.scalars(select(Alarm).where(Alarm.task_id == task_id, Alarm.answered_at.is_(None))).all()
    for alarm in alarms:
        alarm.answered_at, alarm.answered_by = now(), by
        if alarm.user_id == by:
            alarm.seen_at = alarm.seen_at or now()
    _tell(session, alarms)


def _take_step(session: Session, deadline: Deadline, task: Task, policy: Policy, planned: Planned) -> None:
    if planned.breach:
        deadline.breached_at = planned.at
        changed(session, task, None, f"{deadline.kind} is late")
        return
    deadline.step = planned.step
    late = policy.escalation[planned.step].after >= 0
    told = _recipients(session, task, planned.tell)
    alarms = [
        Alarm(deadline_id=deadline.id, task_id=task.id, user_id=user.id, step=planned.step, late=late, why=why)
        for user, why in told.items()
    ]
    session.add_all(alarms)
    session.flush()
    names = ", ".join(user.name for user in told) or "nobody: there is no one to tell"
    changed(session, task, None, f"{'alarm' if late else 'reminder'} to {names}")
    _tell(session, alarms)


def _recipients(session: Session, task: Task, tell: str) -> dict[User, str]:
    """Say who is told at a step, each with the reason why it is him. Somebody is always told, if anybody is here."""
    department = session.get(Department, task.department_id) if task.department_id else None
    if tell == ASSIGNEE and task.assignee_id:
        return _people(session, User.id == task.assignee_id, "It is your task")
    if tell == ASSIGNEE and department:
        waiting = f"It waits in the queue of {department.name}"
        if people := present(session, department.id, now()):
            return dict.fromkeys(people, waiting)
    if tell == HEAD and department and department.head_id:
        return _people(session, User.id == department.head_id, f"You lead {department.name}")
    if tell == COMPANY:
        return _people(session, User.role.in_(["head", "manager", "admin"]), "The whole company is told")
    if tell.startswith("user:"):
        return _people(session, User.id == int(tell.removeprefix("user:")), "The policy names you")
    where = f"{department.name} has no head" if department else "No department has it"
    return _people(session, User.role.in_(["manager", "admin"]), f"{where}, so you are told")


def _people(session: Session, which: ColumnElement[bool], why: str) -> dict[User, str]:
    people = session.scalars(select(User).where(which, User.disabled_at.is_(None)).order_by(User.id))
    return dict.fromkeys(people, why)


def _overlooked(session: Session, deadline: Deadline, policy: Policy, moment: datetime) -> bool:
    look_again = _looked_at_by(session, deadline, policy)
    return look_again is not None and look_again <= moment


def _looked_at_by(session: Session, deadline: Deadline, policy: Policy) -> datetime | None:
    """Give the moment by which somebody must have seen the last alarm; None when somebody has, or it reminds only."""
    alarms = session.scalars(
        select(Alarm).where(Alarm.deadline_id == deadline.id, Alarm.step == deadline.step, Alarm.late)
    ).all()
    if not alarms or any(alarm.seen_at or alarm.answered_at for alarm in alarms):
        return None
    return max(alarm.made_at for alarm in alarms) + timedelta(seconds=policy.unseen_seconds)


def _tell(session: Session, alarms: Iterable[Alarm]) -> None:
    for alarm in alarms:
        announce(session, Notice(kind="alarm", id=alarm.id, why=alarm.why,
                                 audience=Audience(users=frozenset({alarm.user_id}))))  # fmt: skip
