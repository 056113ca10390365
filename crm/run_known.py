"""What a run has found out so far, in the words of its forms: whoever has its next step must know what others asked."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import processes, run_moves
from crm.expressions import Result
from crm.run_answers import from_document
from crm.runs import TASK_KIND, run_of
from crm.tasks import Task


def findings(session: Session, task: Task) -> list[tuple[str, Result]]:
    """Give what the steps before a task's found out: what was asked and the answer, in the order of the diagram."""
    run = run_of(session, task.id) if task.kind == TASK_KIND else None
    if run is None:
        return []
    asked_here = {each.name for each in run_moves.form_of(session, task)}
    nodes = processes.plan_of(session, run.version_id, run.plan).diagram.nodes.values()
    labels = {answer.name: answer.label for node in nodes if node.work for answer in node.work.answers}
    found = {name: from_document(kept) for name, kept in run.data.items()}
    return [
        (label, found[name]) for name, label in labels.items()
        if name not in asked_here and found.get(name) not in {None, ""}
    ]  # fmt: skip
