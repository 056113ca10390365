"""A step of a run that a person does: the form that it asks for, and what is at hand when he has done it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from crm import processes, runs
from crm.contacts import Contact
from crm.deals import Deal
from crm.expressions import Result
from crm.process_elements import Answer, Node
from crm.run_answers import read_answers
from crm.run_tasks import Known
from crm.runs import Run, RunStep
from crm.setup import VERSION, told
from crm.tasks import Task
from hub.rows import first
from hub.statements import Statement


class Doing(NamedTuple):
    """A step that somebody is about to have done: its element, its place in the history, its run, locked, and its deal.

    Deal and contact are kept at hand, so that they are not read again as the run goes on.
    """

    node: Node
    step: RunStep
    run: Run
    deal: Deal | None
    contact: Known

    def read(self, given: Mapping[str, object]) -> Mapping[str, Result]:
        """Read what somebody answered; Unanswered says what is missing."""
        return read_answers(self.node.work.answers, given) if self.node.work else {}


def asking(*more: ColumnElement[Any]) -> Statement:
    """Put together what asks for the step that a task is for, and for `more` beside; see `doing`."""
    contact = (Contact.__table__.c[name] for name in Known._fields)
    return Statement(
        select(*RunStep.__table__.c, *Run.__table__.c, *Deal.__table__.c, *contact, VERSION, runs.OTHERS, *more)
        .join(Run, Run.id == RunStep.run_id).join(Contact, Contact.id == Run.contact_id)
        .outerjoin(Deal, Deal.id == Run.deal_id)
        .where(RunStep.task_id == bindparam("task")).with_for_update(of=Run.__table__)
    )  # fmt: skip


def doing(session: Session, asked: Statement, task: Task) -> tuple[Doing | None, Sequence[Any]] | None:
    """Give the step that a task is for, whose run nobody else moves meanwhile, and what else was asked of it.

    There is no step where it is over; nothing where the task is none of a process's.
    """
    found = first(session, asked, {"task": task.id}, RunStep, Run, Deal)
    if found is None:
        return None
    (step, run, deal), beside = cast("tuple[tuple[RunStep, Run, Deal | None], Sequence[Any]]", found)
    contact, (version, others, *more) = Known(*beside[: len(Known._fields)]), beside[len(Known._fields) :]
    told(session, version)
    if deal is not None and not others:
        session.info[runs.ALONE] = deal.id
    if step.ended_at is not None or step.dropped_at is not None:
        return None, more
    node = processes.plan_of(session, run.version_id, run.plan).diagram.nodes[step.element]
    return Doing(node, step, run, deal, contact), more


def form_of(session: Session, task: Task) -> tuple[Answer, ...]:
    """Give what a task asks for when it is done: the form of its step."""
    return forms_of(session, [task]).get(task.id, ())


def forms_of(session: Session, tasks: Iterable[Task]) -> dict[int, tuple[Answer, ...]]:
    """Give by task what each asks for when it is done; those that ask for nothing are left out."""
    ids = [task.id for task in tasks if task.kind == runs.TASK_KIND]
    if not ids:
        return {}
    rows = session.execute(
        select(RunStep.task_id, RunStep.element, Run.version_id, Run.plan)
        .join(Run, Run.id == RunStep.run_id).where(RunStep.task_id.in_(ids))
    )  # fmt: skip
    nodes = {
        row.task_id: processes.plan_of(session, row.version_id, row.plan).diagram.nodes[row.element]
        for row in rows
    }
    return {task_id: node.work.answers for task_id, node in nodes.items() if node.work and node.work.answers}
