"""Policies as their page shows them: the list, the one in the form, and what a change would move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy_preview
from crm.policies import ASSIGNEE, COMPANY, HEAD, Policy
from crm.policy_preview import Move, Preview
from crm.setup import setup
from crm.tasks import Task
from crm.web import policy_form
from crm.web.clocks import NAMES
from crm.web.people import people_of
from crm.web.policy_form import Filled, StepRow
from crm.web.zones import zone_of
from hub.clock import now
from hub.users import active_users
from hub.web import moments
from hub.web.problems import Problem

LISTED = 20
KINDS = {"form": "Forms", "call": "Calls", "mail": "Mail", "chat": "Chats"}


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A policy in the list."""

    id: int
    name: str
    href: str
    current: bool
    target: str
    applies: str
    minutes: str
    open: int


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The policy in the form."""

    id: int
    name: str
    target: str
    applies: str
    changed: str
    minutes: str
    reminders: Sequence[str]
    steps: Sequence[StepRow]
    may_change: bool = True


class Whom(msgspec.Struct, frozen=True):
    """Somebody who can be told."""

    value: str
    name: str


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A task whose deadline would move."""

    title: str
    href: str
    due_now: datetime | None
    due_then: datetime | None
    late_then: bool
    contact: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _policy_preview.html."""

    moved: Sequence[Moved] = ()
    more: int = 0
    same: int = 0
    errors: Mapping[str, str] = {}


class PoliciesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The values of policies.html."""

    policies: Sequence[Listed]
    policy: Chosen | None
    whom: Sequence[Whom]
    errors: Mapping[str, str]
    preview: Shown | None


class Outcome(NamedTuple):
    """What came of a form: what it moves or moved, or what is wrong with it."""

    form: Filled
    errors: Mapping[str, str]
    shown: Shown


def page_of(session: Session, policy_id: int | None, found: Outcome | None) -> PoliciesPage:
    """Give the page with one policy in the form, as it is or was filled; the first unless one is named."""
    policies = setup(session).policies
    chosen = next((each for each in policies if each.id == policy_id), policies[0] if policies else None)
    if policy_id is not None and (chosen is None or chosen.id != policy_id):
        raise Problem(404, "There is no such policy.")
    counts = policy_preview.count_open(session)
    return PoliciesPage(
        policies=[_listed(session, each, each is chosen, counts.get(each.id, 0)) for each in policies],
        policy=_chosen(session, chosen, found) if chosen else None,
        whom=_whom(session),
        errors=found.errors if found else {},
        preview=found.shown if found and not found.errors else None,
    )


def _listed(session: Session, policy: Policy, current: bool, count: int) -> Listed:  # noqa: FBT001
    return Listed(
        id=policy.id, name=policy.name, href=f"/policies?policy={policy.id}", current=current,
        target=NAMES[policy.target], applies=_applies(session, policy),
        minutes=policy_form.filled(policy).minutes, open=count,
    )  # fmt: skip


def _chosen(session: Session, policy: Policy, found: Outcome | None) -> Chosen:
    zone = zone_of(session)
    person = people_of(session, [policy.changed_by], zone).get(policy.changed_by or 0)
    changed = f"Changed {moments.when(policy.changed_at, zone)} by {person.name}" if person else ""
    form = found.form if found else policy_form.filled(policy)
    return Chosen(
        id=policy.id, name=policy.name, target=NAMES[policy.target], applies=_applies(session, policy),
        changed=changed, minutes=form.minutes, reminders=form.reminders, steps=form.steps,
    )  # fmt: skip


def _applies(session: Session, policy: Policy) -> str:
    """Say which tasks get it: "Forms, Sales"."""
    departments = setup(session).departments
    kinds = [KINDS.get(kind, kind) for kind in policy.kinds] or ["All requests"]
    return ", ".join(
        [*kinds, *(departments[each].name for each in policy.departments if each in departments)]
    )


def _whom(session: Session) -> list[Whom]:
    parts = [Whom(HEAD, "Head of department"), Whom(COMPANY, "Everybody who leads or manages"),
             Whom(ASSIGNEE, "Whoever has the task")]  # fmt: skip
    return [*parts, *(Whom(f"user:{user.id}", user.name) for user in active_users(session))]


def shown_preview(session: Session, found: Preview) -> Shown:
    """Show what a change moves, of many the first."""
    listed = found.moved[:LISTED]
    tasks = session.scalars(select(Task).where(Task.id.in_([move.task_id for move in listed])))
    titles = {task.id: task.title for task in tasks}
    return Shown(
        moved=[_moved(move, titles[move.task_id]) for move in listed],
        more=len(found.moved) - len(listed), same=found.same,
    )  # fmt: skip


def _moved(move: Move, title: str) -> Moved:
    late = move.due_then is not None and move.due_then <= now() and (move.due_now or move.due_then) > now()
    return Moved(title=title, href=f"/tasks/{move.task_id}", due_now=move.due_now, due_then=move.due_then,
                 late_then=late)  # fmt: skip
