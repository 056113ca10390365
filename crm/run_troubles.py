"""A run that gets stuck where nobody looks on is told of: to whoever is responsible, else to the head, by a task.

The task leads to the run and rings as any other does. It is done once the run goes on, or is ended.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import alarms, processes, promise_rows, run_tasks, sla, tasks
from crm.deals import Deal
from crm.run_wishes import RunWish
from crm.runs import Run, RunTask
from crm.tasks import Task
from hub.clock import now
from hub.said import said

KIND = "note"


def stuck(session: Session, run: Run, why: str) -> None:
    """Have a run say why it cannot go on, and tell whoever is to mend that, once."""
    is_new = run.stuck_at is None
    if not is_new and str(run.stuck) == str(why):
        return
    run.stuck, run.stuck_at = why, run.stuck_at or now()
    going = [] if is_new else _going(session, run.id)
    for task in going:
        task.why = why
        tasks.changed(session, task, None, why)
    if not going:
        _tell(session, run, why)


def over(session: Session, run: Run) -> None:
    """Say that a run goes on."""
    run.stuck, run.stuck_at = "", None
    settle(session, run.id)


def settle(session: Session, run_id: int) -> None:
    """Have what told of its trouble be done; nobody did it."""
    for task in _going(session, run_id):
        tasks.complete(session, task, None)
        tasks.changed(session, task, None, said("no longer needed: the process goes on, or was ended"))
        promise_rows.meet_all(session, task.id)
        alarms.answer(session, task.id, None)


def refused(session: Session, deal_id: int | None, contact_id: int | None) -> Sequence[int]:
    """Give the runs that are stuck for a deal, or with a contact, but for those of which a deed came to nothing."""
    whose = Run.deal_id == deal_id if deal_id is not None else Run.contact_id == contact_id
    came_to_nothing = select(RunWish.id).where(RunWish.run_id == Run.id, RunWish.failed_at.is_not(None))
    wanted = select(Run.id).where(
        whose, Run.ended_at.is_(None), Run.stuck_at.is_not(None), Run.sequence_id.is_(None), ~came_to_nothing.exists()
    )  # fmt: skip
    return session.scalars(wanted.order_by(Run.id)).all()


def runs_of(session: Session, task_ids: Collection[int]) -> Mapping[int, int]:
    """Give the runs that tasks are about, by task."""
    wanted = select(RunTask.task_id, RunTask.run_id)
    return dict(session.execute(wanted.where(RunTask.task_id.in_(task_ids))).all()) if task_ids else {}


def _going(session: Session, run_id: int) -> Sequence[Task]:
    about = select(RunTask.task_id).where(RunTask.run_id == run_id)
    return session.scalars(select(Task).where(Task.id.in_(about), Task.done_at.is_(None))).all()


def _tell(session: Session, run: Run, why: str) -> None:
    deal = session.get_one(Deal, run.deal_id) if run.deal_id is not None else None
    contact, moment = run_tasks.contact_of(session, run.contact_id), now()
    responsible = (deal.responsible_id if deal else None) or contact.responsible_id
    whose = run_tasks.whose(session, "responsible" if responsible else "head", contact, deal, moment)
    department_id = whose.department.id if whose.department else None
    process = processes.name_of(
        session, run.version_id, processes.plan_of(session, run.version_id, run.plan).diagram
    )
    task_id = sla.add_task(
        session, title=said("“%(process)s” is stuck: %(name)s", process=process, name=contact.name), kind=KIND, why=why,
        contact_id=contact.id, department_id=department_id, assignee_id=whose.user.id if whose.user else None,
        why_me=whose.why, created_at=moment,
    )  # fmt: skip
    session.add(RunTask(task_id=task_id, run_id=run.id))
    session.flush()
