"""The state of a run as it is kept: the bare tree of the engine's tasks, a few hundred bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, cast

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

KNOWN = 3  # the place of what the engine knows of a task
KEPT = ("event_fired", "due", "step")  # of what the engine knows of a task


def saved(flow: BpmnSubWorkflow, whole: BpmnWorkflow) -> list[Any]:
    """Give a tree of tasks as [spec, parent, state, known, inner tree], shorter where the last are empty."""
    rows: list[list[Any]] = []
    tasks, inners = flow.tasks, whole.subprocesses
    waiting = [(flow.task_tree, -1)]
    while waiting:
        task, parent = waiting.pop()
        number, told = len(rows), task.internal_data
        kept = {name: told[name] for name in KEPT if told.get(name)} if told else {}
        inner = inners.get(task.id) if inners else None
        row: list[Any] = [task.task_spec.name, parent, task.state]
        if kept or inner is not None:
            row.append(kept)
        if inner is not None:
            row += [saved(inner, whole), int(inner.completed)]
        rows.append(row)
        waiting += [(tasks[child], number) for child in reversed(task._children)]  # noqa: SLF001
    return rows


def numbered(rows: Sequence[Any], steps: Sequence[int]) -> Sequence[Any]:
    """Give a tree without inner ones in which steps that were counted downwards from -1 have their numbers."""
    for row in rows:
        if len(row) > KNOWN and row[KNOWN].get("step", 0) < 0:
            row[KNOWN]["step"] = steps[-row[KNOWN]["step"] - 1]
    return rows


def restore(
    flow: BpmnSubWorkflow, whole: BpmnWorkflow, rows: Sequence[Any], ids: Iterator[int] | None = None
) -> None:
    """Have a workflow be where such a tree says. `ids` are for its tasks: numbers do, found sooner than UUIDs."""
    ids = ids or count(1)
    tasks: list[Task] = []
    for name, parent, state, *more in rows:
        spec = flow.spec.task_specs[name]
        task = Task(flow, spec, tasks[parent] if parent >= 0 else None, state, id=next(ids))
        task.internal_data = dict(cast("Mapping[str, object]", more[0])) if more else {}
        tasks.append(task)
        if task.has_state(TaskState.WAITING) and hasattr(spec, "event_definition"):
            whole.event_manager.add_task(task)
    flow.task_tree = tasks[0]
    for task, (_name, _parent, _state, *more) in zip(tasks, rows, strict=True):
        if len(more) > 1:
            inner = BpmnSubWorkflow(
                whole.subprocess_specs[task.task_spec.spec], task.id, whole, deserializing=True
            )
            whole.subprocesses[task.id] = inner
            restore(inner, whole, more[1], ids)
            inner.completed = bool(more[2])
            inner.completed_event.connect(task.task_spec._on_subworkflow_completed, task)  # noqa: SLF001
