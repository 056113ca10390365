"""Call-backs: whoever called in vain is called back. One task for each person, closed when he gets through."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import alarms, calls, distribution, rescues, sla, tasks
from crm.calendars import away
from crm.calls import Call
from crm.contacts import Contact
from crm.distribution import Choice
from crm.setup import setup
from crm.tasks import Task
from hub.said import Said, said

KIND = "call"


def ask_for(session: Session, call: Call, contact: Contact, called: str) -> Task:
    """Have a missed call called back. Who called before and waits still has one task, which counts his calls."""
    waiting = session.scalar(
        select(Task)
        .where(Task.contact_id == contact.id, Task.kind == KIND, Task.done_at.is_(None))
        .order_by(Task.id).limit(1).with_for_update()
    )  # fmt: skip
    if waiting is None:
        return _new(session, call, contact, called)
    waiting.times += 1
    tasks.changed(session, waiting, None, said("called again: %(num)s times by now", num=waiting.times))
    rescues.ask_again(session, waiting)
    return waiting


def reached(session: Session, call: Call) -> None:
    """Take note of a call: who was talked with is called back no more, unless he called in vain since then."""
    if call.contact_id and call.answered_at and not _missed_after(session, call.contact_id, call.answered_at):
        close(session, call.contact_id, calls.who(session, call), said("reached on the telephone"))


def close(session: Session, contact_id: int, by: int | None, words: Said) -> None:
    """End what asks for a call-back: he was reached. Other promises of an answer are kept as well."""
    for task in tasks.open_tasks(session, contact_id):
        if task.kind == KIND:
            tasks.changed(session, task, by, words)
            tasks.complete(session, task, by)
            sla.meet(session, task.id)
            alarms.answer(session, task.id, by)
        elif met := sla.meet(session, task.id, {"first response", "next response"}):
            alarms.answer(session, task.id, by, [deadline.id for deadline in met])
            tasks.changed(session, task, by, words)


def settle(session: Session, call: Call) -> None:
    """Close the call-back for a call that is heard of late, where he was talked with meanwhile."""
    talks = select(Call).where(Call.contact_id == call.contact_id, Call.answered_at > call.ended_at)
    latest = session.scalar(talks.order_by(Call.answered_at.desc()).limit(1))
    if latest is not None:
        reached(session, latest)


def _missed_after(session: Session, contact_id: int, at: datetime) -> bool:
    later = select(Call.id).where(Call.contact_id == contact_id, Call.started_at > at, Call.missed)
    return session.scalar(later.limit(1)) is not None


def _new(session: Session, call: Call, contact: Contact, called: str) -> Task:
    at = call.ended_at or call.started_at
    choice = _choose(session, call, contact, at)
    department_id = call.department_id or contact.department_id
    task_id = sla.add_task(
        session, title=said("Call back %(name)s", name=called), kind=KIND, why=_why(call),
        contact_id=contact.id, interaction_id=call.interaction_id, department_id=department_id,
        assignee_id=choice.user_id, why_me=choice.why, created_at=at,
    )  # fmt: skip
    task = session.get_one(Task, task_id)
    rescues.ask_for(session, task)
    return task


def _choose(session: Session, call: Call, contact: Contact, at: datetime) -> Choice:
    """Give it to who talked with him last, if he is here; else by the department's rule."""
    last = calls.last_talk(session, contact.id)
    if last is not None and not away(session, [last.id], at):
        return Choice(
            last.id, said("You talked with %(name)s last", name=contact.name or call.customer or "")
        )
    department = setup(session).departments.get(call.department_id or 0)
    return distribution.choose(session, department, contact.responsible_id, at)


def _why(call: Call) -> Said:
    if call.queue:
        return said("Called %(queue)s in vain", queue=call.queue)
    return said("Called in vain")
