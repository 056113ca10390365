"""SpiffWorkflow under our own hands.

Its specs are put together from our diagram, not by its parser, and its script engine is replaced: by itself it would
run any Python. It holds no data: what a run knows lies beside its state, and conditions ask `Hands`. Its clock is ours,
too. Its state is saved as the bare tree of tasks, without the spec, ids or moments: a few hundred bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, ScriptTask
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from crm import process_state
from crm.process_elements import FAILED
from crm.process_flow import Flow
from crm.process_hands import Hands, OurEngine
from crm.process_specs import Blueprint, CaughtDeed, Letter, due_of, known
from crm.process_troubles import Stuck, in_words, name_of, told_by
from hub.said import said

MOST_AT_ONCE = 500
MOST_TASKS = 1500


class Play:
    """One run in memory: begun, or taken up again from its state."""

    def __init__(self, blueprint: Blueprint, hands: Hands, state: Sequence[Any] | None = None) -> None:
        """Begin, or take up a saved state; `go` moves it."""
        self._hands, self._engine = hands, OurEngine(hands)
        self._flow = Flow(blueprint.spec, blueprint.inner, script_engine=self._engine)
        self._steps: set[int] = set()
        if state is None:
            with in_words():
                self._flow.begin()
        else:
            process_state.restore(self._flow, self._flow, state)
            going = list(self._with_steps())
            self._steps = {step for step, _task in going}
            self._engine.refused = {task: "" for _step, task in going if _is_refused(task)}
            self._engine.bears = frozenset(self._engine.refused).__contains__

    def bear(self, *, all_of_it: bool) -> None:
        """Have any deed that is refused wait where it is while the other ways go on, or none.

        Without this, only such as were refused before are borne; for others `go` raises Stuck.
        """
        self._engine.bears = (lambda _task: True) if all_of_it else (lambda _task: False)

    @property
    def refused(self) -> str:
        """Say of a deed that waits until it can be done why it cannot, "" where there is none."""
        return next(iter(self._engine.refused.values()), "")

    @property
    def ended(self) -> bool:
        """Tell whether it came to its end."""
        return bool(self._flow.completed)

    def state(self) -> list[Any]:
        """Give what must be kept to take it up again."""
        return process_state.saved(self._flow, self._flow)

    def let_go(self) -> None:
        """Have what was in memory be gone at once: all of it names each other, and would be looked for as garbage."""
        for flow in _all(self._flow):
            for task in flow.tasks.values():
                task.__dict__.clear()
            flow.__dict__.clear()

    def waits_for(self) -> set[str]:
        """Give the messages that it waits for."""
        return {
            event.name for task in self._flow.event_manager.tasks.values()
            for event in known(task) if isinstance(event, MessageEventDefinition)
        }  # fmt: skip

    def due_at(self) -> datetime | None:
        """Tell when the next of its times is there."""
        dues = [due for task in self._flow.event_manager.tasks.values() for due in due_of(task)]
        return min(dues, default=None)

    def finish(self, step: int) -> bool:
        """Say that a step is done by whoever did it; False where it is not open. `go` must follow."""
        task = next((task for number, task in self._with_steps() if number == step), None)
        if task is None or not task.has_state(TaskState.READY):
            return False
        with in_words():
            task.run()
        self._done(task)
        return True

    def fail(self, step: int) -> bool:
        """Say that a step came to nothing; False where no error event catches that. `go` must follow."""
        task = next((task for number, task in self._with_steps() if number == step), None)
        with in_words():
            return task is not None and self._caught(task)

    def hear(self, message: str) -> bool:
        """Have a message come in; False where nothing waits for it. `go` must follow."""
        if message not in self.waits_for():
            return False
        with in_words():
            self._flow.catch(BpmnEvent(MessageEventDefinition(message), payload={}))
        return True

    def move(self, step: int, element: str) -> bool:
        """Drop an open step and begin an element of the same scope; False where it is not open. `go` must follow."""
        task = next((task for number, task in self._with_steps() if number == step), None)
        if task is None or task.parent is None:
            return False
        # Events at the edge of a step wait beside it, behind a split of their own, and go with it.
        top = task.parent if task.parent.task_spec.name == f"{task.task_spec.name}.split" else task
        specs = task.workflow.spec.task_specs
        entry = specs.get(f"{element}.split") or specs[element]
        with in_words():
            top.cancel()
            begun = top.parent._add_child(entry, TaskState.FUTURE)  # noqa: SLF001 - nothing public begins in the middle
            entry._predict(begun, mask=TaskState.PREDICTED_MASK | TaskState.FUTURE)  # noqa: SLF001
            entry._update(begun)  # noqa: SLF001
        return True

    def go(self) -> None:
        """Go on until everything waits for somebody or something, or raise Stuck. What was refused is tried again."""
        for task in self._engine.refused:
            task._set_state(TaskState.READY)  # noqa: SLF001 - by itself the library takes nothing up again
        self._engine.refused = {}
        with in_words():
            self._flow.do_engine_steps(did_complete_task=_counted(self._done))
            # Timers that were there at once, and what follows from them.
            for _turn in range(MOST_AT_ONCE):
                if not self._dare() and not self._flow.get_tasks(state=TaskState.READY, manual=False):
                    break
                self._flow.do_engine_steps(did_complete_task=_counted(self._done))
        if sum(len(each.tasks) for each in _all(self._flow)) > MOST_TASKS:
            raise Stuck(said("This process has gone round too often"))
        self._note()

    def _dare(self) -> bool:
        """Do the deeds whose failure is caught, and letters; False when nothing came of that."""
        ready = [
            task for task in self._flow.get_tasks(state=TaskState.READY, manual=True)
            if isinstance(task.task_spec, CaughtDeed)
        ]  # fmt: skip
        return sum(self._did(task) for task in ready) > 0

    def _did(self, task: Task) -> bool:
        """Do one; False where it is not done yet."""
        name = task.task_spec.name
        try:
            with told_by(task):
                if isinstance(task.task_spec, Letter):
                    if not self._hands.left(name):
                        return False
                else:
                    self._hands.do(name)
        except Stuck:
            if not self._caught(task):
                raise
        else:
            task.run()
            self._done(task)
        return True

    def _caught(self, task: Task) -> bool:
        """Have an error event at the edge of a task, or of what it stands in, happen."""
        outer, at = False, task
        while True:
            for event in filter(_waits_for_error, at.parent.children):
                what = event.task_spec.event_definition
                if not outer or what.code in {None, FAILED}:
                    event.task_spec.catch(event, BpmnEvent(what, payload={}))
                    event.task_spec._update(event)  # noqa: SLF001
                    return True
            if at.workflow is self._flow:
                return False
            outer, at = True, self._flow.get_task_from_id(at.workflow.parent_task_id)

    def _done(self, task: Task) -> None:
        if _is_drawn(task) and task not in self._engine.refused:
            step = task.internal_data.pop("step", None)
            self._steps.discard(step)
            self._hands.closed(task.task_spec.name, step, dropped=False)

    def _note(self) -> None:
        """Note what began to take time, and what is no longer needed."""
        opened = self._open()
        for task in opened:
            if "step" not in task.internal_data:
                task.internal_data["step"] = self._hands.opened(task.task_spec.name)
        now_open = {task.internal_data["step"] for task in opened}
        for gone in sorted(self._steps - now_open):
            self._hands.closed("", gone, dropped=True)
        self._steps = now_open

    def _open(self) -> list[Task]:
        active = TaskState.READY | TaskState.WAITING | TaskState.STARTED
        if self._flow.completed:
            return []
        return [
            task for flow in _all(self._flow) if not flow.completed
            for task in flow.tasks.values() if task._state & active and _is_drawn(task)  # noqa: SLF001
        ]  # fmt: skip

    def _with_steps(self) -> Iterator[tuple[int, Task]]:
        return ((task.internal_data["step"], task) for task in self._open() if "step" in task.internal_data)


def _all(flow: BpmnWorkflow) -> list[BpmnSubWorkflow]:
    return [flow, *flow.subprocesses.values()]


def _waits_for_error(task: Task) -> bool:
    what = getattr(task.task_spec, "event_definition", None)
    at_edge = isinstance(task.task_spec, BoundaryEvent) and isinstance(what, ErrorEventDefinition)
    return at_edge and task.has_state(TaskState.WAITING)


def _is_refused(task: Task) -> bool:
    """Tell whether it is a deed that was begun and could not be done."""
    return isinstance(task.task_spec, ScriptTask) and task.has_state(TaskState.STARTED)


def _is_drawn(task: Task) -> bool:
    """Tell whether a task stands in the diagram; the engine has some of its own between them."""
    return getattr(task.task_spec, "bpmn_id", None) is not None


def _counted(done: Any) -> Any:  # noqa: ANN401 - a call-back of an untyped library
    """Have a diagram that goes round without ever waiting end."""
    left = iter(range(MOST_AT_ONCE))

    def count(task: Task) -> None:
        if next(left, None) is None:
            raise Stuck(said("This process goes round in circles at *%(name)s*", name=name_of(task)))
        done(task)

    return count
