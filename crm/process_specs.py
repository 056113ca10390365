"""A diagram as SpiffWorkflow wants it: specs that are put together once for each version and kept in memory.

Only a diagram without faults can be put together. Nothing of it is Python to run: a condition is a text for our own
evaluator, and a script or service task carries its element's id alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    EventBasedGateway,
    ExclusiveGateway,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    ParallelGateway,
    ReceiveTask,
    ScriptTask,
    StartEvent,
    SubWorkflowTask,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition, TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.task import Task

from crm.process_diagrams import read
from crm.process_elements import DEEDS, SCOPES, Diagram, Happening, Node, Wait


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a version plays by: its diagram, and the specs of the process and its sub-processes."""

    diagram: Diagram
    spec: BpmnProcessSpec
    inner: Mapping[str, BpmnProcessSpec]


def blueprint(xml: str) -> Blueprint:
    """Put together a diagram without faults."""
    return put_together(read(xml.encode()))


def put_together(diagram: Diagram) -> Blueprint:
    """Do so with one that was read."""
    specs = {scope: _scope(diagram, scope) for scope in diagram.scopes}
    return Blueprint(diagram, specs.pop(diagram.id), specs)


_PLAIN = {
    "userTask": UserTask, "manualTask": UserTask, "exclusiveGateway": ExclusiveGateway,
    "parallelGateway": ParallelGateway,
}  # fmt: skip


_EVENTS = {"endEvent": EndEvent, "receiveTask": ReceiveTask, "intermediateThrowEvent": IntermediateThrowEvent}


LOOKING_BACK = frozenset({"parallelGateway", *SCOPES})


class Scope(BpmnProcessSpec):
    """A process or a sub-process. `looks_back`: what is over in it may still count, as where branches come together."""

    looks_back = True


class CaughtDeed(UserTask):
    """A deed that takes no time, and whose failure an event catches: it is done by hand, so to say, and may fail."""


class Letter(CaughtDeed):
    """A letter of a sequence: it is done once it has left."""


class OurTimer(TimerEventDefinition):
    """A time to wait for, by our own clock and in working time if so wished."""

    def __init__(self, name: str, wait: Wait) -> None:
        """`name` is its element's id, by which several at one gateway are told apart."""
        super().__init__(name, "")
        self.wait = wait

    def has_fired(self, my_task: Task) -> bool:
        """Tell whether the time is there; asked for the first time, it begins to run."""
        engine = my_task.workflow.script_engine
        dues = my_task.internal_data.setdefault("due", {})
        if self.name not in dues:
            dues[self.name] = engine.due(my_task, self.wait).isoformat()
        return bool(datetime.fromisoformat(dues[self.name]) <= engine.hands.moment)

    def reset(self, my_task: Task) -> None:
        """Forget the time, which came."""
        my_task.internal_data.pop("due", None)
        super().reset(my_task)


def known(task: Task) -> Iterator[Any]:
    """Give what a waiting task waits for."""
    event = task.task_spec.event_definition
    return iter(event.event_definitions if isinstance(event, MultipleEventDefinition) else (event,))


def due_of(task: Task) -> Iterator[datetime]:
    """Give the times that a waiting task waits for."""
    return (datetime.fromisoformat(each) for each in task.internal_data.get("due", {}).values())


def _scope(diagram: Diagram, scope: str) -> Scope:
    spec, nodes = Scope(name=scope), diagram.inside(scope)
    spec.looks_back = any(node.tag in LOOKING_BACK or diagram.boundaries(node.id) for node in nodes)
    made = {node.id: _spec(diagram, spec, node) for node in nodes}
    entries = {node.id: _entry(diagram, spec, node, made) for node in nodes}
    for node in nodes:
        if node.tag == "startEvent":
            spec.start.connect(made[node.id])
        if node.tag == "endEvent":
            made[node.id].connect(spec.end)
        for flow in diagram.ways_out.get(node.id, ()):
            if flow.condition and flow.id != node.default:
                made[node.id].connect_outgoing_if(flow.condition, entries[flow.target])
            else:
                made[node.id].connect(entries[flow.target])
    return spec


def _entry(diagram: Diagram, spec: BpmnProcessSpec, node: Node, made: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Give where ways to an element end: before a split where events stand at its edge."""
    events = diagram.boundaries(node.id)
    if not events:
        return made[node.id]
    split = BoundaryEventSplit(spec, f"{node.id}.split")
    join = BoundaryEventJoin(spec, f"{node.id}.join", split_task=split.name, cancel=True)
    for each in (made[node.id], *(made[event.id] for event in events)):
        split.connect(each)
        each.connect(join)
    return split


def _spec(diagram: Diagram, spec: BpmnProcessSpec, node: Node) -> Any:  # noqa: ANN401 - whatever the library makes of it
    told = {"bpmn_name": node.called}
    if node.tag in SCOPES:
        return SubWorkflowTask(spec, node.id, subworkflow_spec=node.id, **told)
    if node.tag in DEEDS | {"scriptTask"}:
        return _deed_spec(diagram, spec, node, told)
    plain = _PLAIN.get(node.tag)
    return plain(spec, node.id, **told) if plain else _event_spec(spec, node, told)


def _deed_spec(diagram: Diagram, spec: BpmnProcessSpec, node: Node, told: dict[str, str]) -> Any:  # noqa: ANN401
    if node.deed is not None and node.deed.takes_time:
        return UserTask(spec, node.id, **told)
    if node.deed is not None and node.deed.kind == "letter":
        return Letter(spec, node.id, **told)
    if diagram.catches(node):
        return CaughtDeed(spec, node.id, **told)
    return ScriptTask(spec, node.id, script=node.id, **told)


def _event_spec(spec: BpmnProcessSpec, node: Node, told: dict[str, str]) -> Any:  # noqa: ANN401
    if node.tag == "eventBasedGateway":
        return EventBasedGateway(spec, node.id, event_definition=MultipleEventDefinition(), **told)
    what = _definition(node.id, node.happening)
    if node.tag == "startEvent":
        # Whoever began the run has heard what it begins with.
        return StartEvent(spec, node.id, event_definition=NoneEventDefinition(), **told)
    if node.tag == "boundaryEvent":
        ends = node.interrupts or isinstance(what, ErrorEventDefinition)
        return BoundaryEvent(spec, node.id, event_definition=what, cancel_activity=ends, **told)
    kind = _EVENTS.get(node.tag, IntermediateCatchEvent)
    return kind(spec, node.id, event_definition=what, **told)


def _definition(element: str, what: Happening | None) -> Any:  # noqa: ANN401
    if what is None:
        return NoneEventDefinition()
    if what.kind == "timer" and what.wait is not None:
        return OurTimer(element, what.wait)
    if what.kind == "message":
        return MessageEventDefinition(what.name)
    if what.kind == "error":
        return ErrorEventDefinition(what.name or element, what.name or None)
    return TerminateEventDefinition()
