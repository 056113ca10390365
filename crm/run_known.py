"""What a run has found out so far, in the words of its forms: whoever has its next step must know what others asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from crm import processes, run_steps
from crm.deals import Deal
from crm.expressions import Result
from crm.process_elements import Answer
from crm.run_answers import from_document
from crm.runs import TASK_KIND, Run, run_of, runs_of
from crm.tasks import Task


def findings(session: Session, task: Task) -> list[tuple[str, Result]]:
    """Give what the steps before a task's found out: what was asked and the answer, in the order of the diagram."""
    run = run_of(session, task.id) if task.kind == TASK_KIND else None
    if run is None:
        return []
    asked_here = {each.name for each in run_steps.form_of(session, task)}
    found = {name: from_document(kept) for name, kept in run.data.items()}
    return [
        (label, found[name]) for name, label in _labels(session, run).items()
        if name not in asked_here and found.get(name) not in {None, ""}
    ]  # fmt: skip


def labels(session: Session, deal_id: int) -> Mapping[str, str]:
    """Give what the answers on a deal are called, in the order in which its processes ask for them, by their names."""
    called: dict[str, str] = {}
    for run in reversed(runs_of(session, deal_id=deal_id)):
        called |= _labels(session, run)
    return called


def paper_labels(session: Session, deal_id: int) -> Mapping[str, str]:
    """Give the same for a paper that the customer reads: what is internal is called nothing there."""
    ours = internal(session, runs_of(session, deal_id=deal_id))
    return {name: "" if name in ours else label for name, label in labels(session, deal_id).items()}


def internal(session: Session, runs: Iterable[Run]) -> frozenset[str]:
    """Give the names of the answers that are for ourselves: no customer reads them."""
    return frozenset(each.name for run in runs for each in _asked(session, run) if each.internal)


def answers(session: Session, deal: Deal) -> list[tuple[str, object]]:
    """Give what stands on a deal: what it is called, and the answer; in the order of its processes, then the rest."""
    called = labels(session, deal.id)
    names = [
        *(name for name in called if name in deal.fields),
        *(name for name in deal.fields if name not in called),
    ]
    return [(called.get(name, name), deal.fields[name]) for name in names]


def _labels(session: Session, run: Run) -> Mapping[str, str]:
    return {answer.name: answer.label for answer in _asked(session, run)}


def _asked(session: Session, run: Run) -> list[Answer]:
    nodes = processes.plan_of(session, run.version_id, run.plan).diagram.nodes.values()
    return [answer for node in nodes if node.work for answer in node.work.answers]
