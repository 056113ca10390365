"""Custom fields: made, named, ordered, grouped, kept from some eyes, computed, retired and brought back."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import field_changes
from crm.contact_search import matching
from crm.contacts import Contact
from crm.desk import Refusal
from crm.fields import CustomField
from crm.rights import sees_contact
from crm.setup import setup
from crm.web.field_form import Filled, Preview, empty, filled, preview_of, proposal, typed
from crm.web.field_views import Choices, FieldList, choices, listed
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

UNREADABLE = 422
HOME = "/fields"

add_room(
    Room(href=HOME, name=N_("Fields"), icon="form", order=60, role="manager", within="/settings",
         about=N_("What you want to know of every contact, in which order, and who may see it"))
)  # fmt: skip


@page("GET", "/fields", role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show all fields in their order, and those that were retired."""
    shown: FieldList = await request.app[DB].read(listed)
    template = "_fields.html" if is_fragment(request) else "fields.html"
    return await render(request, template, title=_("Fields"), list=shown)


@page("GET", "/fields/new", role="manager")
async def new(request: web.Request) -> web.StreamResponse:
    """Show an empty form."""
    return await _show(request, 0, empty())


@page("GET", "/fields/{id}", role="manager")
async def one(request: web.Request) -> web.StreamResponse:
    """Show one field, to be changed."""
    field_id = path_id(request)
    return await _show(request, field_id, await request.app[DB].read(_filled, field_id))


@page("POST", "/fields/preview", role="manager")
async def preview(request: web.Request) -> web.StreamResponse:
    """Show what an expression gives for a real contact, while it is being written."""
    said = await form(request)
    shown = await request.app[DB].read(
        _preview, viewer_of(request), said.get("name", ""), said.get("expression", ""), said.get("of", "")
    )
    return await render(request, "_field_preview.html", preview=shown)


@page("POST", "/fields", role="manager")
async def make(request: web.Request) -> web.StreamResponse:
    """Make a field."""
    return await _keep(request, 0)


@page("POST", "/fields/{id}", role="manager")
async def change(request: web.Request) -> web.StreamResponse:
    """Change a field."""
    return await _keep(request, path_id(request))


@page("POST", "/fields/{id}/position", role="manager")
async def move(request: web.Request) -> web.StreamResponse:
    """Put a field before another one, or one place up or down."""
    to = (await form(request)).get("to", "")
    words = await request.app[DB].write(_move, viewer_of(request), path_id(request), to)
    return await changed(request, Toast(text=words), back=HOME)


@page("POST", "/fields/{id}/retirement", role="manager")
async def retire(request: web.Request) -> web.StreamResponse:
    """Take a field off all cards; what contacts have in it is kept."""
    field_id = path_id(request)
    label = await request.app[DB].write(_retire, viewer_of(request), field_id, retired=True)
    toast = Toast(text=_("Retired: %(field)s", field=label), undo=f"/fields/{field_id}/retirement")
    return await changed(request, toast, back=HOME)


@page("DELETE", "/fields/{id}/retirement", role="manager")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Put a retired field on all cards again."""
    label = await request.app[DB].write(_retire, viewer_of(request), path_id(request), retired=False)
    return await changed(request, Toast(text=_("Brought back: %(field)s", field=label)), back=HOME)


async def _show(request: web.Request, field_id: int, shown: Filled, status: int = 200) -> web.StreamResponse:
    offered: Choices = await request.app[DB].read(choices)
    look = await request.app[DB].read(_preview, viewer_of(request), shown.name, shown.expression, "")
    return await render(
        request, "field.html", status=status, title=shown.label or _("New field"), filled=shown, offered=offered,
        preview=look, action=f"/fields/{field_id}" if field_id else HOME, field_id=field_id,
        back={"href": HOME, "words": _("Back to the fields")},
    )  # fmt: skip


async def _keep(request: web.Request, field_id: int) -> web.StreamResponse:
    said = await request.post()
    wanted = typed(await form(request), [str(each) for each in said.getall("see", [])],
                   [str(each) for each in said.getall("edit", [])])  # fmt: skip
    kept = await request.app[DB].write(_save, viewer_of(request), field_id, wanted)
    if isinstance(kept, Filled):
        if is_fragment(request):
            raise Problem(UNREADABLE, ". ".join(kept.errors.values()))
        return await _show(request, field_id, kept, UNREADABLE)
    return await changed(request, Toast(text=_("Saved: %(field)s", field=kept)), back=HOME)


def _filled(session: Session, field_id: int) -> Filled:
    return filled(_field(session, field_id))


def _save(session: Session, viewer: Viewer, field_id: int, wanted: Filled) -> Filled | str:
    field = _field(session, field_id) if field_id else None
    read = proposal(session, field, wanted)
    if isinstance(read, Filled):
        return read
    kept = field_changes.save(session, viewer, field, read)
    return kept.label


def _preview(session: Session, viewer: Viewer, name: str, expression: str, of: str) -> Preview:
    seen = select(Contact).where(Contact.merged_into_id.is_(None), sees_contact(viewer))
    if of.strip():
        seen = seen.where(matching(of[:100], setup(session).company.country))
    contact = session.scalars(seen.order_by(Contact.changed_at.desc(), Contact.id.desc()).limit(1)).first()
    return preview_of(session, viewer, contact, name, expression)


def _move(session: Session, viewer: Viewer, field_id: int, to: str) -> str:
    field = _field(session, field_id)
    order = [each.id for each in setup(session).shown_fields if each.id != field_id]
    place = next((n for n, each in enumerate(setup(session).shown_fields) if each.id == field_id), 0)
    if to in {"up", "down"}:
        place += 1 if to == "down" else -1
    elif to.isdecimal() and len(to) < 6:  # noqa: PLR2004 - a place among some fields
        place = int(to)
    else:
        raise Refusal(_("Say where it goes"))
    place = max(0, min(place, len(order)))
    field_changes.arrange(session, viewer, [*order[:place], field_id, *order[place:]])
    return _("%(field)s is number %(place)s now", field=field.label, place=place + 1)


def _retire(session: Session, viewer: Viewer, field_id: int, *, retired: bool) -> str:
    field = _field(session, field_id)
    field_changes.retire(session, viewer, field, retired=retired)
    return field.label


def _field(session: Session, field_id: int) -> CustomField:
    field = session.get(CustomField, field_id)
    if field is None:
        raise Problem(404, _("There is no such field."))
    return field
