"""The state of a run as it is kept: the bare tree of the engine's tasks, a few hundred bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.util.task import TaskState

from crm.process_flow import Flow, Point

KNOWN = 3  # the place of what the engine knows of a task
KEPT = ("event_fired", "due", "step")  # of what the engine knows of a task
INNER = 4  # the place in a row of the tree within


def saved(flow: BpmnSubWorkflow, whole: Flow) -> list[Any]:
    """Give a tree of tasks as [spec, parent, state, known, inner tree], shorter where the last are empty.

    What is over and has one task behind it is left out, save the start, unless it may still count; and so is what the
    engine only expects behind a gateway, which it looks for anew when it comes to choose.
    """
    rows: list[list[Any]] = []
    tasks, inners, is_short = flow.tasks, whole.subprocesses, not flow.spec.looks_back
    waiting = [(flow.task_tree, -1)]
    while waiting:
        task, parent = waiting.pop()
        while is_short and rows and task._state == TaskState.COMPLETED and len(task._children) == 1:  # noqa: SLF001
            task = tasks[task._children[0]]  # noqa: SLF001
        number, told = len(rows), task.internal_data
        kept = {name: told[name] for name in KEPT if told.get(name)} if told else {}
        inner = inners.get(task.id) if inners else None
        row: list[Any] = [task.task_spec.name, parent, task._state]  # noqa: SLF001
        if kept or inner is not None:
            row.append(kept)
        if inner is not None:
            row += [saved(inner, whole), int(inner.completed)]
        rows.append(row)
        is_ahead = is_short and task._state < TaskState.WAITING  # noqa: SLF001
        if not (is_ahead and isinstance(task.task_spec, ExclusiveGateway)):
            waiting += [(tasks[child], number) for child in reversed(task._children)]  # noqa: SLF001
    return rows


def numbered(rows: Sequence[Any], steps: Sequence[int]) -> Sequence[Any]:
    """Give a tree without inner ones in which steps that were counted downwards from -1 have their numbers."""
    for row in rows:
        if len(row) > KNOWN and row[KNOWN].get("step", 0) < 0:
            row[KNOWN]["step"] = steps[-row[KNOWN]["step"] - 1]
    return rows


def restore(flow: BpmnSubWorkflow, whole: Flow, rows: Sequence[Any]) -> None:
    """Have a workflow be where such a tree says."""
    points: list[Point] = []
    specs, waiting = flow.spec.task_specs, whole.event_manager.add_task
    for name, parent, state, *more in rows:
        spec = specs[name]
        point = Point(flow, spec, points[parent] if parent >= 0 else None, state)
        if more:
            point.internal_data = dict(cast("Mapping[str, object]", more[0]))
        points.append(point)
        if state & TaskState.WAITING and hasattr(spec, "event_definition"):
            waiting(point)
    flow.task_tree = points[0]
    for point, row in zip(points, rows, strict=True):
        if len(row) > INNER:
            inner = BpmnSubWorkflow(
                whole.subprocess_specs[point.task_spec.spec], point.id, whole, deserializing=True
            )
            whole.subprocesses[point.id] = inner
            restore(inner, whole, row[INNER])
            inner.completed = bool(row[INNER + 1])
            inner.completed_event.connect(point.task_spec._on_subworkflow_completed, point)  # noqa: SLF001
