"""What plays a run asks of the world, and what stands where the library would run Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.task import Task

from crm.process_elements import Wait
from crm.process_troubles import Stuck, told_by
from hub.said import said


class Hands(Protocol):
    """What the engine asks of whoever plays a run: ValueError of these says why something cannot be."""

    moment: datetime

    def holds(self, condition: str) -> bool:
        """Tell whether a condition holds now."""

    def do(self, element: str) -> None:
        """Do what a script, service or send task says."""

    def left(self, element: str) -> bool:
        """Have a letter of a sequence leave, and tell whether it has; asked anew each time that the run goes on."""

    def due(self, wait: Wait) -> datetime:
        """Tell until when to wait, from now on, or from when the letter left before which it waited."""

    def opened(self, element: str) -> int:
        """Note that something began that takes time, and give a number for it."""

    def closed(self, element: str, step: int | None, *, dropped: bool) -> None:
        """Note that something is done, or no longer needed; `step` is None for what took no time."""


class OurEngine(PythonScriptEngine):
    """Stands where SpiffWorkflow would run Python, and does not.

    `refused` are the deeds that could not be done, by their tasks, with the words; `bears` says of which this is borne.
    """

    def __init__(self, hands: Hands) -> None:
        """Ask these."""
        super().__init__(environment=_Nothing())
        self.hands = hands
        self.bears: Callable[[Task], bool] = frozenset[Task]().__contains__
        self.refused: dict[Task, str] = {}

    def evaluate(self, task: Task, expression: str, external_context: object = None) -> bool:  # noqa: ARG002
        """Tell whether a condition holds."""
        with told_by(task):
            return self.hands.holds(expression)

    def execute(self, task: Task, script: str, external_context: object = None) -> bool | None:  # noqa: ARG002
        """Do a deed; None where it is begun only, since it was refused and that is borne."""
        try:
            with told_by(task):
                self.hands.do(script)
        except Stuck as error:
            if not self.bears(task):
                raise
            self.refused[task] = error.args[0]
            return None
        return True

    def due(self, task: Task, wait: Wait) -> datetime:
        """Tell until when to wait from now on."""
        with told_by(task):
            return self.hands.due(wait)


class _Nothing:
    """An environment that evaluates nothing, whatever asks it to."""

    def evaluate(self, *_what: object, **_more: object) -> object:
        raise Stuck(said("A process runs no Python"))

    execute = call_service = evaluate
