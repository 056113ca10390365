"""What is wrong in a diagram, in plain words and with the element it is about; a diagram without faults can run."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from crm import process_deeds, process_expressions, process_roads
from crm.process_deeds import WHO
from crm.process_elements import (
    DEEDS,
    GATEWAYS,
    MESSAGES,
    SCOPES,
    SUPPORTED,
    WAITS,
    WORK,
    Diagram,
    Flow,
    Happening,
    Node,
)
from hub.said import said

MOST_NODES = 200
_EVENTS = {
    "startEvent": frozenset({"message"}), "endEvent": frozenset({"error", "terminate"}),
    "intermediateThrowEvent": frozenset(), "intermediateCatchEvent": frozenset({"timer", "message"}),
    "receiveTask": frozenset({"message"}), "boundaryEvent": frozenset({"timer", "message", "error"}),
}  # fmt: skip


class Fault(NamedTuple):
    """What is wrong, at which element."""

    element: str
    words: str


def faults(diagram: Diagram, names: Collection[str] = ()) -> list[Fault]:
    """Give everything that is wrong; `names` are further ones that expressions may read, such as a deal's fields."""
    if diagram.processes > 1:
        return [Fault(diagram.id, said("There are several processes in this file: keep one"))]
    if len(diagram.nodes) > MOST_NODES:
        return [Fault(diagram.id, said("A diagram has at most %(most)s elements", most=MOST_NODES))]
    found = [*_identities(diagram), *_scopes(diagram), *_ways(diagram, {*names, *diagram.asked})]
    for node in diagram.nodes.values():
        if node.tag not in SUPPORTED:
            found.append(_unknown(node))
            continue
        known = {*names, *diagram.asked}
        found += [Fault(node.id, told) for look in _LOOKS for told in look(diagram, node, known)]
    return [*found, *(Fault(*each) for each in process_roads.astray(diagram))]


def _unknown(node: Node) -> Fault:
    if node.tag == "task":
        return Fault(
            node.id,
            said(
                "It is not said what *%(name)s* is: make it a user task, or what else it is", name=node.called
            ),
        )
    kind = re.sub(r"(?<=[a-z])([A-Z])", lambda found: " " + found[1].lower(), node.tag)
    return Fault(
        node.id,
        said("*%(name)s* is of a kind that is not supported: %(kind)s", name=node.called, kind=kind),
    )


def _identities(diagram: Diagram) -> Iterator[Fault]:
    for each in diagram.nodes.values():
        if not each.id or not re.fullmatch(r"[\w.:-]{1,120}", each.id):
            yield Fault(each.id, said("*%(name)s* has no id that can be kept", name=each.called))
        if each.id in diagram.flows or each.id == diagram.id:
            yield Fault(each.id, said("*%(name)s* has the id of something else", name=each.called))


def _scopes(diagram: Diagram) -> Iterator[Fault]:
    """Look at the process and its sub-processes: where they begin and end."""
    for scope in diagram.scopes:
        node = diagram.nodes.get(scope)
        called, inside = node.called if node else diagram.name, diagram.inside(scope)
        starts = [each for each in inside if each.tag == "startEvent"]
        if not starts:
            yield Fault(scope, said("*%(name)s* has no start", name=called))
        for extra in starts[1:]:
            yield Fault(extra.id, said("*%(name)s* has more than one start", name=called))
        if node is not None and starts and starts[0].happening is not None:
            yield Fault(
                starts[0].id,
                said("*%(name)s* is begun by the way into it: its start waits for nothing", name=called),
            )
        if not any(each.tag == "endEvent" for each in inside):
            yield Fault(scope, said("*%(name)s* has no end", name=called))


def _ways(diagram: Diagram, names: Collection[str]) -> Iterator[Fault]:
    for flow in diagram.flows.values():
        ends = [diagram.nodes.get(flow.source), diagram.nodes.get(flow.target)]
        if None in ends or any(end is not None and end.scope != flow.scope for end in ends):
            yield Fault(flow.id, said("The way *%(name)s* leads to nothing", name=flow.name or flow.id))
        elif flow.condition:
            yield from _condition(diagram, flow, names)


def _condition(diagram: Diagram, flow: Flow, names: Collection[str]) -> Iterator[Fault]:
    source = diagram.nodes[flow.source]
    called = flow.name or said("out of %(name)s", name=source.called)
    if source.tag != "exclusiveGateway":
        yield Fault(
            flow.id,
            said(
                "The way *%(name)s* has a condition: only ways out of an exclusive gateway have", name=called
            ),
        )
        return
    try:
        process_expressions.check(flow.condition, names)
    except ValueError as error:
        yield Fault(flow.id, said("The condition of *%(name)s*: %(why)s", name=called, why=error.args[0]))


def _leads(diagram: Diagram, node: Node, _names: Collection[str]) -> Iterator[str]:
    """Look whether ways lead to an element and out of it."""
    ways_in, ways_out = diagram.ways_in.get(node.id, ()), diagram.ways_out.get(node.id, ())
    begins = node.tag in {"startEvent", "boundaryEvent"}
    if begins and ways_in:
        yield said("A way leads to *%(name)s*, where none can", name=node.called)
    if not begins and not ways_in and not node.starts_itself:
        yield said("No way leads to *%(name)s*", name=node.called)
    if node.tag == "endEvent" and ways_out:
        yield said("A way leads out of *%(name)s*, which is an end", name=node.called)
    if node.tag != "endEvent" and not ways_out and not node.starts_itself:
        yield said("No way leads out of *%(name)s*", name=node.called)
    if node.tag not in GATEWAYS and len(ways_out) > 1:
        yield said("Several ways lead out of *%(name)s*: put a gateway behind it", name=node.called)


def _gateway(diagram: Diagram, node: Node, _names: Collection[str]) -> Iterator[str]:
    ways = diagram.ways_out.get(node.id, ())
    if node.tag == "exclusiveGateway" and len(ways) > 1:
        for way in ways:
            if not way.condition and way.id != node.default:
                target = diagram.nodes[way.target].called if way.target in diagram.nodes else way.target
                yield said(
                    "The way from *%(name)s* to *%(target)s* has no condition",
                    name=node.called,
                    target=target,
                )
    if node.tag == "eventBasedGateway":
        targets = [diagram.nodes.get(way.target) for way in ways]
        if any(each is None or each.tag not in {"intermediateCatchEvent", "receiveTask"} for each in targets):
            yield said("Behind *%(name)s* stand events to wait for, and nothing else", name=node.called)
        for each in targets:
            if each is not None and diagram.boundaries(each.id):
                yield said(
                    "*%(name)s* stands behind a gateway: it has no event at its edge", name=each.called
                )


def _event(_diagram: Diagram, node: Node, _names: Collection[str]) -> Iterator[str]:
    allowed, what = _EVENTS.get(node.tag), node.happening
    if allowed is None:
        return
    if what is None:
        if node.tag in WAITS:
            yield said("*%(name)s* waits for nothing", name=node.called)
        return
    if what.kind not in allowed:
        yield said(
            "*%(name)s* is about “%(kind)s”, which is not supported there", name=node.called, kind=what.kind
        )
    elif what.kind == "message" and what.name not in MESSAGES:
        messages = ", ".join(MESSAGES)
        yield said(
            "*%(name)s* waits for a message that nobody sends: call it one of %(messages)s",
            name=node.called, messages=messages,
        )  # fmt: skip


def _timer(_diagram: Diagram, node: Node, names: Collection[str]) -> Iterator[str]:
    what = node.happening
    if what is None or what.kind != "timer":
        return
    if what.wait is None:
        yield said(
            "The time of *%(name)s* cannot be read: write a duration such as PT15M or P2D, or a date",
            name=node.called,
        )  # fmt: skip
    elif what.wait.until and not re.match(r"\d{4}-\d\d-\d\d", what.wait.until):
        try:
            process_expressions.check(what.wait.until, names)
        except ValueError as error:
            yield said("The time of *%(name)s*: %(why)s", name=node.called, why=error.args[0])


def _boundary(diagram: Diagram, node: Node, _names: Collection[str]) -> Iterator[str]:
    if node.tag != "boundaryEvent":
        return
    at = diagram.nodes.get(node.attached_to)
    lasts = at is not None and (
        at.tag in WORK | SCOPES | {"receiveTask"} or (at.deed is not None and at.deed.takes_time)
    )
    fails = at is not None and at.tag in DEEDS and _is(node.happening, "error")
    if at is None or not (lasts or fails) or at.scope != node.scope:
        yield said("*%(name)s* stands at the edge of nothing that takes time", name=node.called)
    if _is(node.happening, "error") and (at is None or at.tag not in SCOPES | DEEDS):
        yield said(
            "*%(name)s* waits for an error: only sub-processes, service and send tasks have those",
            name=node.called,
        )


def _error(diagram: Diagram, node: Node, _names: Collection[str]) -> Iterator[str]:
    if node.tag == "endEvent" and _is(node.happening, "error"):
        around = diagram.nodes.get(node.scope)
        if around is None or not any(_is(each.happening, "error") for each in diagram.boundaries(around.id)):
            yield said(
                "Nothing catches the error of *%(name)s*: put an error event at the edge of its sub-process",
                name=node.called,
            )


def _work(_diagram: Diagram, node: Node, _names: Collection[str]) -> Iterator[str]:
    if node.work is None:
        return
    if not node.name:
        yield said("*%(name)s* says not what is to be done: give it a name", name=node.id)
    if node.work.who and not WHO.fullmatch(node.work.who):
        yield said(
            "*%(name)s* is for “%(who)s”: write responsible, head, department:…, role:… or user:…",
            name=node.called, who=node.work.who[:60],
        )  # fmt: skip
    for wrong in node.work.wrong:
        yield said("The form of *%(name)s*: %(why)s", name=node.called, why=wrong)


def _script(_diagram: Diagram, node: Node, names: Collection[str]) -> Iterator[str]:
    if node.tag == "scriptTask":
        try:
            process_expressions.check_script(node.script, names)
        except ValueError as error:
            yield said("The script of *%(name)s*: %(why)s", name=node.called, why=error.args[0])


def _again(_diagram: Diagram, node: Node, _names: Collection[str]) -> Iterator[str]:
    if node.loops:
        yield said(
            "*%(name)s* is done several times over, which is not supported: draw a way back to it",
            name=node.called,
        )
    if node.starts_itself:
        yield said(
            "*%(name)s* begins by an event, which is not supported: put the event at an edge",
            name=node.called,
        )


def _is(what: Happening | None, kind: str) -> bool:
    return what is not None and what.kind == kind


_LOOKS: tuple[Callable[[Diagram, Node, Collection[str]], Iterator[str]], ...] = (
    _leads, _gateway, _event, _timer, _boundary, _error, _work, process_deeds.look, _script, _again,
)  # fmt: skip
