"""One person: who he is and what he may, his way in by a link, and whether he comes in at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm.rights import person_for
from crm.web import left_behind
from crm.web.person_views import Filled, PersonPage, department_options, page_of, role_choices, typed, wanted
from hub import staff
from hub.languages import _, listener
from hub.users import User, Viewer
from hub.web.frame import COMPANY, Back
from hub.web.keys import CALLER, DB
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

UNREADABLE = 422

Deed = Callable[[Session, Viewer, User], None]


@page("GET", "/people/new", role="admin")
async def new(request: web.Request) -> web.StreamResponse:
    """Ask who is to be invited."""
    return await _ask(request, Filled(), {})


@page("POST", "/people", role="admin")
async def invite(request: web.Request) -> web.StreamResponse:
    """Add somebody, and show his sign-in link this once."""
    filled = typed(await form(request))
    user_id, token, errors = await request.app[DB].write(_invite, viewer_of(request), filled)
    if errors:
        return await _ask(request, filled, errors)
    return await _show(request, user_id, link=_address(request, token))


@page("GET", "/people/{id}")
async def person(request: web.Request) -> web.StreamResponse:
    """Show one person to himself, to who leads him, and to those who see all."""
    return await _show(request, path_id(request))


@page("POST", "/people/{id}", role="admin")
async def change(request: web.Request) -> web.StreamResponse:
    """Have him be as the form says."""
    filled, user_id = typed(await form(request)), path_id(request)
    errors, left = await request.app[DB].write(_change, viewer_of(request), user_id, filled)
    if errors and is_fragment(request):
        return await _mistaken(request, user_id, filled, errors)
    if errors:
        return await _show(request, user_id, filled=filled, errors=errors)
    return await changed(
        request, Toast(text=_("Saved: %(name)s", name=filled.name) + left), back=f"/people/{user_id}"
    )


@page("POST", "/people/{id}/link", role="admin")
async def issue(request: web.Request) -> web.StreamResponse:
    """Make a new sign-in link and show it this once; older ones work no more."""
    user_id = path_id(request)
    link = _address(request, await request.app[DB].write(_issue, viewer_of(request), user_id))
    return await _show(request, user_id, link=link)


@page("DELETE", "/people/{id}/link", role="admin")
async def void(request: web.Request) -> web.StreamResponse:
    """Let his link work no more."""
    name = await request.app[DB].write(_do, staff.void_link, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("The link of %(name)s works no more", name=name)))


@page("POST", "/people/{id}/leave", role="admin")
async def leave(request: web.Request) -> web.StreamResponse:
    """Let him in no more."""
    user_id = path_id(request)
    name = await request.app[DB].write(_do, staff.disable, viewer_of(request), user_id)
    words = _("%(name)s is signed out and cannot sign in any more", name=name)
    return await changed(request, Toast(text=words, undo=f"/people/{user_id}/leave"))


@page("DELETE", "/people/{id}/leave", role="admin")
async def come_back(request: web.Request) -> web.StreamResponse:
    """Let him in again."""
    name = await request.app[DB].write(_do, staff.enable, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("%(name)s may sign in again", name=name)))


async def _ask(request: web.Request, filled: Filled, errors: Mapping[str, str]) -> web.Response:
    departments = await request.app[DB].read(department_options)
    return await render(
        request, "person_new.html", status=UNREADABLE if errors else 200, title=_("Invite somebody"), sub="",
        back=Back("/people", _("People")), form=filled, errors=errors, roles=role_choices(),
        departments=departments, may_change=True,
    )  # fmt: skip


async def _show(
    request: web.Request, user_id: int, *, link: str = "", filled: Filled | None = None,
    errors: Mapping[str, str] | None = None,
) -> web.Response:  # fmt: skip
    shown = await _read(request, user_id, filled)
    part = is_fragment(request) and not link
    response = await render(
        request, "_person.html" if part else "person.html", status=UNREADABLE if errors else 200,
        title=shown.person.name, sub=shown.role, back=Back("/people", _("People")), link=link, errors=errors or {},
        here=f"/people/{user_id}", sign_ins_of=user_id, **_values(shown),
    )  # fmt: skip
    if link:
        response.headers["Cache-Control"] = "no-store"
    return response


async def _mistaken(
    request: web.Request, user_id: int, filled: Filled, errors: Mapping[str, str]
) -> web.Response:
    """Show the form again with what is wrong with it."""
    shown = await _read(request, user_id, filled)
    response = await render(
        request, "_person_form.html", status=UNREADABLE, errors=errors, action=f"/people/{user_id}",
        **_values(shown),
    )  # fmt: skip
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#person-form", "outerHTML"
    return response


async def _read(request: web.Request, user_id: int, filled: Filled | None) -> PersonPage:
    zone, here = listener().zone or request.app[COMPANY]().zone, request[CALLER].sign_in
    return await request.app[DB].read(_page, viewer_of(request), user_id, zone, here, filled)


def _values(shown: PersonPage) -> dict[str, object]:
    return msgspec.structs.asdict(shown)


def _address(request: web.Request, token: str) -> str:
    return f"{base_url(request)}/welcome/{token}"


def _page(
    session: Session, viewer: Viewer, user_id: int, zone: ZoneInfo, here: int | None, filled: Filled | None
) -> PersonPage:
    return page_of(session, viewer, _visible(session, viewer, user_id), zone, here, filled)


def _invite(session: Session, viewer: Viewer, filled: Filled) -> tuple[int, str, Mapping[str, str]]:
    if errors := staff.faults(session, wanted(filled), None):
        return 0, "", errors
    user, token = staff.invite(session, viewer, wanted(filled))
    return user.id, token, {}


def _change(session: Session, viewer: Viewer, user_id: int, filled: Filled) -> tuple[Mapping[str, str], str]:
    user = _visible(session, viewer, user_id)
    if errors := staff.faults(session, wanted(filled), user):
        return errors, ""
    _done, left = left_behind.after(session, lambda: staff.change(session, viewer, user, wanted(filled)))
    return {}, left


def _issue(session: Session, viewer: Viewer, user_id: int) -> str:
    return staff.issue_link(session, viewer, _visible(session, viewer, user_id))


def _do(session: Session, deed: Deed, viewer: Viewer, user_id: int) -> str:
    user = _visible(session, viewer, user_id)
    deed(session, viewer, user)
    return user.name


def _visible(session: Session, viewer: Viewer, user_id: int) -> User:
    user = person_for(session, viewer, user_id)
    if user is None:
        raise Problem(404, _("There is no such person, or it is not yours to see."))
    return user
