"""What can be said of the elements of a diagram: the panel of the editor is made of this, and grows with it.

Whoever teaches processes a new deed names it in process_deeds.KINDS and describes it in `DEEDS`; one that is not
described is shown with all that a deed can carry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields as fields_of

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import ready_documents, web_hooks
from crm.documents import DocumentTemplate
from crm.letter_templates import LetterTemplate
from crm.pipelines import Pipeline, Stage
from crm.process_deeds import CUSTOMER, WAYS
from crm.process_deeds import KINDS as DEED_KINDS
from crm.process_elements import MESSAGES, WORK, Deed
from crm.process_work import KINDS
from crm.setup import setup
from hub.languages import LANGUAGES, N_, _
from hub.users import ROLE_NAMES, active_users

Options = Sequence[tuple[str, str]]

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


class Field(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is said: `kind` is line, lines, choice or tick (`on` or `off`); `body`: between the tags."""

    name: str = ""
    words: str
    kind: str = "line"
    options: Options = ()
    hint: str = ""
    usual: str = ""
    on: str = ""
    off: str = ""
    body: bool = False


class DeedPiece(msgspec.Struct, frozen=True, kw_only=True):
    """A deed by the name of its tag, in words, with what is said of it."""

    tag: str
    words: str
    fields: Sequence[Field]


class WorkPiece(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a step that somebody does; `tags` are the elements that are one."""

    tags: Sequence[str]
    fields: Sequence[Field]


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; `become` says of groups of elements what each of them can be made."""

    work: WorkPiece
    answer: Sequence[Field]
    deeds: Mapping[str, Sequence[DeedPiece]]
    messages: Options
    become: Sequence[tuple[Sequence[str], Options]]


def pieces(session: Session) -> Pieces:
    """Give what can be said, in the words of whoever draws and with the company's own people and stages."""
    return Pieces(
        work=WorkPiece(tags=[tag[0].upper() + tag[1:] for tag in sorted(WORK)], fields=_work(session)),
        answer=_answer(),
        deeds={
            tag[0].upper() + tag[1:]: [_deed(session, kind) for kind in kinds]
            for tag, kinds in DEED_KINDS.items()
        },
        messages=[("", _("Choose …")), *((each, _(each)) for each in MESSAGES)],
        become=[(types, [(value, _(words)) for value, words in others]) for types, others in _BECOME],
    )


def whom(session: Session) -> Options:
    """Give who can be named in a step."""
    return [
        ("responsible", _("Responsible for the deal")), ("head", _("Head of the department")),
        *((f"department:{each.name}", each.name) for each in setup(session).departments.values()),
        *((f"role:{role}", _("Role: %(role)s", role=_(name))) for role, name in ROLE_NAMES.items()),
        *((f"user:{each.email}", each.name) for each in active_users(session)),
    ]  # fmt: skip


def stages(session: Session) -> Options:
    """Give the stages of all pipelines by their names, each once."""
    rows = session.scalars(
        select(Stage.name).join(Pipeline, Pipeline.id == Stage.pipeline_id)
        .where(Stage.retired_at.is_(None), Pipeline.retired_at.is_(None)).order_by(Pipeline.position, Stage.position)
    )  # fmt: skip
    return [("", _("Choose …")), *((name, name) for name in dict.fromkeys(rows))]


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
            name="internal", words=_("For ourselves: never on the customer's papers"), kind="tick", on="true"
        ),
    ]


def _deed(session: Session, kind: str) -> DeedPiece:
    known = DEEDS.get(kind)
    if known is not None:
        return DeedPiece(tag=kind, words=_(known[0]), fields=known[1](session))
    names = [each.name for each in fields_of(Deed) if each.name not in {"kind", "text"}]
    return DeedPiece(
        tag=kind, words=kind,
        fields=[*(Field(name=name, words=name) for name in names), Field(words=_("Text"), kind="lines", body=True)],
    )  # fmt: skip


def _stage(session: Session) -> Sequence[Field]:
    return [Field(name="name", words=_("Stage"), kind="choice", options=stages(session))]


def _note(session: Session) -> Sequence[Field]:
    return [
        Field(name="who", words=_("Whom"), kind="choice", options=whom(session), usual="responsible"),
        Field(words=_("What"), kind="lines", body=True),
    ]


def _document(session: Session) -> Sequence[Field]:
    templates = session.scalars(
        select(DocumentTemplate.name)
        .where(DocumentTemplate.retired_at.is_(None))
        .order_by(DocumentTemplate.name)
    )
    known = dict.fromkeys([*templates, *(_(each.name) for each in ready_documents.missing(session))])
    return [
        Field(name="template", words=_("Template"), kind="choice", options=_choices(known)),
        Field(
            name="language",
            words=_("Language"),
            kind="choice",
            options=[("", _("The company's")), *LANGUAGES.items()],
        ),
    ]


def _message(session: Session) -> Sequence[Field]:
    customer = (CUSTOMER, _("The customer"))
    return [
        Field(name="who", words=_("Whom"), kind="choice", options=[customer, *whom(session)], usual=CUSTOMER),
        Field(name="by", words=_("By which way"), kind="choice", options=[(way, _(WAY_WORDS[way])) for way in WAYS],
              usual=WAYS[0]),
        Field(name="template", words=_("Template of letters"), kind="choice", options=letters(session)),
        Field(name="subject", words=_("Subject"), hint=_("Of a letter without a template")),
        Field(words=_("What it says"), kind="lines", body=True),
        Field(name="attach", words=_("With the documents of"), hint=_("Ids of the elements that made them")),
    ]  # fmt: skip


def letters(session: Session) -> Options:
    """Give the templates of letters."""
    names = (
        select(LetterTemplate.name).where(LetterTemplate.retired_at.is_(None)).order_by(LetterTemplate.name)
    )
    return _choices(dict.fromkeys(session.scalars(names)))


def _hook(session: Session) -> Sequence[Field]:
    names = dict.fromkeys(each.name for each in web_hooks.every(session))
    hint = _("An admin names programs in the settings")
    return [
        Field(name="name", words=_("Program"), kind="choice", options=_choices(names), hint=hint),
        Field(words=_("Words that go along"), kind="lines", body=True),
    ]


def _choices(names: Iterable[str]) -> Options:
    return [("", _("Choose …")), *((name, name) for name in names)]


WAY_WORDS = {"mail": N_("Mail"), "messenger": N_("The messenger he used last")}
DEEDS: Mapping[str, tuple[str, Callable[[Session], Sequence[Field]]]] = {
    "stage": (N_("The deal enters a stage"), _stage), "note": (N_("Somebody is told on the card"), _note),
    "notify": (N_("Somebody gets a task to look at it"), _note), "document": (N_("A document is made"), _document),
    "message": (N_("Somebody is written to"), _message), "hook": (N_("A program is told"), _hook),
}  # fmt: skip
