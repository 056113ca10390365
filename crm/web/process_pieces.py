"""What can be said of the elements of a diagram: the panel of the editor is made of this, and grows with it.

Whoever teaches processes a new deed names it in process_deeds.KINDS and describes it in `DEEDS`; one that is not
described is shown with all that a deed can carry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy.orm import Session

from crm.process_deeds import KINDS as DEED_KINDS
from crm.process_elements import MESSAGES, WORK
from crm.process_work import KINDS
from crm.setup import setup
from crm.web.deed_pieces import DeedPiece, deed_piece
from crm.web.piece_fields import Field, Options, whom
from hub.languages import N_, _

ANSWER_KINDS = {
    "text": N_("Words"),
    "number": N_("A number"),
    "whole": N_("A whole number"),
    "yes": N_("Yes or no"),
    "day": N_("A day"),
    "moment": N_("A day and a time"),
    "choice": N_("One of several"),
}
_ACTIVITIES = (
    ("bpmn:UserTask", N_("A task for somebody")), ("bpmn:ServiceTask", N_("Something done by itself")),
    ("bpmn:SendTask", N_("Something told")), ("bpmn:ScriptTask", N_("Something reckoned")),
    ("bpmn:ReceiveTask", N_("Waiting for news")), ("bpmn:SubProcess", N_("Several steps")),
)  # fmt: skip
_GATEWAYS = (
    ("bpmn:ExclusiveGateway", N_("The first way whose condition holds")),
    ("bpmn:ParallelGateway", N_("All ways at once")),
    ("bpmn:EventBasedGateway", N_("Whichever comes first")),
)
_TIMER, _MESSAGE = " bpmn:TimerEventDefinition", " bpmn:MessageEventDefinition"
_ERROR, _END = " bpmn:ErrorEventDefinition", " bpmn:TerminateEventDefinition"
_BECOME: Sequence[tuple[Sequence[str], Sequence[tuple[str, str]]]] = (
    (
        [
            "bpmn:Task",
            "bpmn:ManualTask",
            *(each for each, _words in _ACTIVITIES if each != "bpmn:SubProcess"),
        ],
        _ACTIVITIES[:-1],
    ),
    ([each for each, _words in _GATEWAYS], _GATEWAYS),
    (
        ["bpmn:StartEvent"],
        (
            ("bpmn:StartEvent", N_("Begun by somebody")),
            ("bpmn:StartEvent" + _MESSAGE, N_("Begins with news")),
        ),
    ),
    (
        ["bpmn:IntermediateCatchEvent"],
        (
            ("bpmn:IntermediateCatchEvent" + _TIMER, N_("Waits for a time")),
            ("bpmn:IntermediateCatchEvent" + _MESSAGE, N_("Waits for news")),
        ),
    ),
    (
        ["bpmn:BoundaryEvent"],
        (
            ("bpmn:BoundaryEvent" + _TIMER, N_("A time")),
            ("bpmn:BoundaryEvent" + _MESSAGE, N_("News")),
            ("bpmn:BoundaryEvent" + _ERROR, N_("An error within")),
        ),
    ),
    (
        ["bpmn:EndEvent"],
        (
            ("bpmn:EndEvent", N_("This way ends")),
            ("bpmn:EndEvent" + _END, N_("Everything ends")),
            ("bpmn:EndEvent" + _ERROR, N_("Ends with an error")),
        ),
    ),
)


class WorkPiece(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a step that somebody does; `tags` are the elements that are one."""

    tags: Sequence[str]
    fields: Sequence[Field]


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; `become` says of groups of elements what each of them can be made.

    `visit` are attributes of the task itself, where it is done at the customer's.
    """

    work: WorkPiece
    visit: Sequence[Field]
    answer: Sequence[Field]
    deeds: Mapping[str, Sequence[DeedPiece]]
    messages: Options
    become: Sequence[tuple[Sequence[str], Options]]


def pieces(session: Session) -> Pieces:
    """Give what can be said, in the words of whoever draws and with the company's own people and stages."""
    return Pieces(
        work=WorkPiece(tags=[tag[0].upper() + tag[1:] for tag in sorted(WORK)], fields=_work(session)),
        visit=_visit(),
        answer=_answer(),
        deeds={
            tag[0].upper() + tag[1:]: [deed_piece(session, kind) for kind in kinds]
            for tag, kinds in DEED_KINDS.items()
        },
        messages=[("", _("Choose …")), *((each, _(each)) for each in MESSAGES)],
        become=[(types, [(value, _(words)) for value, words in others]) for types, others in _BECOME],
    )


def _work(session: Session) -> Sequence[Field]:
    policies = [
        ("", _("Those for tasks of processes")),
        *((each.name, each.name) for each in setup(session).policies),
    ]
    return [
        Field(name="who", words=_("Who does it"), kind="choice", options=whom(session), usual="responsible"),
        Field(name="within", words=_("Within"), hint=_("15 min, 4 h or 2 days. Left empty, a promise holds.")),
        Field(name="policy", words=_("By which promise"), kind="choice", options=policies),
        Field(name="clock", words=_("Of working time"), kind="tick", usual="working", on="working", off="always"),
    ]  # fmt: skip


def _visit() -> Sequence[Field]:
    named = _("The name of an answer, as in conditions")
    return [
        Field(name="visitMinutes", words=_("Visit, in minutes"), hint=_("Left empty, nobody goes to the customer.")),
        Field(name="visitOn", words=_("Its day"), hint=named),
        Field(name="visitAt", words=_("Its time"),
              hint=_("The name of an answer: an hour, or without a day a day and time")),
        Field(name="visitAddress", words=_("Its address"), hint=named),
    ]  # fmt: skip


def _answer() -> Sequence[Field]:
    return [
        Field(name="label", words=_("What is asked")),
        Field(name="name", words=_("Its name in conditions"), hint=_("Letters, digits and _")),
        Field(
            name="kind",
            words=_("Kind"),
            kind="choice",
            options=[(kind, _(ANSWER_KINDS.get(kind, kind))) for kind in KINDS],
            usual="text",
        ),
        Field(name="choices", words=_("To choose from"), hint=_("With ; between: yes;later;no")),
        Field(name="least", words=_("At least"), hint=_("Of a number, or letters of a text")),
        Field(name="most", words=_("At most")),
        Field(name="required", words=_("It must be answered"), kind="tick", on="true"),
        Field(
            name="when",
            words=_("But only if"),
            hint=_("A choice before it, such as interested=yes; else always"),
        ),
        Field(
            name="internal", words=_("For ourselves: never on the customer's papers"), kind="tick", on="true"
        ),
    ]
