"""SLA policies: what is promised and who is told, with a look at what a change would move."""

from __future__ import annotations

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy_preview
from crm.policies import Policy
from crm.web import policy_form
from crm.web.policy_form import Filled
from crm.web.policy_views import Outcome, Shown, page_of, shown_preview
from hub.languages import N_
from hub.users import User, Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

add_room(
    Room(href="/policies", name=N_("Policies"), icon="clock", order=70, role="manager", within="/settings")
)


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
    words = (
        f"{moved} open {'task was' if moved == 1 else 'tasks were'} moved" if moved else "no open task moved"
    )
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
    shown = await request.app[DB].read(page_of, policy_id, found)
    sub = "How soon somebody must answer, and who is told when nobody does"
    values = msgspec.structs.asdict(shown)
    return await render(request, "policies.html", status=status, title="Policies", sub=sub, **values)


def _preview(session: Session, policy_id: int, filled: Filled) -> Outcome:
    proposal, errors = policy_form.read(filled, _people(session))
    if proposal is None:
        return Outcome(filled, errors, Shown(errors=errors))
    return Outcome(
        filled,
        {},
        shown_preview(session, policy_preview.preview(session, _policy(session, policy_id), proposal)),
    )


def _save(session: Session, viewer: Viewer, policy_id: int, filled: Filled) -> Outcome:
    proposal, errors = policy_form.read(filled, _people(session))
    if proposal is None:
        return Outcome(filled, errors, Shown(errors=errors))
    done = policy_preview.apply(session, _policy(session, policy_id), proposal, viewer.user_id)
    return Outcome(filled, {}, shown_preview(session, done))


def _policy(session: Session, policy_id: int) -> Policy:
    policy = session.get(Policy, policy_id)
    if policy is None or policy.retired_at is not None:
        raise Problem(404, "There is no such policy.")
    return policy


def _people(session: Session) -> list[int]:
    return list(session.scalars(select(User.id).where(User.disabled_at.is_(None))))
