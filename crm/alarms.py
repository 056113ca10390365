"""Alarms: somebody is told that a promise is about to break or has broken, and it is followed to its end.

An alarm has one row for each person told: shown, seen, answered. `step` counts the times at which somebody
was told for this deadline. If nobody has seen a step's alarms within the policy's time, the next step is
taken at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import structs
from sqlalchemy import BindParameter, ColumnElement, ForeignKey, Index, Select, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import deadlines, sla
from crm.deadline_ways import Planned
from crm.deadlines import Deadline
from crm.policies import Policy
from crm.recipients import recipients
from crm.tasks import Task, audience, changed
from hub.bus import Notice
from hub.clock import now
from hub.db import Base, announce, some
from hub.languages import N_
from hub.said import Said, said
from hub.sentence import Sentence
from hub.users import User

LATE = {
    "first response": N_("first response is late"),
    "next response": N_("next response is late"),
    "resolution": N_("resolution is late"),
}


class Alarm(Base):
    """One person is told at one step of a deadline. `late`: the promise is broken; else it is a reminder."""

    __tablename__ = "alarms"

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    step: Mapped[int]
    late: Mapped[bool]
    why: Mapped[str] = mapped_column(Sentence)
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
    policy = sla.policy_of(session, deadline)
    while (coming := deadline.coming) and (
        coming[0].at <= moment or _overlooked(session, deadline, policy, moment)
    ):
        _take_steps(session, deadline, task, [each for each in coming if each.at == coming[0].at], moment)
    watch(session, deadline, policy)


def mine(session: Session, user_id: int) -> Sequence[Alarm]:
    """Give a person's alarms that are not answered, the newest first."""
    return session.scalars(
        select(Alarm).where(Alarm.user_id == user_id, Alarm.answered_at.is_(None)).order_by(Alarm.id.desc())
    ).all()


def show(session: Session, user_id: int) -> None:
    """Say that a person's open alarms stand on a screen of his."""
    for alarm in mine(session, user_id):
        alarm.shown_at = alarm.shown_at or now()


def how_many_open(user_id: int | BindParameter[int]) -> Select[int]:
    """Give what counts the tasks for which a person has alarms that are not answered."""
    open_ones = (Alarm.user_id == user_id, Alarm.answered_at.is_(None))
    return select(func.count(func.distinct(Alarm.task_id))).where(*open_ones)


def see(session: Session, alarm: Alarm) -> None:
    """Say that the person looked at it, and at what he was told of the task before.

    The next step then waits for its own time.
    """
    same = (Alarm.task_id == alarm.task_id, Alarm.user_id == alarm.user_id, Alarm.seen_at.is_(None))
    unseen = session.scalars(select(Alarm).where(*same)).all()
    for each in unseen:
        each.seen_at = now()
        each.shown_at = each.shown_at or each.seen_at
    _watch_again(session, unseen)
    _tell(session, session.get_one(Task, alarm.task_id), unseen)


def answer(session: Session, task_id: int, by: int | None, deadline_ids: Sequence[int] | None = None) -> None:
    """End the open alarms of a task, or of some of its deadlines: somebody took care of it."""
    which = [Alarm.task_id == task_id, Alarm.answered_at.is_(None)]
    if deadline_ids is not None:
        which.append(Alarm.deadline_id.in_(deadline_ids))
    _end(session, session.get_one(Task, task_id), by, which)


def settle(session: Session, task: Task, by: int | None) -> None:
    """End the reminders of those whose task it no longer is."""
    which = [Alarm.task_id == task.id, Alarm.answered_at.is_(None), ~Alarm.late]
    _end(session, task, by, [*which, Alarm.user_id.is_distinct_from(task.assignee_id)])


def reopen(session: Session, task_id: int, since: datetime) -> None:
    """Take back what was answered at `since` or later, as if the deadlines had run on."""
    alarms = session.scalars(select(Alarm).where(Alarm.task_id == task_id, Alarm.answered_at >= since)).all()
    for alarm in alarms:
        alarm.answered_at = alarm.answered_by = None
    for deadline in deadlines.running(session, task_id):
        watch(session, deadline, sla.policy_of(session, deadline))
    _tell(session, session.get_one(Task, task_id), alarms)


def watch(session: Session, deadline: Deadline, policy: Policy) -> None:
    """Set the timer for the next step, or for when the last alarm counts as overlooked."""
    if deadline.met_at is None and (coming := deadline.coming):
        look_again = _looked_at_by(session, deadline, policy)
        sla.set_timer(session, deadline, min(coming[0].at, look_again or coming[0].at))


def _end(session: Session, task: Task, by: int | None, which: Sequence[ColumnElement[bool]]) -> None:
    alarms = session.scalars(select(Alarm).where(*which)).all()
    for alarm in alarms:
        alarm.answered_at, alarm.answered_by = now(), by
        if alarm.user_id == by:
            alarm.seen_at = alarm.seen_at or now()
    _watch_again(session, alarms)
    _tell(session, task, alarms)


def _watch_again(session: Session, alarms: Sequence[Alarm]) -> None:
    """Have the next steps wait for their own time where an alarm is no longer overlooked."""
    session.flush()
    for deadline_id in sorted({alarm.deadline_id for alarm in alarms if alarm.late}):
        deadline = session.get_one(Deadline, deadline_id)
        watch(session, deadline, sla.policy_of(session, deadline))


def _take_steps(
    session: Session, deadline: Deadline, task: Task, steps: Sequence[Planned], moment: datetime
) -> None:
    """Take what stands at one moment of the way: note the breach, and tell everybody who is to be told."""
    for step in steps:
        if step.breach:
            deadline.breached_at = step.at
            changed(session, task, None, said(LATE[deadline.kind]))
    if tells := [step.tell for step in steps if step.tell]:
        _raise_alarms(session, deadline, task, tells, late=steps[-1].after >= 0, moment=moment)
    way = [structs.replace(each, taken=each.taken or each in steps) for each in deadline.planned]
    sla.set_way(session, deadline, way)


def _raise_alarms(
    session: Session, deadline: Deadline, task: Task, tells: Sequence[str], *, late: bool, moment: datetime
) -> None:
    deadline.step += 1
    told: dict[User, str] = {}
    for tell in tells:
        told = {**recipients(session, task, tell), **told}
    alarms = [
        Alarm(deadline_id=deadline.id, task_id=task.id, user_id=user.id, step=deadline.step, late=late,
              why=why, made_at=moment)
        for user, why in told.items()
    ]  # fmt: skip
    session.add_all(alarms)
    session.flush()
    changed(session, task, None, _told(late, [user.name for user in told]))
    _tell(session, task, alarms)


def _told(late: bool, names: Sequence[str]) -> Said:  # noqa: FBT001 - as the column
    """Say who was told."""
    if not names:
        return said("nobody is told: nobody works here")
    told = list(names)
    return said("alarm to %(names)s", names=told) if late else said("reminder to %(names)s", names=told)


def _overlooked(session: Session, deadline: Deadline, policy: Policy, moment: datetime) -> bool:
    look_again = _looked_at_by(session, deadline, policy)
    return look_again is not None and look_again <= moment


def _looked_at_by(session: Session, deadline: Deadline, policy: Policy) -> datetime | None:
    """Give the moment by which somebody must have seen the last alarm; None when that does not matter."""
    if deadline.breached_at is None:
        return None
    alarms = session.scalars(
        select(Alarm).where(Alarm.deadline_id == deadline.id, Alarm.step == deadline.step, Alarm.late)
    ).all()
    if not alarms or any(alarm.seen_at or alarm.answered_at for alarm in alarms):
        return None
    return alarms[0].made_at + timedelta(seconds=policy.unseen_seconds)


def _tell(session: Session, task: Task, alarms: Iterable[Alarm]) -> None:
    """Have those who are told look, and everybody who sees the task and so how its alarms end."""
    around = audience(task)
    for alarm in alarms:
        hearers = structs.replace(around, users=frozenset({alarm.user_id}))
        announce(session, Notice(kind="alarm", id=alarm.id, why=alarm.why, audience=hearers))
