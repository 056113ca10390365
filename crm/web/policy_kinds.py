"""Policies in the audit: what their fields are called, and promises and steps in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from babel.lists import format_list
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.derivation_words import promised, working_days
from crm.policies import ASSIGNEE, COMPANY, HEAD, Policy, Step
from hub.languages import N_, _, listener
from hub.shapes import convert
from hub.users import Viewer
from hub.web.audit_kinds import Kind, add_kind

KIND = "policy"
LABELS = {
    "name": N_("Name"), "kinds": N_("Kinds"), "departments": N_("Departments"), "target": N_("What is promised"),
    "seconds": N_("How soon"), "days": N_("How soon"), "steps": N_("Whom to tell"),
    "unseen_seconds": N_("When nobody has seen it"),
}  # fmt: skip
TOLD = {
    ASSIGNEE: N_("Whoever has the task"), HEAD: N_("Head of department"), COMPANY: N_("Everybody who leads or manages"),
}  # fmt: skip


def _labels(_session: Session, _viewer: Viewer) -> Mapping[str, str]:
    return {key: _(label) for key, label in LABELS.items()}


def _shown(field: str, value: object) -> str | None:
    if field == "days" and isinstance(value, int):
        return working_days(value)
    if field in {"seconds", "unseen_seconds"} and isinstance(value, int):
        return promised(value, 0)
    if field == "steps":
        told = [_step(each) for each in convert(value, tuple[Step, ...])]
        return format_list(told, "unit", locale=listener().locale) if told else None
    return None


def _step(step: Step) -> str:
    """Say when somebody is told, and who: "30 min before: Whoever has the task"."""
    whom, time = _(TOLD.get(step.tell, step.tell)), promised(abs(step.after), step.days)
    if step.after == 0:
        return _("when it is late: %(whom)s", whom=whom)
    if step.after < 0:
        return _("%(time)s before: %(whom)s", time=time, whom=whom)
    return _("%(time)s after: %(whom)s", time=time, whom=whom)


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(session.execute(select(Policy.id, Policy.name).where(Policy.id.in_(ids))).all())


add_kind(Kind(KIND, N_("Policy"), "/policies?policy={id}", _names, labels=_labels, show=_shown))
