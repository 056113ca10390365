"""The state of a run as it is kept: the bare tree of the engine's tasks, a few hundred bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

KEPT = ("event_fired", "due", "step")  # of what the engine knows of a task


def saved(flow: BpmnSubWorkflow, whole: BpmnWorkflow) -> list[Any]:
    """Give a tree of tasks as [spec, parent, state, known, inner tree], shorter where the last are empty."""
    rows: list[list[Any]] = []
    numbers: dict[object, int] = {}
    waiting = [flow.task_tree]
    while waiting:
        task = waiting.pop()
        numbers[task.id] = len(rows)
        kept = {name: task.internal_data[name] for name in KEPT if task.internal_data.get(name)}
        inner = whole.subprocesses.get(task.id)
        row: list[Any] = [task.task_spec.name, numbers.get(task._parent, -1), task.state]  # noqa: SLF001
        if kept or inner is not None:
            row.append(kept)
        if inner is not None:
            row += [saved(inner, whole), int(inner.completed)]
        rows.append(row)
        waiting += reversed(task.children)
    return rows


def restore(flow: BpmnSubWorkflow, whole: BpmnWorkflow, rows: Sequence[Any]) -> None:
    """Have a workflow be where such a tree says."""
    tasks: list[Task] = []
    for name, parent, state, *more in rows:
        spec = flow.spec.task_specs[name]
        task = Task(flow, spec, tasks[parent] if parent >= 0 else None, state)
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
            restore(inner, whole, more[1])
            inner.completed = bool(more[2])
            inner.completed_event.connect(task.task_spec._on_subworkflow_completed, task)  # noqa: SLF001
