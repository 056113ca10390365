"""Diagrams as BPMN 2.0 draws them, read into plain values. What is wrong in them, process_faults says.

Beside BPMN itself we understand our own palette (namespace `urn:ringback:process`) and what Camunda's modelers write of
forms and of who does a step.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeVar

from crm.process_elements import SCOPES, WORK, Deed, Diagram, Flow, Happening, Node, Wait
from crm.process_work import work_of
from crm.process_xml import MODEL, OWN, Element, NotBpmn, child, children, extensions, local, read_xml, words
from hub.said import said

E = TypeVar("E", Node, Flow)

_DURATION = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?")
WORKING_WEEK = 5  # days
_SECONDS = (7 * 86_400, 86_400, 3600, 60, 1)
# Things of the drawing that are no part of what happens.
_DRAWN = frozenset({"laneSet", "lane", "textAnnotation", "association", "group", "dataObject", "dataObjectReference",
    "dataStoreReference", "documentation", "extensionElements", "incoming", "outgoing", "ioSpecification", "property",
    "sequenceFlow", "category"})  # fmt: skip
_OF_DEEDS = ("name", "who", "reason", "template", "language", "subject")
LONGEST, MOST_ATTACHED = 300, 10
HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CAMUNDA_EXPRESSION = re.compile(r"[$#]\{(.*)\}", re.DOTALL)


def read(raw: bytes) -> Diagram:
    """Read a file with one process, or raise NotBpmn with words."""
    root = read_xml(raw)
    processes = list(children(root, "process"))
    if not processes:
        raise NotBpmn(said("There is no process in this file"))
    process = next((each for each in processes if each.get("isExecutable") == "true"), processes[0])
    names = {each.get("id", ""): each.get("name", "") for each in root.iterchildren("{*}*")}
    codes = {
        each.get("id", ""): each.get("errorCode", "") or each.get("name", "")
        for each in children(root, "error")
    }
    nodes = _unique(_nodes(process, _id(process), {**names, **codes}))
    flows = _unique(_flows(process))
    return Diagram(
        id=_id(process), name=process.get("name", "") or _id(process), nodes=nodes, flows=flows,
        processes=len(processes), ways_out=_by(flows, "source"), ways_in=_by(flows, "target"),
    )  # fmt: skip


def duration(text: str) -> int | None:
    """Give the seconds of an ISO 8601 duration in weeks, days, hours, minutes and seconds; None for anything else."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    return sum(int(number or 0) * unit for number, unit in zip(found.groups(), _SECONDS, strict=True))


def _days(text: str) -> tuple[int, int]:
    """Give the working days of a duration, five a week, and the seconds of its weeks that are none."""
    found = _DURATION.fullmatch(text)
    weeks, days = (int(number or 0) for number in found.groups()[:2]) if found else (0, 0)
    return WORKING_WEEK * weeks + days, (7 - WORKING_WEEK) * 86_400 * weeks


def expression(text: str) -> str:
    """Give an expression as we read it: Camunda wraps them in ${…}, or begins them with =."""
    wrapped = _CAMUNDA_EXPRESSION.fullmatch(text)
    bare = wrapped[1] if wrapped else text.removeprefix("=")
    return re.sub(r"!(?!=)", " not ", bare.replace("&&", " and ").replace("||", " or ")).strip()


def _unique(found: Iterator[E]) -> dict[str, E]:
    by_id: dict[str, E] = {}
    for each in found:
        if by_id.setdefault(each.id, each) is not each:
            raise NotBpmn(said("Two things in this diagram have the id “%(id)s”", id=each.id[:60]))
    return by_id


def _id(node: Element) -> str:
    return str(node.get("id", ""))[:200]


def _by(flows: Mapping[str, Flow], end: str) -> Mapping[str, tuple[Flow, ...]]:
    found: dict[str, tuple[Flow, ...]] = defaultdict(tuple)
    for flow in flows.values():
        found[getattr(flow, end)] += (flow,)
    return dict(found)


def _flows(scope: Element) -> Iterator[Flow]:
    """Give the ways of a process and of its sub-processes."""
    for node in scope.iterchildren(f"{{{MODEL}}}*"):
        tag = local(node)[1]
        if tag == "sequenceFlow":
            yield Flow(
                id=_id(node), name=node.get("name", ""), source=node.get("sourceRef", ""), scope=_id(scope),
                target=node.get("targetRef", ""), condition=expression(words(child(node, "conditionExpression"))),
            )  # fmt: skip
        elif tag in SCOPES:
            yield from _flows(node)


def _nodes(scope: Element, scope_id: str, names: Mapping[str, str]) -> Iterator[Node]:
    """Give the elements of a process and of its sub-processes, those we do not know among them."""
    for node in scope.iterchildren(f"{{{MODEL}}}*"):
        tag = local(node)[1]
        if tag not in _DRAWN:
            yield _node(node, tag, scope_id, names)
        if tag in SCOPES:
            yield from _nodes(node, _id(node), names)


def _node(node: Element, tag: str, scope_id: str, names: Mapping[str, str]) -> Node:
    return Node(
        id=_id(node), name=" ".join(node.get("name", "").split())[:200], tag=tag, scope=scope_id,
        default=node.get("default", ""), happening=_happening(node, tag, names),
        work=work_of(node) if tag in WORK else None, deed=_deed(node),
        script=words(child(node, "script")), attached_to=node.get("attachedToRef", ""),
        interrupts=node.get("cancelActivity", "true") != "false",
        loops=any(local(each)[1].endswith("LoopCharacteristics") for each in node.iterchildren("{*}*")),
        starts_itself=node.get("triggeredByEvent") == "true",
    )  # fmt: skip


def _happening(node: Element, tag: str, names: Mapping[str, str]) -> Happening | None:
    if tag == "receiveTask":
        return Happening(kind="message", name=_message(names.get(node.get("messageRef", ""), "")))
    found = [each for each in node.iterchildren("{*}*") if local(each)[1].endswith("EventDefinition")]
    if len(found) != 1:
        return Happening(kind="multiple") if found else None
    kind = local(found[0])[1].removesuffix("EventDefinition")
    if kind == "timer":
        return _timer(found[0])
    return _named(names, kind, found[0]) if kind in {"message", "error"} else Happening(kind=kind)


def _named(names: Mapping[str, str], kind: str, event: Element) -> Happening:
    name = names.get(event.get(f"{kind}Ref", ""), "")
    return Happening(kind=kind, name=_message(name) if kind == "message" else name)


def _message(name: str) -> str:
    return " ".join(re.sub(r"[_-]", " ", name).lower().split())


def _timer(event: Element) -> Happening:
    working = event.get(f"{{{OWN}}}clock") == "working"
    spent, until = child(event, "timeDuration"), child(event, "timeDate")
    if spent is not None and (seconds := duration(words(spent))) is not None:
        days, spare = _days(words(spent)) if working else (0, 0)
        at = event.get(f"{{{OWN}}}at", "")
        if not at or HOUR.fullmatch(at):
            wait = Wait(seconds=seconds - spare, days=days, working=working, at=at)
            return Happening(kind="timer", wait=wait)
    if until is not None and words(until):
        return Happening(kind="timer", wait=Wait(until=expression(words(until)), working=working))
    told = words(spent) if spent is not None else words(child(event, "timeCycle"))
    return Happening(kind="timer", name=told)


def _deed(node: Element) -> Deed | None:
    for each in extensions(node):
        space, kind = local(each)
        if space == OWN and kind not in {"work", "answer"}:
            told = {key: str(each.get(key, "")).strip()[:LONGEST] for key in _OF_DEEDS}
            attach = tuple(str(each.get("attach", "")).split())[:MOST_ATTACHED]
            by = str(each.get("by", "")).strip() or "mail"
            return Deed(kind=kind, text=words(each), by=by, attach=attach, **told)
    return None
