"""SpiffWorkflow's workflow, lighter: it looks before it walks its tree, and what stands in the tree keeps no log.

The library walks all of the tree however little there is to be found, gathers for each change of a task what its log
could say of it, and has tasks be known by UUIDs.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from time import time
from typing import Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState


class Point(Task):  # type: ignore[misc]  # the library has no types
    """A task of the library's tree, known by a number within its run; what follows it is of its kind."""

    triggered, thread_id, last_state_change = False, 0, 0.0

    def __init__(
        self, workflow: BpmnSubWorkflow, task_spec: TaskSpec, parent: Point | None = None, state: int = TaskState.MAYBE
    ) -> None:  # fmt: skip
        """Stand in a tree, below `parent` or at its top."""
        self.id = next(workflow.top_workflow.numbers)
        self.workflow, self.task_spec = workflow, task_spec
        self._parent: int | None = None
        self._children: list[int] = []
        self._state = state
        self.data: dict[str, object] = {}
        self.internal_data: dict[str, object] = {}
        workflow.tasks[self.id] = self
        if parent is not None:
            self._parent = parent.id
            parent._children.append(self.id)  # noqa: SLF001 - one of its own kind

    @property
    def children(self) -> list[Point]:
        """Give what follows it."""
        tasks = self.workflow.tasks
        return [tasks[each] for each in self._children]

    def _inherit_data(self) -> None:
        """Have nothing told along: what a run knows lies beside its tree."""

    def _add_child(self, task_spec: TaskSpec, state: int = TaskState.MAYBE) -> Point:
        if self._state & TaskState.PREDICTED_MASK and not state & TaskState.PREDICTED_MASK:
            super()._add_child(task_spec, state)  # which refuses it
        child = Point(self.workflow, task_spec, self, state)
        if state == TaskState.READY:
            child._ready()
        return child

    def _set_state(self, value: int) -> None:
        if value != self._state:
            self._state, self.last_state_change = value, time()


class Flow(BpmnWorkflow):  # type: ignore[misc]
    """A workflow that walks its tree only where several are found, which have an order.

    New, it is nowhere: `begin` has it stand at its start.
    """

    def __init__(self, *what: Any, **more: Any) -> None:  # noqa: ANN401 - as the library's
        """Be nowhere."""
        self.numbers = count(1)
        super().__init__(*what, **more, deserializing=True)

    def begin(self) -> None:
        """Stand at the start."""
        _begin(self)

    def create_subprocess(self, my_task: Task, spec_name: str) -> BpmnSubWorkflow:
        """Begin a sub-process."""
        spec = self.subprocess_specs[spec_name]
        inner = BpmnSubWorkflow(spec, my_task.id, self, deserializing=True)
        _begin(inner)
        self.subprocesses[my_task.id] = inner
        return inner

    def get_tasks(self, first_task: Task | None = None, **wanted: Any) -> list[Task]:  # noqa: ANN401
        """Give tasks in the order of the tree; what is asked often is which are ready."""
        if first_task is None and wanted.get("state") == TaskState.READY and not self.subprocesses:
            found = [task for task in self.tasks.values() if task._state == TaskState.READY]  # noqa: SLF001
            if len(found) < 2:  # noqa: PLR2004 - one has no order
                manual = wanted.get("manual")
                return [task for task in found if manual is None or task.task_spec.manual == manual]
        return list(super().get_tasks(first_task, **wanted))

    def update_waiting_tasks(self) -> None:
        """Have those look again that wait."""
        for task in self.tasks.values():
            if task._state == TaskState.WAITING:  # noqa: SLF001 - half the time of its property
                super().update_waiting_tasks()
                return


def winds(spec: Any, inner: Mapping[str, Any]) -> bool:  # noqa: ANN401 - the library has no types
    """Tell whether ways part and come round to where they parted, so that no run could even begin."""
    try:
        for each in (spec, *inner.values()):
            Flow(each, inner).begin()
    except RecursionError:
        return True
    return False


def _begin(flow: BpmnSubWorkflow) -> None:
    """Have a tree begin, as the library does."""
    flow.task_tree = start = Point(flow, flow.spec.start, state=TaskState.FUTURE)
    start.task_spec._predict(start, mask=TaskState.NOT_FINISHED_MASK)  # noqa: SLF001
    start._ready()  # noqa: SLF001
