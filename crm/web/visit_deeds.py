"""What can be done with a visit: moved, done with the form of its task, called off, or found in vain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session
from yarl import URL

from crm import appointment_changes, appointment_deeds, appointment_late_words, desk
from crm.appointment_times import read_moment
from crm.appointments import Appointment
from crm.desk import Refusal
from crm.tasks import Task
from crm.web.visit_form import HERE
from crm.web.visit_views import number, visible
from crm.web.visit_words import names_of, when
from crm.web.zones import zone_of
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, viewer_of

P = ParamSpec("P")
T = TypeVar("T")

ANSWER = "answer."


class Moved(NamedTuple):
    """What was moved, in words, and where it was."""

    words: str
    was_at: datetime
    was_of: int


@page("POST", f"{HERE}/{{id}}/moves")
async def move(request: web.Request) -> web.StreamResponse:
    """Have a visit be at another time, or of somebody else."""
    said = await form(request)
    moved = await _do(request, _move, said.get("at", ""), said.get("person", ""))
    undo = URL(f"{HERE}/{path_id(request)}/moves").with_query(
        {"at": moved.was_at.isoformat(), "person": str(moved.was_of)}
    )
    return await changed(
        request, Toast(text=_("Moved: %(visit)s", visit=moved.words), undo=str(undo)), back=HERE
    )


@page("DELETE", f"{HERE}/{{id}}/moves")
async def move_back(request: web.Request) -> web.StreamResponse:
    """Have it be where it was, which stands in the address."""
    moved = await _do(request, _move, request.query.get("at", ""), request.query.get("person", ""))
    return await changed(request, Toast(text=_("Back: %(visit)s", visit=moved.words)), back=HERE)


@page("POST", f"{HERE}/{{id}}/completion")
async def complete(request: web.Request) -> web.StreamResponse:
    """Say that it is done, with what the form of its task asks for. What comes too late for that becomes a note."""
    said = await form(request)
    answers = {name.removeprefix(ANSWER): value for name, value in said.items() if name.startswith(ANSWER)}
    toast = await _do(request, _complete, answers)
    return await changed(request, toast, back=f"{HERE}/{path_id(request)}")


@page("POST", f"{HERE}/{{id}}/cancellation")
async def cancel(request: web.Request) -> web.StreamResponse:
    """Call it off."""
    words = await _do(request, _cancel, (await form(request)).get("why", ""))
    undo = f"{HERE}/{path_id(request)}/cancellation"
    toast = Toast(text=_("Cancelled: %(visit)s", visit=words), undo=undo)
    return await changed(request, toast, back=f"{HERE}/{path_id(request)}")


@page("DELETE", f"{HERE}/{{id}}/cancellation")
async def restore(request: web.Request) -> web.StreamResponse:
    """Have it take place after all."""
    words = await _do(request, _restore)
    toast = Toast(text=_("It takes place: %(visit)s", visit=words))
    return await changed(request, toast, back=f"{HERE}/{path_id(request)}")


@page("POST", f"{HERE}/{{id}}/miss")
async def miss(request: web.Request) -> web.StreamResponse:
    """Say that nobody was there."""
    words = await _do(request, _miss)
    toast = Toast(text=_("In vain: %(visit)s. Its task needs another time.", visit=words))
    return await changed(request, toast, back=f"{HERE}/{path_id(request)}")


async def _do(
    request: web.Request, deed: Callable[Concatenate[Session, Viewer, Appointment, P], T], *args: P.args,
    **kwargs: P.kwargs,
) -> T:  # fmt: skip
    def do(session: Session, viewer: Viewer, appointment_id: int) -> T:
        return deed(session, viewer, visible(session, viewer, appointment_id), *args, **kwargs)

    return await request.app[DB].write(do, viewer_of(request), path_id(request))


def _move(session: Session, viewer: Viewer, row: Appointment, at: str, person: str) -> Moved:
    was_at, was_of, plan = row.starts_at, row.person_id, appointment_changes.plan_of(row)
    moment = read_moment(at, zone_of(session))
    wanted = msgspec.structs.replace(plan, starts_at=moment, person_id=number(person) or plan.person_id)
    appointment_changes.change(session, viewer, row, wanted)
    return Moved(_words(session, row), was_at, was_of)


def _complete(session: Session, viewer: Viewer, row: Appointment, answers: dict[str, str]) -> Toast:
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is None or task.done_at is not None or not row.is_planned:
        return _too_late(session, viewer, row, task, answers)
    desk.complete(session, viewer, task, answers=answers)
    return Toast(text=_("Done: %(visit)s", visit=_words(session, row)))


def _too_late(
    session: Session, viewer: Viewer, row: Appointment, task: Task | None, answers: dict[str, str]
) -> Toast:
    if not appointment_late_words.keep(session, viewer, row, task, answers):
        raise Refusal(_("This visit is over already."))
    text = _("This visit is over already. What you wrote is a note on the card.")
    return Toast(text=text, href=f"/contacts/{row.contact_id}", words=_("The card"))


def _cancel(session: Session, viewer: Viewer, row: Appointment, why: str) -> str:
    appointment_deeds.cancel(session, viewer, row, why)
    return _words(session, row)


def _restore(session: Session, viewer: Viewer, row: Appointment) -> str:
    appointment_deeds.restore(session, viewer, row)
    return _words(session, row)


def _miss(session: Session, viewer: Viewer, row: Appointment) -> str:
    appointment_changes.miss(session, viewer, row)
    return _words(session, row)


def _words(session: Session, row: Appointment) -> str:
    name = names_of(session, {row.contact_id})[row.contact_id]
    return _("%(name)s, %(when)s", name=name, when=when(row, zone_of(session)))
