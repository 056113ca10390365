"""The form of a step as it is shown: each answer with its bounds in words, what is known, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy.orm import Session

from crm import run_known, run_steps
from crm.answer_words import in_words
from crm.deals import Deal
from crm.process_elements import Answer
from crm.run_answers import from_document
from crm.runs import Run, run_of
from crm.tasks import Task
from hub.languages import _

NAME = "answer."  # before the names of the form's fields, so that none of them is another field of the page
FEW = 5  # choices that are seen at once
SHORT = 120  # letters that a line has room for


class FieldShown(msgspec.Struct, frozen=True, kw_only=True):
    """One answer; `shape` is how it is asked: line, lines, number, whole, day, yes, few or many."""

    name: str
    label: str
    shape: str
    required: bool
    choices: Sequence[tuple[str, str]] = ()
    value: str = ""
    error: str = ""
    hint: str = ""


class StepForm(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _step_form.html."""

    task_id: int
    title: str
    known: Sequence[tuple[str, str]]
    fields: Sequence[FieldShown]


def form_shown(
    session: Session, task: Task, given: Mapping[str, str] | None = None, faults: Mapping[str, str] | None = None
) -> StepForm:  # fmt: skip
    """Show the form of a task's step: as it was filled in and what is wrong, or with what is known already."""
    form, run = run_steps.form_of(session, task), run_of(session, task.id)
    known = _known(session, run) if run is not None and given is None else given or {}
    wrong = faults or {}
    labels = {each.name: each.label for each in form}
    fields = [_field(each, known.get(each.name, ""), str(wrong.get(each.name, "")), labels) for each in form]
    return StepForm(task_id=task.id, title=task.title, known=findings_shown(session, task), fields=fields)


def findings_shown(session: Session, task: Task) -> list[tuple[str, str]]:
    """Give what the steps before found out, as somebody reads it."""
    return [(label, in_words(value)) for label, value in run_known.findings(session, task)]


def _known(session: Session, run: Run) -> Mapping[str, str]:
    """Give what the run found out so far, or else what stands on the deal, as somebody would type it."""
    deal = session.get(Deal, run.deal_id) if run.deal_id is not None else None
    known = {**(deal.fields if deal else {}), **run.data}
    return {name: _typed(from_document(value)) for name, value in known.items()}


def _typed(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _field(answer: Answer, value: str, error: str, labels: Mapping[str, str]) -> FieldShown:
    choices = [(each, each) for each in answer.choices]
    if answer.kind == "yes":
        choices = [("yes", _("Yes")), ("no", _("No"))]
    return FieldShown(
        name=NAME + answer.name, label=answer.label, shape=_shape(answer), required=answer.required,
        choices=choices, value=value, error=error, hint=_needed(answer, labels) or _hint(answer),
    )  # fmt: skip


def _shape(answer: Answer) -> str:
    if answer.kind == "text":
        return "line" if answer.most is not None and answer.most <= SHORT else "lines"
    if answer.kind == "choice":
        return "few" if len(answer.choices) <= FEW else "many"
    return {"yes": "few"}.get(answer.kind, answer.kind)


def _needed(answer: Answer, labels: Mapping[str, str]) -> str:
    """Say on what it depends that it must be answered."""
    name, choice = answer.depends
    if not answer.when or not answer.required:
        return ""
    return _("Needed if “%(label)s” is %(choice)s", label=labels.get(name, name), choice=choice)


def _hint(answer: Answer) -> str:
    """Say in words what bounds it."""
    least, most = answer.least, answer.most
    if answer.kind not in {"number", "whole"}:
        return _("At most %(most)s letters", most=f"{most:g}") if answer.kind == "text" and most else ""
    if least is not None and most is not None:
        return _("From %(least)s to %(most)s", least=f"{least:g}", most=f"{most:g}")
    if least is not None:
        return _("%(least)s or more", least=f"{least:g}")
    return _("%(most)s or less", most=f"{most:g}") if most is not None else ""
