"""How a page is declared and rendered.

    @page("GET", "/today", role="agent")
    async def today(request: web.Request) -> web.StreamResponse:
        view = await request.app[DB].read(todays_view, viewer_of(request))
        return await render(request, "today.html", title=_("Today"), **view)

A page names the least role that may open it (None: everybody, signed in or not); rights on records come from
the page's own call. A template whose name begins with an underscore is a fragment and gets `me` alone; a
whole page gets everything that shell.html asks for. A change answers `changed(request, Toast(text="Done"))`.
Its DELETE is also reached by a form's POST with `_method=delete`, since browsers cannot send DELETE by
themselves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

import msgspec
from aiohttp import web

from hub.languages import N_, _
from hub.preferences import Preferences
from hub.said import to_json
from hub.shapes import decode
from hub.users import ROLE_NAMES, Role, Viewer
from hub.web.frame import COMPANY, FRAME, Frame, navigation, way_back
from hub.web.keys import CALLER, DB, DEFAULT, TEMPLATES
from hub.web.origin import came_from, is_secure
from hub.web.problems import Problem

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

LARGEST_ID = 2**63 - 1
ID_DIGITS = 19
LARGEST_FORM = 1024 * 1024
TOAST_COOKIE = "ringback-toast"
TOAST_SECONDS = 30
LEAST = {
    "head": N_("This is for heads of department, managers and admins."),
    "manager": N_("This is for managers and admins."),
    "admin": N_("This is for admins."),
}


class Page(msgspec.Struct, frozen=True):
    """One declared page: who answers, and the least role that may ask."""

    method: Method
    path: str
    role: Role | None
    handler: Handler


class Toast(msgspec.Struct, frozen=True, kw_only=True):
    """What was just done, or why not, with the way back: an address whose DELETE undoes it, and a link."""

    text: str
    refused: bool = False
    undo: str = ""
    href: str = ""
    words: str = ""


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """The viewer as templates show him; `dials` says that a telephone of his is known.

    `softphone`: his browser can be one.
    """

    id: int | None
    name: str
    mail: str
    initials: str
    role: str
    department: str = ""
    presence: str = "free"
    presence_words: str = ""
    preferences: Preferences = DEFAULT
    dials: bool = False
    softphone: bool = False


PAGES: list[Page] = []


def page(method: Method, path: str, *, role: Role | None = "agent") -> Callable[[Handler], Handler]:
    """Declare a page. `install` adds all that are declared by then."""

    def declare(handler: Handler) -> Handler:
        PAGES.append(Page(method, path, role, handler))
        return handler

    return declare


def viewer_of(request: web.Request) -> Viewer:
    """Give who asks; behind `page` and `endpoint` there is always somebody."""
    viewer = request[CALLER].viewer
    if viewer is None:
        raise Problem(401, _("Sign in first."))
    return viewer


def is_fragment(request: web.Request) -> bool:
    """Tell whether a script asks for a part of a page, rather than a browser for all of it."""
    return "HX-Request" in request.headers


def path_id(request: web.Request, name: str = "id") -> int:
    """Give the number in the address; what cannot be an id is not found."""
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit() and len(text) <= ID_DIGITS and 0 < int(text) <= LARGEST_ID):
        raise Problem(404, _("There is nothing at this address."))
    return int(text)


async def form(request: web.Request, largest: int = LARGEST_FORM) -> dict[str, str]:
    """Give the fields of a posted form, the last of each name. What is no form at all is a problem.

    `largest` is what it may have in bytes; how many fields it may have is the application's to say.
    """
    if (request.content_length or 0) > largest:
        raise Problem(413, _("This form is larger than anybody writes."))
    try:
        fields = await request.post()
    except web.HTTPRequestEntityTooLarge:
        raise Problem(413, _("This form is larger than anybody writes.")) from None
    except (ValueError, LookupError) as error:
        raise Problem(400, _("This form could not be read.")) from error
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    if any("\0" in value for value in texts.values()):
        raise Problem(422, _("A text holds a character that cannot be kept (NUL)."))
    return texts


async def render(
    request: web.Request, template: str, *, status: int = 200, **context: object
) -> web.Response:
    """Render a page or a fragment for who asks."""
    viewer = request[CALLER].viewer
    if template.startswith("_"):
        around: Mapping[str, object] = {"me": _me(request, viewer, Frame()) if viewer else None}
    else:
        around = await _around(request, viewer)
    html = request.app[TEMPLATES].get_template(template).render({**around, **context})
    response = web.Response(text=html, status=status, content_type="text/html")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "HX-Request, Cookie"
    if "toast" in around and not context.get("toast"):
        response.del_cookie(TOAST_COOKIE)
    return response


async def changed(request: web.Request, toast: Toast, *, back: str = "", status: int = 200) -> web.Response:
    """Answer a change: with the toast, or without scripts with the page it came from, which shows it."""
    if is_fragment(request):
        return await render(request, "_toast.html", status=status, toast=toast)
    response = see_other(back or came_from(request) or "/")
    response.set_cookie(
        TOAST_COOKIE,
        quote(to_json(toast)),
        max_age=TOAST_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=is_secure(request),
    )
    return response


def see_other(address: str) -> web.Response:
    """Send the browser on to another page."""
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


async def _around(request: web.Request, viewer: Viewer | None) -> dict[str, object]:
    """Give what the frame shows."""
    company = request.app[COMPANY]()
    known: dict[str, object] = {"company": company.name, "company_line": company.line, "me": None}
    if viewer is None:
        return known
    frame = await request.app[DB].read(request.app[FRAME], viewer)
    known |= {
        "me": _me(request, viewer, frame),
        "nav": navigation(viewer, request.path, frame.counts),
        "at": request.path,
        "back": way_back(request.path),
        "alarms_open": frame.alarms_open,
    }
    toast = _kept_toast(request)
    return known | ({"toast": toast} if toast else {})


def _me(request: web.Request, viewer: Viewer, frame: Frame) -> Me:
    initials = "".join(word[0] for word in viewer.name.split()[:2]).upper()
    return Me(
        id=viewer.user_id,
        name=viewer.name,
        mail=request[CALLER].mail,
        initials=initials,
        role=_(ROLE_NAMES.get(viewer.role, viewer.role)),
        department=frame.department,
        presence=frame.presence,
        presence_words=frame.presence_words,
        preferences=request[CALLER].preferences,
        dials=bool(request[CALLER].extension),
        softphone=frame.softphone,
    )


def _kept_toast(request: web.Request) -> Toast | None:
    kept = request.cookies.get(TOAST_COOKIE)
    try:
        return decode(unquote_to_bytes(kept), Toast) if kept else None
    except msgspec.MsgspecError:
        return None
