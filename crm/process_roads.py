"""Whether a run can come everywhere in a diagram, and from everywhere to an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from crm.process_elements import Diagram, Node
from hub.said import said

Ways = Mapping[str, set[str]]


class Astray(NamedTuple):
    """Where a run never comes, or is caught for ever: an element, and what is wrong with it."""

    element: str
    words: str


def astray(diagram: Diagram) -> Iterator[Astray]:
    """Tell of each circle once, where the file has it first; what stands alone is told elsewhere."""
    for scope in diagram.scopes:
        inside = diagram.inside(scope)
        on, back = _ways(diagram, inside)
        begins = [node.id for node in inside if node.starts_itself or not back[node.id]]
        for name in _left(inside, on, back, begins):
            yield Astray(
                name, said("No way leads from the start to *%(name)s*", name=diagram.nodes[name].called)
            )
        ends = [node.id for node in inside if node.starts_itself or not on[node.id]]
        for name in _left(inside, back, on, ends):
            yield Astray(
                name, said("From *%(name)s* no way leads to an end", name=diagram.nodes[name].called)
            )


def _ways(diagram: Diagram, inside: Iterable[Node]) -> tuple[Ways, Ways]:
    """Give where one comes from each element, also by an event at its edge, and from where to it."""
    on: dict[str, set[str]] = {node.id: set() for node in inside}
    back: dict[str, set[str]] = {node.id: set() for node in inside}
    steps = [(flow.source, flow.target) for flow in diagram.flows.values()]
    steps += [(node.attached_to, node.id) for node in inside if node.attached_to]
    for source, target in steps:
        if source in on and target in back:
            on[source].add(target)
            back[target].add(source)
    return on, back


def _left(inside: Iterable[Node], ways: Ways, back: Ways, begins: Iterable[str]) -> Iterator[str]:
    """Give an element of each circle that is not come to from those where one begins."""
    seen = _reached(ways, begins)
    for node in inside:
        if node.id in seen or node.attached_to:
            continue
        ahead, behind = _reached(ways, ways[node.id]), _reached(back, back[node.id])
        if node.id in ahead:  # else it only leads to a circle, or out of one
            yield node.id
            seen |= ahead | behind


def _reached(ways: Ways, begins: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    ahead = list(begins)
    while ahead:
        at = ahead.pop()
        if at not in seen:
            seen.add(at)
            ahead += ways[at]
    return seen
