"""Money by which runs of a deal went on and which went back: the runs stay where they are, and people are told.

Whoever is responsible for the deal, and whoever is to do a step that is open now, has a task to know of it. That is no
longer needed once the deal is paid again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import alarms, processes, run_tasks, runs, tasks
from crm.deals import Deal
from crm.run_memory import PAID
from crm.run_tasks import NOTICE
from crm.runs import Run
from crm.tasks import Task
from hub.clock import now
from hub.said import Said, said


def tell(session: Session, deal_id: int) -> None:
    """Tell whoever is concerned by a run that went on as the deal was paid; each once."""
    deal = session.get_one(Deal, deal_id)
    told = {_whose(each) for each in _told(session, deal)}
    for run in runs.under_way(session, deal_id):
        if _went_on(session, run):
            diagram = processes.plan_of(session, run.version_id, run.plan).diagram
            process = processes.name_of(session, run.version_id, diagram)
            for whose, why_me in _concerned(session, deal, run).items():
                if whose not in told:
                    told.add(whose)
                    _add(session, deal, process, whose, why_me)


def over(session: Session, deal_id: int) -> None:
    """Say that the deal is paid again."""
    for task in _told(session, session.get_one(Deal, deal_id)):
        tasks.complete(session, task, None)
        tasks.changed(session, task, None, said("no longer needed: the deal is paid again"))
        alarms.answer(session, task.id, None)


Whom = tuple[int | None, int | None]
"""A person, or else the queue of a department."""


def _whose(task: Task) -> Whom:
    return task.assignee_id, None if task.assignee_id else task.department_id


def _went_on(session: Session, run: Run) -> bool:
    nodes = processes.plan_of(session, run.version_id, run.plan).diagram.nodes
    return any(each.ended_at and nodes[each.element].hears(PAID) for each in runs.steps_of(session, run.id))


def _concerned(session: Session, deal: Deal, run: Run) -> dict[Whom, str]:
    """Give why each is told."""
    contact = run_tasks.contact_of(session, run.contact_id)
    who, where, why_me = run_tasks.whose(session, "responsible", contact, deal, now())
    found: dict[Whom, str] = {(who.id if who else None, where.id if where and not who else None): why_me}
    steps = [each.task_id for each in runs.steps_of(session, run.id) if each.task_id is not None]
    for task in session.scalars(select(Task).where(Task.id.in_(steps), Task.done_at.is_(None))):
        found.setdefault(_whose(task), said("“%(task)s” is still to be done", task=task.title))
    return found


def _add(session: Session, deal: Deal, process: str, whose: Whom, why_me: str) -> None:
    user_id, department_id = whose
    tasks.add_task(
        session, title=_title(deal), kind=NOTICE, contact_id=deal.contact_id, assignee_id=user_id,
        why=said("“%(process)s” went on as all was paid, and stays where it is", process=process),
        department_id=department_id or deal.department_id, why_me=why_me, created_at=now(),
    )  # fmt: skip


def _told(session: Session, deal: Deal) -> Sequence[Task]:
    """Give the tasks that tell of it and that nobody has read yet."""
    return session.scalars(
        select(Task).where(Task.contact_id == deal.contact_id, Task.kind == NOTICE, Task.done_at.is_(None),
                           Task.title == _title(deal))
    ).all()  # fmt: skip


def _title(deal: Deal) -> Said:
    return said("“%(deal)s” is paid no longer: money went back", deal=deal.title)
