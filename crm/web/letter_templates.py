"""What people write again and again: templates of letters, canned answers, and the signatures of departments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import letter_templates, signatures
from crm.letter_blanks import BLANKS
from crm.letter_templates import LetterTemplate, Wording
from crm.web import left_behind
from crm.web.composer import whole_number
from hub.languages import N_, _
from hub.users import Department, Viewer
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HERE = "/letter-templates"
UNREADABLE = 422

add_room(
    Room(href=HERE, name=N_("Templates"), icon="doc", order=73, role="head", within="/settings",
         about=N_("Letters and answers that are written again and again, and each department's signature"))
)  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One template, as its form shows it."""

    id: int
    name: str
    shortcut: str
    subject: str
    text: str
    department: int
    retired: bool


class Signed(msgspec.Struct, frozen=True):
    """A department and its signature."""

    id: int
    name: str
    text: str


class Shown(msgspec.Struct, frozen=True):
    """The values of letter_templates.html. `places` are whose a template can be, as pairs of id and name."""

    templates: Sequence[Row]
    places: Sequence[tuple[int, str]]
    signed: Sequence[Signed]
    blanks: Sequence[tuple[str, str]]


@page("GET", HERE, role="head")
async def templates(request: web.Request) -> web.StreamResponse:
    """Show those that I change."""
    shown = await request.app[DB].read(_shown, viewer_of(request))
    return await render(
        request, "_letter_templates.html" if is_fragment(request) else "letter_templates.html",
        title=_("Templates"), back=Back("/settings", _("Settings")), **msgspec.structs.asdict(shown),
    )  # fmt: skip


@page("POST", HERE, role="head")
async def add(request: web.Request) -> web.StreamResponse:
    """Add one."""
    wording = await request.app[DB].write(_make, viewer_of(request), await form(request))
    return await changed(request, Toast(text=_("New: %(name)s", name=wording.name)), back=HERE)


@page("POST", "/letter-templates/{id}", role="head")
async def change(request: web.Request) -> web.StreamResponse:
    """Have it be as the form says."""
    name = await request.app[DB].write(_change, viewer_of(request), path_id(request), await form(request))
    return await changed(request, Toast(text=_("Saved: %(name)s", name=name)), back=HERE)


@page("DELETE", "/letter-templates/{id}", role="head")
async def retire(request: web.Request) -> web.StreamResponse:
    """Have it offered no more."""
    name = await request.app[DB].write(_retire, viewer_of(request), path_id(request))
    undo = f"{HERE}/{path_id(request)}/retirement"
    return await changed(request, Toast(text=_("Retired: %(name)s", name=name), undo=undo), back=HERE)


@page("DELETE", "/letter-templates/{id}/retirement", role="head")
async def take_up(request: web.Request) -> web.StreamResponse:
    """Have it offered again."""
    name = await request.app[DB].write(_take_up, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Can be chosen again: %(name)s", name=name)), back=HERE)


@page("POST", "/signatures/{id}", role="head")
async def sign(request: web.Request) -> web.StreamResponse:
    """Have this stand below the letters of a department's people who have none of their own."""
    text = (await form(request)).get("text", "")
    await request.app[DB].write(_sign, viewer_of(request), path_id(request), text)
    return await changed(request, Toast(text=_("Saved")), back=HERE)


def _shown(session: Session, viewer: Viewer) -> Shown:
    led = [each for each in _departments(session) if letter_templates.leads(viewer, each.id)]
    everybody = [(0, _("Everybody"))] if viewer.sees_all else []
    rows = letter_templates.templates_led(session, viewer)
    return Shown(
        [Row(id=each.id, name=each.name, shortcut=each.shortcut, subject=each.subject, text=each.text,
             department=each.department_id or 0, retired=each.retired_at is not None) for each in rows],
        [*everybody, *((each.id, each.name) for each in led)],
        [Signed(each.id, each.name, signatures.text_of(session, department_id=each.id)) for each in led],
        [(f"{{{name}}}", _(words)) for name, words in BLANKS.items()],
    )  # fmt: skip


def _departments(session: Session) -> Sequence[Department]:
    return session.scalars(
        select(Department).where(Department.retired_at.is_(None)).order_by(Department.name)
    ).all()


def _make(session: Session, viewer: Viewer, said: Mapping[str, str]) -> Wording:
    wording = _wording(viewer, said)
    _check(letter_templates.faults(session, wording))
    letter_templates.make(session, viewer, wording)
    return wording


def _change(session: Session, viewer: Viewer, template_id: int, said: Mapping[str, str]) -> str:
    template = _led(session, viewer, template_id)
    wording = _wording(viewer, said)
    _check(letter_templates.faults(session, wording, template))
    _done, left = left_behind.after(
        session, lambda: letter_templates.change(session, viewer, template, wording)
    )
    return wording.name + left


def _retire(session: Session, viewer: Viewer, template_id: int) -> str:
    template = _led(session, viewer, template_id)
    _done, left = left_behind.after(session, lambda: letter_templates.retire(session, viewer, template))
    return template.name + left


def _take_up(session: Session, viewer: Viewer, template_id: int) -> str:
    template = _led(session, viewer, template_id)
    letter_templates.take_up(session, viewer, template)
    return template.name


def _sign(session: Session, viewer: Viewer, department_id: int, text: str) -> None:
    place = session.get(Department, department_id)
    if place is None or not letter_templates.leads(viewer, place.id):
        raise Problem(404, _("There is no such department, or it is not yours to lead."))
    if words := signatures.fault(text):
        raise Problem(UNREADABLE, words)
    signatures.write(session, viewer, text, department_id=place.id)


def _led(session: Session, viewer: Viewer, template_id: int) -> LetterTemplate:
    found = letter_templates.template_led(session, viewer, template_id)
    if found is None:
        raise Problem(404, _("There is no such template, or it is not yours to change."))
    return found


def _wording(viewer: Viewer, said: Mapping[str, str]) -> Wording:
    department_id = whole_number(said.get("department", "")) or None
    if not letter_templates.leads(viewer, department_id):
        department_id = viewer.department_id
    if not letter_templates.leads(viewer, department_id):
        raise Problem(403, _("You lead no department: ask a manager to write it."))
    return Wording(
        name=" ".join(said.get("name", "").split()), shortcut=said.get("shortcut", "").strip().lstrip("/").lower(),
        subject=" ".join(said.get("subject", "").split()), text=said.get("text", "").replace("\r\n", "\n").strip(),
        department_id=department_id,
    )  # fmt: skip


def _check(faults: Mapping[str, str]) -> None:
    if faults:
        raise Problem(UNREADABLE, " ".join(faults.values()))
