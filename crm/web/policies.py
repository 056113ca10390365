"""SLA policies: what is promised and who is told; made, changed and retired with a look at what that moves."""

from __future__ import annotations

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy_making, policy_preview, versions
from crm.policies import Policy
from crm.setup import setup
from crm.web import left_behind, policy_form
from crm.web.moves import Shown, shown_moves
from crm.web.policy_form import Filled, Known
from crm.web.policy_views import Asking, Outcome, Samples, page_of, policy_for, week_for
from crm.web.sample_week import MOST, WEEK, Asked
from hub.languages import N_, _, ngettext
from hub.users import User, Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

ID_DIGITS = 18
NEW = 0
UNREADABLE = 422

add_room(
    Room(href="/policies", name=N_("Policies"), icon="clock", order=70, role="head", within="/settings",
         about=N_("How soon somebody must answer, and who is told when nobody does"))
)  # fmt: skip


@page("GET", "/policies", role="head")
async def every(request: web.Request) -> web.StreamResponse:
    """Show them all, and one to be changed."""
    asked = request.query
    asking = Asking(_number(asked.get("policy", "")), _number(asked.get("version", "")))
    return await _show(request, Asking(NEW) if "new" in asked else asking, None)


@page("POST", "/policies/preview", role="manager")
async def preview_new(request: web.Request) -> web.StreamResponse:
    """Show how a policy would promise that is not there yet."""
    return await _previewed(request, NEW)


@page("POST", "/policies/{id}/preview", role="manager")
async def preview(request: web.Request) -> web.StreamResponse:
    """Show what a change would move, and a sample week by it."""
    return await _previewed(request, path_id(request))


@page("POST", "/policies", role="manager")
async def make(request: web.Request) -> web.StreamResponse:
    """Make one."""
    policy_id, found = await request.app[DB].write(_make, viewer_of(request), *await _typed(request))
    if found.errors:
        return await _wrong(request, NEW, found)
    words = _("Made: %(name)s. New requests get it from now on.", name=found.form.name)
    toast = Toast(text=words, undo=f"/policies/{policy_id}")
    return await changed(request, toast, back=f"/policies?policy={policy_id}")


@page("POST", "/policies/{id}", role="manager")
async def save(request: web.Request) -> web.StreamResponse:
    """Change it, and count the open deadlines by it."""
    policy_id = path_id(request)
    found, left = await request.app[DB].write(_save, viewer_of(request), policy_id, *await _typed(request))
    if found.errors:
        return await _wrong(request, policy_id, found)
    toast = Toast(text=saved(found.shown) + left)
    return await changed(request, toast, back=f"/policies?policy={policy_id}")


@page("DELETE", "/policies/{id}", role="manager")
async def retire(request: web.Request) -> web.StreamResponse:
    """Have it promise nothing any more."""
    policy_id = path_id(request)
    name, left = await request.app[DB].write(_retire, viewer_of(request), policy_id)
    words = _("Retired: %(name)s. What it promised stays promised.", name=name) + left.replace(". ", " ", 1)
    return await changed(
        request, Toast(text=words, undo=f"/policies/{policy_id}/retirement"), back="/policies"
    )


@page("DELETE", "/policies/{id}/retirement", role="manager")
async def revive(request: web.Request) -> web.StreamResponse:
    """Have it promise again."""
    policy_id = path_id(request)
    name = await request.app[DB].write(_revive, viewer_of(request), policy_id)
    back = f"/policies?policy={policy_id}"
    return await changed(request, Toast(text=_("In force again: %(name)s", name=name)), back=back)


@page("POST", "/policies/{id}/place", role="manager")
async def sooner(request: web.Request) -> web.StreamResponse:
    """Ask it before the one that is asked before it now."""
    policy_id = path_id(request)
    name = await request.app[DB].write(_sooner, viewer_of(request), policy_id)
    toast = Toast(text=_("Asked sooner now: %(name)s", name=name))
    return await changed(request, toast, back=f"/policies?policy={policy_id}")


@page("POST", "/policies/{id}/version", role="manager")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Bring an old version back, and count the open deadlines by it."""
    policy_id, number = path_id(request), _number((await form(request)).get("version", ""))
    shown = await request.app[DB].write(_bring_back, viewer_of(request), policy_id, number or 0)
    return await changed(request, Toast(text=saved(shown)), back=f"/policies?policy={policy_id}")


def saved(shown: Shown) -> str:
    """Say that a change is made and how many open tasks it moved."""
    if not shown.number:
        return _("Saved: no open task was moved")
    return ngettext(
        "Saved: %(num)s open task was moved", "Saved: %(num)s open tasks were moved", shown.number
    )


async def _typed(request: web.Request) -> tuple[Filled, Samples]:
    """Give the form as it was filled; steps and samples are fields that repeat side by side."""
    said, fields = await form(request), await request.post()

    def several(name: str) -> list[str]:
        return [each for each in fields.getall(name, []) if isinstance(each, str)]

    asked = [
        _asked(day, time) for day, time in zip(several("sample_day"), several("sample_time"), strict=False)
    ]
    chosen = tuple(each for each in asked if each)[:MOST] or Samples().asked
    return policy_form.typed(said, several), Samples(chosen, said.get("sample_department", ""))


def _asked(day: str, time: str) -> Asked | None:
    """Read a request of the sample; what is half typed is left out."""
    hour, _colon, minute = time.partition(":")
    if not all(each.isascii() and each.isdigit() and len(each) <= 2 for each in (day, hour, minute)):  # noqa: PLR2004
        return None
    return Asked(int(day) % WEEK, min(int(hour), 23) * 60 + min(int(minute), 59))


async def _previewed(request: web.Request, policy_id: int) -> web.StreamResponse:
    typed = await _typed(request)
    found = await request.app[DB].read(_preview, viewer_of(request), policy_id, *typed)
    if is_fragment(request):
        return await render(request, "_preview.html", preview=found.shown)
    return await _show(request, Asking(policy_id), found)


async def _wrong(request: web.Request, policy_id: int, found: Outcome) -> web.StreamResponse:
    """Say what is wrong with a form."""
    if is_fragment(request):
        raise Problem(UNREADABLE, ". ".join(found.errors.values()))
    return await _show(request, Asking(policy_id), found, status=UNREADABLE)


async def _show(
    request: web.Request, asking: Asking, found: Outcome | None, status: int = 200
) -> web.Response:
    shown = await request.app[DB].read(page_of, viewer_of(request), asking, found)
    sub = _("How soon somebody must answer, and who is told when nobody does")
    values = msgspec.structs.asdict(shown)
    return await render(request, "policies.html", status=status, title=_("Policies"), sub=sub, **values)


def _preview(session: Session, viewer: Viewer, policy_id: int, filled: Filled, samples: Samples) -> Outcome:
    policy = policy_for(session, viewer, policy_id) if policy_id else None
    proposal, errors = policy_form.read(filled, _known(session, policy_id))
    week = week_for(session, filled, samples)
    if proposal is None:
        return Outcome(filled, samples, errors, Shown(errors=errors, week=week))
    if policy is None:
        return Outcome(filled, samples, {}, Shown(week=week))
    moved = policy_preview.preview(session, policy, proposal)
    return Outcome(filled, samples, {}, shown_moves(session, moved, week))


def _make(session: Session, viewer: Viewer, filled: Filled, samples: Samples) -> tuple[int, Outcome]:
    proposal, errors = policy_form.read(filled, _known(session, NEW))
    week = week_for(session, filled, samples)
    if proposal is None:
        return NEW, Outcome(filled, samples, errors, Shown(errors=errors, week=week))
    made = policy_making.make(session, viewer, proposal)
    return made.id, Outcome(filled, samples, {}, Shown(week=week))


def _save(
    session: Session, viewer: Viewer, policy_id: int, filled: Filled, samples: Samples
) -> tuple[Outcome, str]:
    policy = _in_force(session, viewer, policy_id)
    proposal, errors = policy_form.read(filled, _known(session, policy_id))
    if proposal is None:
        week = week_for(session, filled, samples)
        return Outcome(filled, samples, errors, Shown(errors=errors, week=week)), ""
    # What was promised keeps its kind: another kind of promise is another policy.
    proposal = msgspec.structs.replace(proposal, target=policy.target)
    done, left = left_behind.after(session, lambda: policy_preview.apply(session, viewer, policy, proposal))
    return Outcome(filled, samples, {}, shown_moves(session, done)), left


def _retire(session: Session, viewer: Viewer, policy_id: int) -> tuple[str, str]:
    policy = policy_for(session, viewer, policy_id)
    _done, left = left_behind.after(session, lambda: policy_making.retire(session, viewer, policy))
    return policy.name, left


def _revive(session: Session, viewer: Viewer, policy_id: int) -> str:
    policy = policy_for(session, viewer, policy_id)
    policy_making.revive(session, viewer, policy)
    return policy.name


def _sooner(session: Session, viewer: Viewer, policy_id: int) -> str:
    policy = _in_force(session, viewer, policy_id)
    policy_making.sooner(session, viewer, policy)
    return policy.name


def _bring_back(session: Session, viewer: Viewer, policy_id: int, version_id: int) -> Shown:
    policy = _in_force(session, viewer, policy_id)
    version = versions.version_of(session, versions.POLICY, policy_id, version_id)
    if version is None:
        raise Problem(UNREADABLE, _("There is no such version."))
    old = policy_preview.proposal_of(version.content)
    if policy_making.name_taken(session, old.name, policy_id):
        old = msgspec.structs.replace(old, name=policy.name)
    return shown_moves(session, policy_preview.apply(session, viewer, policy, old))


def _in_force(session: Session, viewer: Viewer, policy_id: int) -> Policy:
    policy = policy_for(session, viewer, policy_id)
    if policy.retired_at is not None:
        raise Problem(409, _("This policy is retired. Bring it back first."))
    return policy


def _known(session: Session, policy_id: int) -> Known:
    return Known(
        people=set(session.scalars(select(User.id).where(User.disabled_at.is_(None)))),
        departments=set(setup(session).departments),
        taken=lambda name: policy_making.name_taken(session, name, policy_id or None),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None
