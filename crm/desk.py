"""What staff do with tasks. Each verb moves the task, its clocks and its alarms together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    alarms,
    appointment_deeds,
    appointments,
    mentions,
    presence,
    promise_rows,
    run_moves,
    set_times,
    sla,
    tasks,
)
from crm.appointment_times import Unfit
from crm.contacts import Contact
from crm.conversations import Interaction, add_note
from crm.process_troubles import Stuck
from crm.refusals import WHY as WHY  # noqa: PLC0414 - the desk is where people are refused
from crm.refusals import Refusal as Refusal  # noqa: PLC0414
from crm.rights import takes_task
from crm.run_answers import Unanswered
from crm.runs import TASK_KIND
from crm.standing import BY_DEADLINE
from crm.task_beside import beside
from crm.tasks import Task
from crm.written import answered, state, write, written
from hub import audit
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import said
from hub.users import Department, User, Viewer

ID_DIGITS = 18


class Incomplete(Refusal):
    """The form of a step is not filled in as it must be; `faults` say what is wrong, by the names of its fields."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Carry them."""
        super().__init__(" ".join(str(each) for each in faults.values()))
        self.faults = faults


def complete(
    session: Session, viewer: Viewer, task: Task, at: datetime | None = None,
    answers: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Say that it is done: every promise on it is kept as of now, every alarm answered. `at`: see tasks.complete.

    `answers` are those of the form of a process's step, which goes on from here.
    """
    session.flush()
    step, is_paused, is_alarmed, is_planned, is_wished = beside(session, task)
    before = state(task, paused=is_paused)
    try:
        known = step.read(answers or {}) if step else {}
        tasks.complete(session, task, viewer.user_id, at)
        promise_rows.meet_all(session, task.id)
        if is_alarmed:
            alarms.answer(session, task.id, viewer.user_id)
        if step is not None:
            run_moves.step_done(session, step, viewer.user_id, known)
        if is_wished:
            appointments.unwish(session, task.id)
        if is_planned:
            appointment_deeds.done(session, viewer, task)
    except Unanswered as error:
        raise Incomplete(error.faults) from None
    except Stuck as error:
        raise Refusal(str(error)) from None
    write(session, viewer, task, before, paused=False)


@written
def take_back(session: Session, viewer: Viewer, task: Task) -> None:
    """Take back that it is done: its clocks and alarms go on as if nothing had happened."""
    if task.done_at is not None and task.kind == TASK_KIND:
        raise Refusal(_("The process went on from here: this cannot be taken back"))
    if task.done_at is not None:
        sla.unmeet(session, task.id, task.done_at)
        alarms.reopen(session, task.id, task.done_at)
        tasks.reopen(session, task, viewer.user_id)
        appointment_deeds.not_done(session, viewer, task)


def take_next(session: Session, viewer: Viewer) -> Task | None:
    """Give this person the most pressing task of his queue; None when nothing waits.

    Two people who press at once get two tasks: the row is locked, and skipped by the other.
    """
    waiting = (
        select(Task)
        .where(Task.assignee_id.is_(None), Task.done_at.is_(None), takes_task(viewer),
               Task.planned_for.is_(None) | (Task.planned_for <= now()))
        .order_by(*BY_DEADLINE).limit(1).with_for_update(skip_locked=True)
    )  # fmt: skip
    task = session.scalars(waiting).first()
    user = session.get(User, viewer.user_id) if viewer.user_id else None
    if task is None or user is None:
        return None
    _take(session, viewer, task, user)
    return task


@written
def _take(session: Session, viewer: Viewer, task: Task, user: User) -> None:
    place = task.department_id
    tasks.hand_over(session, task, user.id, user=user, department_id=place, why=said("You took it"))
    alarms.settle(session, task, user.id)
    appointment_deeds.given(session, viewer, task)


@written
def hand_over(session: Session, viewer: Viewer, task: Task, to: str, why: str) -> None:
    """Give it to `user:3` or `department:2`. Its clocks go on: the customer waits all the same."""
    kind, _sep, number = to.partition(":")
    target = int(number) if number.isdecimal() and len(number) <= ID_DIGITS else 0
    why = " ".join(why.split())[:WHY]
    if kind == "user" and (user := session.get(User, target)) and user.disabled_at is None:
        tasks.hand_over(session, task, viewer.user_id, user=user, department_id=None, why=why)
    elif kind == "department" and (place := session.get(Department, target)) and place.retired_at is None:
        tasks.hand_over(session, task, viewer.user_id, user=None, department_id=target, why=why)
    else:
        raise Refusal(_("Choose a colleague or a department that is still here"))
    alarms.settle(session, task, viewer.user_id)
    try:
        appointment_deeds.given(session, viewer, task)
    except Unfit as error:
        raise Refusal(error.words) from None


@written
def plan(session: Session, viewer: Viewer, task: Task, at: datetime) -> None:
    """Put it off to a moment to come."""
    if at <= now():
        raise Refusal(_("Choose a time that is still to come"))
    tasks.plan(session, task, viewer.user_id, at)
    set_times.put_off(session, task.id, at)


@written
def unplan(session: Session, viewer: Viewer, task: Task) -> None:
    """Take back that it was put off."""
    if task.planned_for is not None:
        tasks.plan(session, task, viewer.user_id, None)
        set_times.put_off(session, task.id, None)


@written
def pause(session: Session, viewer: Viewer, task: Task, why: str) -> None:
    """Hold its clocks: we wait for somebody else."""
    why = " ".join(why.split())[:WHY]
    if not why:
        raise Refusal(_("Say whom or what you wait for"))
    held = sla.pause(session, task.id, why)
    if not held:
        raise Refusal(_("No clock of this task can be paused: it is late, paused already, or has none"))
    alarms.answer(session, task.id, viewer.user_id, [deadline.id for deadline in held])
    tasks.changed(session, task, viewer.user_id, said("paused: %(why)s", why=why))


@written
def resume(session: Session, viewer: Viewer, task: Task) -> None:
    """Let its clocks run again."""
    if sla.resume(session, task.id):
        tasks.changed(session, task, viewer.user_id, said("clocks run again"))


def note(
    session: Session, viewer: Viewer, contact: Contact, text: str, *, counts_as_contact: bool
) -> Interaction:
    """Write a note. One that says the customer was reached keeps the promise of a first response."""
    if not text.strip():
        raise Refusal(_("A note needs words"))
    entry = add_note(session, contact.id, viewer.user_id, text, counts_as_contact=counts_as_contact)
    mentions.tell(session, entry)
    contact.changed_at = now()
    if counts_as_contact:
        for task in tasks.open_tasks(session, contact.id):
            if met := sla.meet(session, task.id, {"first response", "next response"}):
                alarms.answer(session, task.id, viewer.user_id, [deadline.id for deadline in met])
                tasks.changed(session, task, viewer.user_id, said("the contact was reached"))
    audit.record(session, viewer, audit.CHANGED, "contact", contact.id, words=said("a note was written"))
    contact_changed(session, contact)
    return entry


def answer_alarm(session: Session, viewer: Viewer, task: Task) -> None:
    """Take care of a late task: its alarms end, and if nobody had it, it is now his."""
    before = task.assignee_id
    user = session.get(User, viewer.user_id) if viewer.user_id else None
    if task.assignee_id is None and task.done_at is None and user is not None:
        why, department_id = said("You answered the alarm"), task.department_id
        tasks.hand_over(session, task, user.id, user=user, department_id=department_id, why=why)
    alarms.answer(session, task.id, viewer.user_id)
    tasks.changed(session, task, viewer.user_id, said("the alarm is answered"))
    answered(session, viewer, task, before)


def contact_changed(session: Session, contact: Contact) -> None:
    """Have everybody who sees a card look again, also whoever has it open by a task alone."""
    audience = tasks.audience_of(contact.responsible_id, contact.department_id)
    there = frozenset(other.user_id for other in presence.others(session, contact.id, None))
    audience = msgspec.structs.replace(audience, users=audience.users | there)
    announce(session, Notice(kind="contact", id=contact.id, audience=audience))
