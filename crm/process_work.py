"""What a diagram says of a step that a person does: who, until when, and which answers its form asks for.

Ours:     <ringback:work who="responsible" within="15 min" clock="working">
            <ringback:answer name="windows" label="How many windows" kind="whole" required="true" least="1"/>
          </ringback:work>
          and beside it, on the task itself, ringback:visitMinutes="60" ringback:visitAt="visit_at"
          ringback:visitOn="visit_on" ringback:visitAddress="address" of a step that is done at the customer's
Camunda:  camunda:assignee, camunda:candidateGroups, camunda:formData with its fields and constraints, and Zeebe's
          assignmentDefinition.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from crm.policies import days, seconds
from crm.process_elements import Answer, Visit, Work
from crm.process_xml import CAMUNDA, OWN, ZEEBE, Element, child, children, extensions, local
from hub.said import said

MOST_ANSWERS = 60
MOST_CHOICES = 60
LONGEST_VISIT = 24 * 60  # minutes
KINDS = ("text", "number", "whole", "yes", "day", "moment", "choice")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
CONSTRAINTS = frozenset({"required", "min", "max", "minlength", "maxlength"})
"""Of Camunda's fields, those that are read."""
_CAMUNDA_KINDS = {"string": "text", "long": "whole", "boolean": "yes", "date": "day", "enum": "choice"}
MAIL = re.compile(r"[^@\s]+@[^@\s]+")


def work_of(node: Element) -> Work:
    """Read it; what cannot be is told in `wrong`."""
    own = next((each for each in extensions(node) if local(each) == (OWN, "work")), None)
    answers, wrong = list[Answer](), list[str]()
    for answer in _own_answers(own) if own is not None else _camunda_answers(node):
        answers.append(answer)
        before = {each.name: each for each in answers[:-1]}
        wrong += filter(None, (_trouble(answer, before), _dangling(answer, before)))
    if len(answers) > MOST_ANSWERS:
        wrong.append(said("A form asks for at most %(most)s things", most=MOST_ANSWERS))
    visit = _visit(node, wrong)
    if own is None:
        return Work(who=_camunda_who(node), answers=tuple(answers), visit=visit, wrong=tuple(wrong))
    return replace(_own(own, tuple(answers), wrong), visit=visit)


def _visit(node: Element, wrong: list[str]) -> Visit | None:
    minutes, at, on, address = (
        node.get(f"{{{OWN}}}{name}", "").strip()
        for name in ("visitMinutes", "visitAt", "visitOn", "visitAddress")
    )
    if not minutes and not at:
        return None
    if not (minutes.isascii() and minutes.isdigit() and 0 < int(minutes[:9]) <= LONGEST_VISIT):
        wrong.append(
            said("“%(text)s” is no length of a visit: write minutes, at most a day", text=minutes[:40])
        )
        return None
    wrong += [
        said("“%(name)s” is no name for an answer: use letters, digits and _", name=name[:60])
        for name in (at, on, address) if name and not _NAME.fullmatch(name)
    ]  # fmt: skip
    return Visit(minutes=int(minutes), at=at, on=on, address=address)


def _own(own: Element, answers: tuple[Answer, ...], wrong: list[str]) -> Work:
    within, told = None, own.get("within", "").strip()
    whole = days(told)
    if whole is None:
        wrong.append(said("“%(text)s” is a part of a day: write hours, or whole days", text=told[:40]))
    if told:
        try:
            within = seconds(told)
        except ValueError:
            wrong.append(said("“%(text)s” is no time: write it as 15 min, 4 h or 2 days", text=told[:40]))
    return Work(
        who=own.get("who", "").strip(), policy=own.get("policy", "").strip(), within=within,
        days=whole or 0, working=own.get("clock", "working") == "working", answers=answers, wrong=tuple(wrong),
    )  # fmt: skip


def _own_answers(own: Element) -> Iterator[Answer]:
    for each in children(own, "answer", OWN):
        choices = tuple(filter(None, (part.strip() for part in each.get("choices", "").split(";"))))
        yield Answer(
            name=each.get("name", ""), label=each.get("label", "") or each.get("name", ""),
            kind=each.get("kind", "choice" if choices else "text"), required=each.get("required") == "true",
            least=_number(each.get("least")), most=_number(each.get("most")), choices=choices,
            internal=each.get("internal") == "true", when=each.get("when", "").strip(),
        )  # fmt: skip


def _camunda_answers(node: Element) -> Iterator[Answer]:
    form = next((each for each in extensions(node) if local(each) == (CAMUNDA, "formData")), None)
    for each in children(form, "formField", CAMUNDA) if form is not None else ():
        rules = child(each, "validation", CAMUNDA)
        asked = (
            {rule.get("name", ""): rule.get("config") for rule in rules.iterchildren("{*}*")}
            if rules is not None
            else {}
        )
        kind = _CAMUNDA_KINDS.get(each.get("type", "string"), each.get("type", ""))
        yield Answer(
            name=each.get("id", ""), label=each.get("label", "") or each.get("id", ""), kind=kind,
            required="required" in asked, least=_number(asked.get("min") or asked.get("minlength")),
            most=_number(asked.get("max") or asked.get("maxlength")),
            choices=tuple(value.get("id", "") for value in children(each, "value", CAMUNDA)),
        )  # fmt: skip


def _camunda_who(node: Element) -> str:
    zeebe = next((each for each in extensions(node) if local(each) == (ZEEBE, "assignmentDefinition")), None)
    told = {
        name: (zeebe.get(name) if zeebe is not None else node.get(f"{{{CAMUNDA}}}{name}")) or ""
        for name in ("assignee", "candidateGroups")
    }
    if MAIL.fullmatch(told["assignee"]):
        return f"user:{told['assignee'].lower()}"
    if told["candidateGroups"]:
        return f"department:{told['candidateGroups'].partition(',')[0].strip()}"
    return "responsible" if told["assignee"] else ""


def _trouble(answer: Answer, before: Collection[str]) -> str:
    if not _NAME.fullmatch(answer.name):
        return said("“%(name)s” is no name for an answer: use letters, digits and _", name=answer.name[:60])
    if answer.name in before:
        return said("Two answers of this form are called “%(name)s”", name=answer.name)
    if answer.kind not in KINDS:
        kinds = ", ".join(KINDS)
        return said(
            "“%(name)s” is of a kind that we do not know: choose one of %(kinds)s",
            name=answer.name,
            kinds=kinds,
        )
    if answer.kind == "choice" and not 0 < len(answer.choices) <= MOST_CHOICES:
        return said("“%(name)s” has nothing to choose from", name=answer.name)
    if answer.least is not None and answer.most is not None and answer.least > answer.most:
        return said("“%(name)s” can have no value: its least is more than its most", name=answer.name)
    return ""


def _dangling(answer: Answer, before: Mapping[str, Answer]) -> str:
    """Say that it depends on what nobody can choose."""
    name, choice = answer.depends
    if not answer.when or (name in before and choice in before[name].choices):
        return ""
    return said(
        "“%(text)s” is no choice of an answer before it: write it as interested=yes", text=answer.when[:60]
    )


def _number(text: str | None) -> float | None:
    with suppress(ValueError, TypeError):
        number = float(text or "")
        return number if math.isfinite(number) else None
    return None
