"""What stands in a diagram, as plain values: elements, the ways between them, and what we add to them.

    Node("Quote", "Compute the price", "userTask", scope="windows", work=Work(who="responsible", …))

Times are seconds. Conditions and scripts are texts in our own small language (crm/expressions.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.languages import N_

MESSAGES = (
    N_("payment received"), N_("form submitted"), N_("call answered"), N_("mail received"), N_("stage changed"),
    N_("document signed"), N_("visit done"), N_("part payment received"),
)  # fmt: skip
"""What a run can wait for beside a time: things that happen to its deal or its contact."""

WORK = frozenset({"userTask", "manualTask"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "eventBasedGateway"})
WAITS = frozenset({"intermediateCatchEvent", "receiveTask", "boundaryEvent"})
SCOPES = frozenset({"subProcess"})
DEEDS = frozenset({"serviceTask", "sendTask"})
LASTING = frozenset({"document", "message", "hook"})
FAILED = "failed"
"""By this name, or by none, an error event at the edge of a sub-process catches what goes wrong with deeds in it."""
SUPPORTED = (
    WORK | GATEWAYS | WAITS | SCOPES | DEEDS
    | {"startEvent", "endEvent", "scriptTask", "intermediateThrowEvent"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One field of a step's form. `least` and `most` bound a number, or the letters of a text.

    What is `internal` stands on the deal and never on a paper for the customer. What is `required` must be answered;
    with `when`, such as interested=yes, only where that choice was made of an answer before it.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    internal: bool = False
    when: str = ""

    @property
    def depends(self) -> tuple[str, str]:
        """Give the answer that `when` names, and its choice."""
        name, _sign, choice = self.when.partition("=")
        return name.strip(), choice.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An appointment at the customer's: how many minutes it takes, and the names of what says when and where.

    `at` is an answer of the kind moment, or with `on`, which is a day, an hour such as 10:00.
    """

    minutes: int
    at: str = ""
    on: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a person does in a step.

    `who` is "responsible", "head", "department:Sales", "role:manager" or "user:elin@…", "" where it is not said;
    `policy` names an SLA policy, `within` are seconds, of working time if `working`, and `days` of them were
    said as days; with neither, the policies for tasks of a process hold. `visit`: it is done at the customer's.
    """

    who: str = ""
    policy: str = ""
    within: int | None = None
    days: int = 0
    working: bool = True
    answers: tuple[Answer, ...] = ()
    visit: Visit | None = None
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A time to wait for: `seconds` from now, of working time if `working`, or the day or moment of `until`.

    So many `days` of them were said as days: in working time they are days on which somebody works. `at` is the hour
    of a day, as 09:00, that is waited for after the seconds.
    """

    seconds: int | None = None
    days: int = 0
    until: str = ""
    working: bool = False
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What an event is about: "timer", "message", "error", "terminate", or another kind, which we do not know."""

    kind: str
    name: str = ""
    wait: Wait | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a service or send task does.

    "stage": the deal enters `name`, lost for `reason` if it ends there. "note", "notify": `text` for `who`.
    "document": one of `template` in `language`. "message": of the letter template `template`, or `subject` and `text`,
    to the customer `by` mail or messenger, or by mail to `who` of ours, with the documents that the elements `attach`
    made. "letter": that of a sequence with the number `name`. "hook": the program that an admin called `name` is told
    of the deal, with the words `text`.
    """

    kind: str
    name: str = ""
    who: str = ""
    text: str = ""
    reason: str = ""
    template: str = ""
    language: str = ""
    subject: str = ""
    by: str = "mail"
    attach: tuple[str, ...] = ()

    @property
    def takes_time(self) -> bool:
        """Tell whether the run waits until it is done, which is after the transaction."""
        return self.kind in LASTING


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An element; `tag` is its name in BPMN, `scope` the process or sub-process that it stands in."""

    id: str
    name: str
    tag: str
    scope: str
    default: str = ""
    happening: Happening | None = None
    work: Work | None = None
    deed: Deed | None = None
    script: str = ""
    attached_to: str = ""
    interrupts: bool = True
    loops: bool = False
    starts_itself: bool = False

    @property
    def called(self) -> str:
        """Give what people call it."""
        return self.name or self.id

    def hears(self, message: str) -> bool:
        """Tell whether it begins, or goes on, with a message."""
        return self.happening is not None and (self.happening.kind, self.happening.name) == (
            "message",
            message,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A way from one element to another, where `condition` holds if there is one."""

    id: str
    name: str
    source: str
    target: str
    scope: str
    condition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """A process: its elements by id, in their order in the file."""

    id: str
    name: str
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    processes: int = 1
    ways_out: Mapping[str, tuple[Flow, ...]] = field(default_factory=dict)
    ways_in: Mapping[str, tuple[Flow, ...]] = field(default_factory=dict)

    def called(self, element: str) -> str:
        """Give what people call an element: a fork without a name by what its ways lead to."""
        node, ways = self.nodes[element], self.ways_out.get(element, ())
        ahead = [self.nodes[way.target].name for way in ways] if len(ways) > 1 else []
        return node.name or " / ".join(filter(None, ahead)) or node.id

    def inside(self, scope: str) -> list[Node]:
        """Give the elements of a process or sub-process."""
        return [node for node in self.nodes.values() if node.scope == scope]

    def boundaries(self, node_id: str) -> list[Node]:
        """Give the events at the edge of an element."""
        return [node for node in self.nodes.values() if node.attached_to == node_id]

    def catches(self, node: Node) -> bool:
        """Tell whether an error event catches what goes wrong at an element: at its edge, or of what it stands in."""
        own = [event.happening for event in self.boundaries(node.id)]
        if any(what is not None and what.kind == "error" for what in own):
            return True
        around = self.nodes.get(node.scope)
        while around is not None:
            found = [event.happening for event in self.boundaries(around.id)]
            if any(what and what.kind == "error" and what.name in {"", FAILED} for what in found):
                return True
            around = self.nodes.get(around.scope)
        return False

    def awaits(self, message: str, element: str = "") -> bool:
        """Tell whether it waits for a message anywhere, or behind an element before somebody else has work."""
        asked = [node for node in self.nodes.values() if node.tag in WAITS and node.hears(message)]
        if not element:
            return bool(asked)
        seen, ahead = {element}, [element]
        while ahead:
            at = ahead.pop()
            for flow in self.ways_out.get(at, ()):
                if flow.target not in seen and self.nodes[flow.target].tag not in WORK:
                    seen.add(flow.target)
                    ahead.append(flow.target)
        return any(node.id in seen for node in asked)

    @property
    def scopes(self) -> tuple[str, ...]:
        """Give the process and its sub-processes, outer before inner."""
        return (self.id, *(node.id for node in self.nodes.values() if node.tag in SCOPES))

    @property
    def asked(self) -> frozenset[str]:
        """Give the names that its forms and scripts give values to."""
        forms = {each.name for node in self.nodes.values() if node.work for each in node.work.answers}
        lines = [line for node in self.nodes.values() for line in node.script.splitlines()]
        return frozenset(forms | {line.partition("=")[0].strip() for line in lines if "=" in line})
