"""SpiffWorkflow's workflow, which walks its whole tree however little there is to be found: ours looks first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState


class Flow(BpmnWorkflow):  # type: ignore[misc]  # the library has no types
    """A workflow that walks its tree only where several are found, which have an order."""

    def get_tasks(self, first_task: Task | None = None, **wanted: Any) -> list[Task]:  # noqa: ANN401 - as the library's
        """Give tasks in the order of the tree; what is asked often is which are ready."""
        if first_task is None and wanted.get("state") == TaskState.READY and not self.subprocesses:
            found = [task for task in self.tasks.values() if task.state == TaskState.READY]
            if len(found) < 2:  # noqa: PLR2004 - one has no order
                manual = wanted.get("manual")
                return [task for task in found if manual is None or task.task_spec.manual == manual]
        return list(super().get_tasks(first_task, **wanted))

    def update_waiting_tasks(self) -> None:
        """Have those look again that wait."""
        if any(task.state == TaskState.WAITING for task in self.tasks.values()):
            super().update_waiting_tasks()


def winds(spec: Any, inner: Mapping[str, Any]) -> bool:  # noqa: ANN401 - the library has no types
    """Tell whether ways part and come round to where they parted, so that no run could even begin."""
    try:
        for each in (spec, *inner.values()):
            Flow(each, inner)
    except RecursionError:
        return True
    return False
