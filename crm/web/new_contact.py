"""Making a contact by hand, with a warning while typing where he may be here already."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import contacts, desk
from crm.contacts import MAIL, PHONE, Contact, identity
from crm.desk import Refusal
from crm.setup import setup
from crm.web.filters import Pairs
from crm.web.similar import Link, alike
from hub import audit
from hub.languages import _
from hub.users import User, Viewer, active_users
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, render, viewer_of

LONGEST = 200
UNREADABLE = 422

Said = Mapping[str, str]


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong with what was typed, by field."""

    errors: dict[str, str]


@page("GET", "/contacts/new")
async def empty(request: web.Request) -> web.StreamResponse:
    """Show the form; a script that asks with what was typed gets whoever is like that."""
    said = {name: value.replace("\0", "")[:LONGEST] for name, value in request.query.items()}
    if is_fragment(request) and "name" in said:
        return await render(request, "_alike.html", alike=await _alike(request, said))
    return await _shown(request, said, {})


@page("POST", "/contacts/new")
async def make(request: web.Request) -> web.StreamResponse:
    """Make the contact."""
    said = {name: " ".join(value.split())[:LONGEST] for name, value in (await form(request)).items()}
    made = await request.app[DB].write(_make, viewer_of(request), said)
    if isinstance(made, Wrong):
        return await _shown(request, said, made.errors, status=UNREADABLE)
    card = f"/contacts/{made}"
    if not is_fragment(request):
        return await changed(request, Toast(text=_("The card is made")), back=card)
    return web.Response(status=204, headers={"HX-Redirect": card})


async def _shown(
    request: web.Request, said: Said, errors: Mapping[str, str], *, status: int = 200
) -> web.StreamResponse:  # fmt: skip
    viewer = viewer_of(request)
    departments, people = await request.app[DB].read(_choices)
    return await render(
        request, "new_contact.html", status=status, title=_("New contact"), said=said, errors=errors,
        alike=await _alike(request, said), back=Back("/contacts", _("Contacts")), departments=departments,
        people=people, mine=str(viewer.user_id or ""), department=str(viewer.department_id or ""),
    )  # fmt: skip


async def _alike(request: web.Request, said: Said) -> list[Link]:
    name, phone, mail = (said.get(key, "") for key in ("name", "phone", "mail"))
    return await request.app[DB].read(alike, viewer_of(request), name, phone, mail)


def _make(session: Session, viewer: Viewer, said: Said) -> int | Wrong:
    country = setup(session).company.country
    errors = _errors(session, said, country)
    if errors:
        return Wrong(errors)
    handles = identity(said.get("phone", ""), said.get("mail", ""), country).handles
    responsible, department = _whose(session, viewer, said)
    firm = contacts.organisation(session, said["organisation"]).id if said.get("organisation") else None
    made = contacts.add_contact(
        session, said.get("name", ""), handles, organisation_id=firm, responsible_id=responsible,
        department_id=department,
    )  # fmt: skip
    audit.record(session, viewer, audit.MADE, "contact", made)
    desk.contact_changed(session, session.get_one(Contact, made))
    return made


def _errors(session: Session, said: Said, country: str) -> dict[str, str]:
    """Say what cannot be kept so: nobody is made twice under one number or address."""
    errors: dict[str, str] = {}
    if not any(said.get(key) for key in ("name", "phone", "mail")):
        errors["name"] = _("Write a name, a number or an address")
    for key, kind in (("phone", PHONE), ("mail", MAIL)):
        typed = said.get(key, "")
        read = identity(typed if kind == PHONE else "", typed if kind == MAIL else "", country).handles
        if typed and not read:
            errors[key] = _("This is no phone number") if kind == PHONE else _("This is no mail address")
        elif any(contacts.find(session, *handle) is not None for handle in read):
            errors[key] = _("Somebody has it already")
    return errors


def _whose(session: Session, viewer: Viewer, said: Said) -> tuple[int | None, int | None]:
    """Read whose contact it is; his maker's department's, where nothing is said: else he could not see it."""
    responsible = session.get(User, _number(said.get("responsible", "")))
    department = _number(said.get("department", ""))
    if department and department not in setup(session).departments:
        raise Refusal(_("Choose a department that is still here"))
    if responsible is None and not department:
        own = viewer.user_id if viewer.department_id is None and not viewer.sees_all else None
        return own, viewer.department_id
    return responsible.id if responsible else None, department or (
        responsible.department_id if responsible else None
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004 - 64 bits


def _choices(session: Session) -> tuple[Pairs, Pairs]:
    departments = [(str(each.id), each.name) for each in setup(session).departments.values()]
    return departments, [(str(user.id), user.name) for user in active_users(session)]
