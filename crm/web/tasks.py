"""One task: its page, its menu, and what can be done with it. Every change is an address of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Concatenate, NamedTuple, ParamSpec

from aiohttp import web
from msgspec import structs
from sqlalchemy.orm import Session

from crm import contact_choices, desk
from crm.rights import task_for
from crm.runs import TASK_KIND
from crm.setup import setup
from crm.tasks import Task
from crm.web.step_forms import StepForm, form_shown
from crm.web.task_history import Happened, history_of
from crm.web.task_menu import Menu, menu_of
from crm.web.task_rows import explained_deadline
from hub.languages import _, listener
from hub.users import User, Viewer
from hub.web import moments
from hub.web.frame import COMPANY
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

P = ParamSpec("P")

SECTIONS = {"handover", "plan", "pause", "note", "contact"}


class Given(NamedTuple):
    """What came of handing over: the words, and who had it before."""

    words: str
    before: str


class TaskPage(Menu, frozen=True, kw_only=True):
    """The values of task.html: those of the menu in it, and what happened."""

    events: Sequence[Happened]
    here: str
    step: StepForm | None


@page("GET", "/tasks/{id}")
async def task(request: web.Request) -> web.StreamResponse:
    """Show the task; to a row that asks what can be done with it, the menu alone."""
    asked = request.query.get("open", "")
    section = asked if asked in SECTIONS else ""
    if is_fragment(request):
        menu = await request.app[DB].read(_menu, viewer_of(request), path_id(request))
        return await render(request, "_task_menu.html", open=section, **structs.asdict(menu))
    shown = await request.app[DB].read(_page, viewer_of(request), path_id(request))
    return await render(
        request, "task.html", title=shown.task.title, sub="", open=section, **structs.asdict(shown)
    )


@page("GET", "/tasks/{id}/fragment")
async def fragment(request: web.Request) -> web.StreamResponse:
    """Show the part of the page that changes."""
    shown = await request.app[DB].read(_page, viewer_of(request), path_id(request))
    return await render(request, "_task_page.html", open="", **structs.asdict(shown))


@page("POST", "/tasks/{id}/completion")
async def complete(request: web.Request) -> web.StreamResponse:
    """Say that it is done."""
    done = await _do(request, desk.complete)
    undo = "" if done.kind == TASK_KIND else f"/tasks/{done.id}/completion"
    return await changed(request, Toast(text=_("Done: %(task)s", task=done.title), undo=undo))


@page("DELETE", "/tasks/{id}/completion")
async def take_back(request: web.Request) -> web.StreamResponse:
    """Take back that it is done."""
    back = await _do(request, desk.take_back)
    return await changed(request, Toast(text=_("Open again: %(task)s", task=back.title)))


@page("POST", "/tasks/{id}/handover")
async def hand_over(request: web.Request) -> web.StreamResponse:
    """Give it to a colleague or to a department's queue."""
    said = await form(request)
    given = await request.app[DB].write(
        _hand_over, viewer_of(request), path_id(request), said.get("to", ""), said.get("why", "")
    )
    undo = f"/tasks/{path_id(request)}/handover?to={given.before}"
    return await changed(request, Toast(text=given.words, undo=undo))


@page("DELETE", "/tasks/{id}/handover")
async def hand_back(request: web.Request) -> web.StreamResponse:
    """Give it back to whoever had it, who is named in the address."""
    back = request.query.get("to", "")
    given = await request.app[DB].write(_hand_over, viewer_of(request), path_id(request), back, "")
    return await changed(request, Toast(text=given.words))


@page("POST", "/tasks/{id}/plan")
async def plan(request: web.Request) -> web.StreamResponse:
    """Put it off."""
    zone = listener().zone or request.app[COMPANY]().zone
    at = moment_in((await form(request)).get("at", ""), lambda local: local.replace(tzinfo=zone))
    planned = await _do(request, desk.plan, at)
    words = _("Planned for %(at)s: %(task)s", at=moments.when(at, zone), task=planned.title)
    return await changed(request, Toast(text=words, undo=f"/tasks/{planned.id}/plan"))


@page("DELETE", "/tasks/{id}/plan")
async def unplan(request: web.Request) -> web.StreamResponse:
    """Take back that it was put off."""
    back = await _do(request, desk.unplan)
    return await changed(request, Toast(text=_("No longer put off: %(task)s", task=back.title)))


@page("POST", "/tasks/{id}/pause")
async def pause(request: web.Request) -> web.StreamResponse:
    """Hold its clocks."""
    held = await _do(request, desk.pause, (await form(request)).get("why", ""))
    words = _("The clock is paused: %(task)s", task=held.title)
    return await changed(request, Toast(text=words, undo=f"/tasks/{held.id}/pause"))


@page("DELETE", "/tasks/{id}/pause")
async def resume(request: web.Request) -> web.StreamResponse:
    """Let its clocks run again."""
    runs = await _do(request, desk.resume)
    return await changed(request, Toast(text=_("The clock runs again: %(task)s", task=runs.title)))


@page("POST", "/tasks/{id}/contact")
async def choose_contact(request: web.Request) -> web.StreamResponse:
    """Say who it is from."""
    chosen = (await form(request)).get("contact", "")
    if chosen != "new" and not (chosen.isdecimal() and len(chosen) <= desk.ID_DIGITS):
        raise desk.Refusal(_("Choose one of the cards that were offered"))
    name, contact_id = await request.app[DB].write(
        _choose, viewer_of(request), path_id(request), None if chosen == "new" else int(chosen)
    )
    words = _("A card of its own") if chosen == "new" else _("It is %(name)s", name=name)
    return await changed(request, Toast(text=words, href=f"/contacts/{contact_id}", words=_("Open the card")))


async def _do(
    request: web.Request,
    deed: Callable[Concatenate[Session, Viewer, Task, P], None],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Task:
    """Do something with the task in the address."""

    def do(session: Session, viewer: Viewer, task_id: int) -> Task:
        found = visible(session, viewer, task_id)
        deed(session, viewer, found, *args, **kwargs)
        return found

    return await request.app[DB].write(do, viewer_of(request), path_id(request))


def visible(session: Session, viewer: Viewer, task_id: int) -> Task:
    """Give a task that this viewer sees; any other is not found, whether it is there or not."""
    found = task_for(session, viewer, task_id)
    if found is None:
        raise Problem(404, _("There is no such task, or it is not yours to see."))
    return found


def _hand_over(session: Session, viewer: Viewer, task_id: int, to: str, why: str) -> Given:
    found = visible(session, viewer, task_id)
    before = f"user:{found.assignee_id}" if found.assignee_id else f"department:{found.department_id}"
    desk.hand_over(session, viewer, found, to, why)
    if found.assignee_id is None:
        department = setup(session).departments[found.department_id or 0].name
        words = _("%(task)s: in the queue of %(department)s", task=found.title, department=department)
    elif found.assignee_id == viewer.user_id:
        words = _("%(task)s: yours now", task=found.title)
    else:
        name = session.get_one(User, found.assignee_id).name
        words = _("%(task)s: %(name)s has it now", task=found.title, name=name)
    return Given(words, before)


def _choose(session: Session, viewer: Viewer, task_id: int, other_id: int | None) -> tuple[str, int]:
    contact = contact_choices.choose_contact(session, viewer, visible(session, viewer, task_id), other_id)
    return contact.name, contact.id


def _menu(session: Session, viewer: Viewer, task_id: int) -> Menu:
    return menu_of(session, viewer, visible(session, viewer, task_id))


def _page(session: Session, viewer: Viewer, task_id: int) -> TaskPage:
    found = visible(session, viewer, task_id)
    menu = menu_of(session, viewer, found)
    row = structs.replace(menu.task, deadline=explained_deadline(session, [found]) or menu.task.deadline)
    values = structs.asdict(structs.replace(menu, task=row))
    step = form_shown(session, found) if row.asks and row.may_change else None
    return TaskPage(**values, events=history_of(session, found), here=f"/tasks/{task_id}/fragment", step=step)


def moment_in(text: str, at_home: Callable[[datetime], datetime]) -> datetime:
    """Read a time, which without a zone is the company's."""
    try:
        read = datetime.fromisoformat(text.strip())
        return (read if read.utcoffset() is not None else at_home(read)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise desk.Refusal(_("This time could not be read")) from None
