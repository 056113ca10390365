"""The settings of a dialling list: how its people are called, and more of them; and who was stopped, put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import dial_changes, dial_making, listing, views
from crm.call_guides import LONGEST as LONGEST_SCRIPT
from crm.desk import Refusal
from crm.dial_changes import Added
from crm.dial_lists import DialList, DialPerson
from crm.dial_rights import leads, sees_dial_person, works_on
from crm.web import dial_form
from crm.web.dial_form import Form
from crm.web.dial_lists import HERE, seen, view_of
from crm.web.lists import asked_in
from hub.languages import _, ngettext
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of
from hub.web.problems import Problem

ID_DIGITS = 18


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of dial_list_settings.html."""

    id: int
    form: Form
    errors: Mapping[str, str]
    views: Sequence[tuple[str, str]]


@page("GET", "/dial-lists/{id}/settings", role="head")
async def settings(request: web.Request) -> web.StreamResponse:
    """Show how its people are called."""
    return await _show(request, await request.app[DB].read(_shown, viewer_of(request), path_id(request)))


@page("POST", "/dial-lists/{id}/settings", role="head")
async def change(request: web.Request) -> web.StreamResponse:
    """Have them be called in another way."""
    typed = dial_form.typed(await form(request))
    shown = await request.app[DB].write(_change, viewer_of(request), path_id(request), typed)
    if shown.errors:
        return await _show(request, shown)
    toast = Toast(text=_("Saved: %(name)s", name=shown.form.name))
    return await changed(request, toast, back=f"{HERE}/{path_id(request)}")


@page("POST", "/dial-lists/{id}/people", role="head")
async def add(request: web.Request) -> web.StreamResponse:
    """Put those of another view on it."""
    chosen = (await form(request)).get("view", "")
    added = await request.app[DB].write(_add, viewer_of(request), path_id(request), chosen)
    return await changed(request, Toast(text=told(added)), back=f"{HERE}/{path_id(request)}")


@page("DELETE", "/dial-lists/{id}/stops/{person}")
async def put_back(request: web.Request) -> web.StreamResponse:
    """Have somebody who was stopped be called after all."""
    await request.app[DB].write(_put_back, viewer_of(request), path_id(request), request.match_info["person"])
    return await changed(request, Toast(text=_("Back on the list")), back=f"{HERE}/{path_id(request)}")


def told(added: Added) -> str:
    """Say how many came onto a list, and why others did not."""
    parts = [ngettext("%(num)s person added", "%(num)s people added", added.people)]
    if added.known:
        parts.append(ngettext("%(num)s was on it already", "%(num)s were on it already", added.known))
    if added.left_out:
        parts.append(ngettext("%(num)s without a number is left out", "%(num)s without a number are left out",
                              added.left_out))  # fmt: skip
    return ". ".join(parts)


async def _show(request: web.Request, shown: Shown) -> web.StreamResponse:
    return await render(
        request, "dial_list_settings.html", status=dial_form.UNREADABLE if shown.errors else 200,
        title=_("Settings of the list"), sub="", back=Back(f"{HERE}/{shown.id}", shown.form.name or _("Dialling list")),
        units=dial_form.units(), longest=LONGEST_SCRIPT, **msgspec.structs.asdict(shown),
    )  # fmt: skip


def _shown(session: Session, viewer: Viewer, list_id: int) -> Shown:
    listed = _led(session, viewer, list_id)
    return Shown(id=listed.id, form=dial_form.filled(listed), errors={}, views=_views(session, viewer))


def _change(session: Session, viewer: Viewer, list_id: int, typed: Form) -> Shown:
    listed = _led(session, viewer, list_id)
    typed = msgspec.structs.replace(typed, department=str(listed.department_id))
    wanted = dial_form.wanted(typed)
    errors = dial_making.faults(wanted)
    if not errors:
        dial_changes.change(session, viewer, listed, wanted)
    return Shown(id=listed.id, form=typed, errors=errors, views=_views(session, viewer))


def _add(session: Session, viewer: Viewer, list_id: int, chosen: str) -> Added:
    listed, view = _led(session, viewer, list_id), view_of(session, viewer, chosen)
    if view is None:
        raise Refusal(_("Choose one of your views."))
    return dial_changes.add_people(session, viewer, listed, asked_in(view.query, listing.CONTACTS), view.name)


def _put_back(session: Session, viewer: Viewer, list_id: int, number: str) -> None:
    listed = seen(session, viewer, list_id)
    known = number.isascii() and number.isdigit() and len(number) <= ID_DIGITS
    wanted = select(DialPerson).where(
        DialPerson.id == (int(number) if known else 0),
        DialPerson.list_id == listed.id,
        sees_dial_person(viewer),
    )
    person = session.scalar(wanted.with_for_update())
    if person is None or not works_on(viewer, listed):
        raise Problem(404, _("Nobody of this list stands at this address, or he is not yours to see."))
    dial_changes.put_back(session, viewer, person)


def _led(session: Session, viewer: Viewer, list_id: int) -> DialList:
    listed = seen(session, viewer, list_id)
    if not leads(viewer, listed.department_id):
        raise Problem(404, _("There is no such list, or another department works on it."))
    return listed


def _views(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    return [(str(each.id), each.name) for each in views.views_of(session, viewer, listing.CONTACTS.name)]
