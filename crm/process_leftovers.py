"""What other modelers put into a diagram and no run here does anything with: named, so that nobody relies on it.

It is no fault: it stays in the file, and a diagram is published with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from crm.process_work import CONSTRAINTS, MAIL
from crm.process_xml import CAMUNDA, DC, DI, DIAGRAM, MODEL, OWN, ZEEBE, Element, extensions, local, read_xml
from hub.said import said

MOST, MOST_NAMES, LONGEST = 50, 8, 60
_SPACES = {CAMUNDA: "camunda", ZEEBE: "zeebe"}
# Of the drawing, or of what drew it.
_DRAWN = frozenset(
    {
        MODEL, DIAGRAM, DC, DI, OWN, "", "http://camunda.org/schema/modeler/1.0",
        "http://www.w3.org/2001/XMLSchema-instance", "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0", "http://www.w3.org/XML/1998/namespace",
    }
)  # fmt: skip
# What we read, where nothing of ours says it otherwise (crm/process_work.py), with the attributes that we know.
_READ = {
    (CAMUNDA, "assignee"): frozenset[str](), (CAMUNDA, "candidateGroups"): frozenset[str](),
    (ZEEBE, "assignmentDefinition"): frozenset({"assignee", "candidateGroups"}),
    (ZEEBE, "userTask"): frozenset[str](), (CAMUNDA, "formData"): frozenset[str](),
    (CAMUNDA, "formField"): frozenset({"id", "label", "type"}), (CAMUNDA, "validation"): frozenset[str](),
    (CAMUNDA, "constraint"): frozenset({"name", "config"}), (CAMUNDA, "value"): frozenset({"id", "name"}),
}  # fmt: skip


class Leftover(NamedTuple):
    """What is not used, at which element."""

    element: str
    words: str


def leftovers(raw: bytes) -> list[Leftover]:
    """Give the first of them, in the order of the file; NotBpmn says what cannot be read."""
    return [each for _place, each in zip(range(MOST), _found(read_xml(raw)), strict=False)]


def _found(root: Element) -> Iterator[Leftover]:
    for node in root.iter(f"{{{MODEL}}}*"):
        kind = local(node)[1]
        if kind == "lane":
            yield _left(node, said("a lane says not who does what stands in it: say that at each step"))
        elif kind not in {"definitions", "extensionElements"}:
            names = list(dict.fromkeys(_names(node)))
            if names:
                more = [f"+ {len(names) - MOST_NAMES}"] if len(names) > MOST_NAMES else []
                what = ", ".join([*names[:MOST_NAMES], *more])
                yield _left(node, said("%(what)s: this does nothing here", what=what))


def _left(node: Element, words: str) -> Leftover:
    called = " ".join((node.get("name") or node.get("id") or local(node)[1]).split())[:LONGEST]
    return Leftover(str(node.get("id", ""))[:200], said("*%(name)s*: %(why)s", name=called, why=words))


def _names(node: Element) -> Iterator[str]:
    """Give what of an element is not of BPMN, not ours, and not read."""
    own = any(local(each)[0] == OWN for each in extensions(node))
    for key in node.attrib:
        space, name = _split(str(key))
        if space not in _DRAWN and (own or (space, name) not in _READ):
            yield _called(node, space, name)
    if not own:
        yield from _others(node, CAMUNDA, f"{{{CAMUNDA}}}")
    for each in extensions(node):
        if local(each)[0] not in _DRAWN:
            yield from [_called(each, *local(each))] if own else _unread(each)


def _unread(node: Element) -> Iterator[str]:
    """Give an element, or what in it is not read."""
    known = _READ.get(local(node))
    if known is None:
        yield _called(node, *local(node))
        return
    for key in node.attrib:
        if (name := _split(str(key))[1]) not in known:
            yield f"{_called(node, *local(node))} {name}"[:LONGEST]
    yield from _half_read(node)
    for each in node.iterchildren("{*}*"):
        yield from _unread(each)


def _half_read(node: Element) -> Iterator[str]:
    """Give what cannot be kept of an element that is read: words beside a choice, another rule, who else may do it."""
    space, name = local(node)
    if name == "value" and node.get("name", node.get("id", "")).casefold() != node.get("id", "").casefold():
        yield f"{_called(node, space, name)} name"
    elif name == "constraint" and node.get("name") not in CONSTRAINTS:
        yield f"{_called(node, space, name)} {node.get('name')}"[:LONGEST]
    elif name == "assignmentDefinition":
        yield from _others(node, space, "")


def _others(node: Element, space: str, prefix: str) -> Iterator[str]:
    """Give who else may do a step: one person counts, or one group."""
    who, groups = (node.get(f"{prefix}{name}", "") for name in ("assignee", "candidateGroups"))
    if who and groups:
        yield _called(node, space, "candidateGroups" if MAIL.fullmatch(who) else "assignee")
    rest = groups.partition(",")[2].strip()
    if rest and not MAIL.fullmatch(who):
        yield f"{_called(node, space, 'candidateGroups')} {rest}"[:LONGEST]


def _called(node: Element, space: str, name: str) -> str:
    prefix = (
        _SPACES.get(space) or next((key for key, known in node.nsmap.items() if known == space), None) or "?"
    )
    return f"{prefix}:{name}"[:LONGEST]


def _split(key: str) -> tuple[str, str]:
    space, _brace, name = key.removeprefix("{").rpartition("}")
    return space, name
