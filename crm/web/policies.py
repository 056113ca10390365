"""SLA policies: what is promised and who is told, with a look at what a change would move before it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
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
from hub.clock import now
from hub.users import User, Viewer, active_users
from hub.web import moments
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

LISTED = 20
KINDS = {"form": "Forms", "call": "Calls", "mail": "Mail", "chat": "Chats"}

add_room(Room(href="/policies", name="Policies", icon="clock", order=70, role="manager"))


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


@page("GET", "/policies", role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show them all, and one to be changed."""
    wanted = request.query.get("policy", "")
    policy_id = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else None  # noqa: PLR2004
    return await _show(request, policy_id, None)


@page("POST", "/policies/{id}/preview", role="manager")
async def preview(request: web.Request) -> web.StreamResponse:
    """Show what a change would move."""
    filled, policy_id = await _typed(request), path_id(request)
    found = await request.app[DB].read(_preview, policy_id, filled)
    if is_fragment(request):
        return await render(request, "_policy_preview.html", preview=found.shown)
    return await _show(request, policy_id, found)


@page("POST", "/policies/{id}", role="manager")
async def save(request: web.Request) -> web.StreamResponse:
    """Change it, and count the open deadlines by it."""
    filled, policy_id = await _typed(request), path_id(request)
    found = await request.app[DB].write(_save, viewer_of(request), policy_id, filled)
    if found.errors and not is_fragment(request):
        return await _show(request, policy_id, found, status=422)
    if found.errors:
        raise Problem(422, ". ".join(found.errors.values()))
    moved = len(found.shown.moved) + found.shown.more
    words = f"{moved} open {'task was' if moved == 1 else 'tasks were'} moved" if moved else "no open task moved"
    return await changed(request, Toast(text=f"Saved: {words}"), back=f"/policies?policy={policy_id}")


async def _typed(request: web.Request) -> Filled:
    """Give the form as it was filled; steps are two fields that repeat side by side."""
    said, fields = await form(request), await request.post()
    pairs = zip(fields.getall("step_after", []), fields.getall("step_who", []), strict=False)
    steps = [(after, who) for after, who in pairs if isinstance(after, str) and isinstance(who, str)]
    return policy_form.typed(said.get("minutes", ""), said.get("reminders", ""), steps)


async def _show(
    request: web.Request, policy_id: int | None, found: Outcome | None, status: int = 200
) -> web.Response:
    shown = await request.app[DB].read(_page, policy_id, found)
    sub = "How soon somebody must answer, and who is told when nobody does"
    values = msgspec.structs.asdict(shown)
    return await render(request, "policies.html", status=status, title="Policies", sub=sub, **values)


def _preview(session: Session, policy_id: int, filled: Filled) -> Outcome:
    proposal, errors = policy_form.read(filled, _people(session))
    if proposal is None:
        return Outcome(filled, errors, Shown(errors=errors))
    return Outcome(filled, {}, _shown(session, policy_preview.preview(session, _policy(session, policy_id), proposal)))


def _save(session: Session, viewer: Viewer, policy_id: int, filled: Filled) -> Outcome:
    proposal, errors = policy_form.read(filled, _people(session))
    if proposal is None:
        return Outcome(filled, errors, Shown(errors=errors))
    done = policy_preview.apply(session, _policy(session, policy_id), proposal, viewer.user_id)
    return Outcome(filled, {}, _shown(session, done))


def _page(session: Session, policy_id: int | None, found: Outcome | None) -> PoliciesPage:
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


def _policy(session: Session, policy_id: int) -> Policy:
    policy = session.get(Policy, policy_id)
    if policy is None or policy.retired_at is not None:
        raise Problem(404, "There is no such policy.")
    return policy


def _listed(session: Session, policy: Policy, current: bool, count: int) -> Listed:  # noqa: FBT001
    return Listed(
        id=policy.id, name=policy.name, href=f"/policies?policy={policy.id}", current=current,
        target=NAMES[policy.target], applies=_applies(session, policy),
        minutes=policy_form.filled(policy).minutes, open=count,
    )  # fmt: skip


def _chosen(session: Session, policy: Policy, found: Outcome | None) -> Chosen:
    zone = ZoneInfo(setup(session).company.zone)
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
    return ", ".join([*kinds, *(departments[each].name for each in policy.departments if each in departments)])


def _whom(session: Session) -> list[Whom]:
    parts = [Whom(HEAD, "Head of department"), Whom(COMPANY, "Everybody who leads or manages"),
             Whom(ASSIGNEE, "Whoever has the task")]  # fmt: skip
    return [*parts, *(Whom(f"user:{user.id}", user.name) for user in active_users(session))]


def _people(session: Session) -> list[int]:
    return list(session.scalars(select(User.id).where(User.disabled_at.is_(None))))


def _shown(session: Session, found: Preview) -> Shown:
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
