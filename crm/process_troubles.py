"""What went wrong in the engine, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task

from hub.said import said


class Stuck(Exception):
    """A run cannot go on; the words say where and why."""


@contextmanager
def told_by(task: Task) -> Iterator[None]:
    """Say at which element something could not be."""
    try:
        yield
    except ValueError as error:
        raise Stuck(said("*%(name)s*: %(why)s", name=name_of(task), why=error.args[0])) from None


@contextmanager
def in_words() -> Iterator[None]:
    """Say what the library says of a way that cannot be gone."""
    try:
        yield
    except SpiffWorkflowException as error:
        spec = getattr(error, "task_spec", None)
        if spec is None:
            raise
        name = spec.bpmn_name or spec.name
        raise Stuck(
            said("No condition holds at *%(name)s*, and no way out of it is the usual one", name=name)
        ) from None
    except RecursionError:
        raise Stuck(said("This process has gone round too often")) from None


def name_of(task: Task) -> str:
    """Give what people call an element."""
    return str(getattr(task.task_spec, "bpmn_name", None) or task.task_spec.name)
