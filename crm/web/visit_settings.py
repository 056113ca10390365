"""How the company makes visits and what customers are told of them; and everybody's own calendar elsewhere."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from crm import appointment_news, appointments, diaries
from crm.appointments import Manner
from crm.desk import Refusal
from crm.web.visit_form import HERE
from hub import audit
from hub.languages import LANGUAGES, N_, _
from hub.users import Viewer
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, page, render, see_other, viewer_of
from hub.web.problems import Problem

RULES, FEED = "/visit-settings", "/my-calendar"
KIND = "visit_settings"
UNREADABLE = 422
DIGITS, MOST = 5, 480  # of minutes
NAMES = ("minutes", "travel", "invites", "reminds", "language", "words_en", "words_sv")

add_room(
    Room(href=RULES, name=N_("Visits"), icon="calendar", order=65, role="manager", within="/settings",
         about=N_("How long they take, and what customers are told"))
)  # fmt: skip
add_room(
    Room(href=FEED, name=N_("My calendar elsewhere"), icon="calendar", order=2, within="/settings",
         about=N_("A secret address by which your calendar program shows your visits"))
)  # fmt: skip


@page("GET", RULES, role="manager")
async def rules(request: web.Request) -> web.StreamResponse:
    """Show how visits are made."""
    known = await request.app[DB].read(_known)
    return await render(
        request, "visit_settings.html", title=_("Visits"), back=Back("/settings", _("Settings")), known=known,
        languages=list(LANGUAGES.items()), blanks=[f"{{{each}}}" for each in appointment_news.BLANKS],
    )  # fmt: skip


@page("POST", RULES, role="manager")
async def keep_rules(request: web.Request) -> web.StreamResponse:
    """Have visits be made so."""
    await request.app[DB].write(_keep, viewer_of(request), await form(request))
    return await changed(request, Toast(text=_("Saved")), back=RULES)


@page("GET", FEED)
async def feed(request: web.Request) -> web.StreamResponse:
    """Show whether my calendar stands open to a program."""
    return await _show(request, "")


@page("POST", FEED)
async def open_feed(request: web.Request) -> web.StreamResponse:
    """Make an address, and show it this once."""
    secret = await request.app[DB].write(_open, viewer_of(request))
    return await _show(request, f"{base_url(request)}/calendar/{secret}")


@page("DELETE", FEED)
async def close_feed(request: web.Request) -> web.StreamResponse:
    """Have the address open nothing any more."""
    viewer = viewer_of(request)
    await request.app[DB].write(diaries.close_feed, viewer, viewer.user_id or 0)
    return see_other(FEED)


@page("GET", "/calendar/{feed}", role=None)
async def calendar(request: web.Request) -> web.StreamResponse:
    """Give somebody's visits to whoever has the secret address."""
    content = await request.app[DB].read(diaries.feed, request.match_info["feed"], base_url(request))
    if content is None:
        raise Problem(404, _("There is no calendar at this address, or it was taken back."))
    return web.Response(
        body=content,
        headers={
            "Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, no-store",
            "Content-Disposition": 'inline; filename="visits.ics"', "X-Robots-Tag": "noindex",
        },
    )  # fmt: skip


async def _show(request: web.Request, address: str) -> web.StreamResponse:
    row = await request.app[DB].read(diaries.diary_of, viewer_of(request).user_id or 0)
    response = await render(
        request, "my_calendar.html", title=_("My calendar elsewhere"), back=Back("/settings", _("Settings")),
        address=address, since=row.feed_since if row else None, here=HERE,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


def _open(session: Session, viewer: Viewer) -> str:
    if viewer.user_id is None:
        raise Refusal(_("Only a person has a calendar."))
    return diaries.open_feed(session, viewer, viewer.user_id)


def _known(session: Session) -> dict[str, object]:
    row = appointments.manner(session)
    return {name: getattr(row, name) for name in NAMES}


def _keep(session: Session, viewer: Viewer, said: dict[str, str]) -> None:
    before = _known(session)
    after: dict[str, object] = {
        "minutes": _minutes(said.get("minutes", ""), 5), "travel": _minutes(said.get("travel", ""), 0),
        "invites": bool(said.get("invites")), "reminds": bool(said.get("reminds")),
        "language": said["language"] if said.get("language") in LANGUAGES else before["language"],
        **{name: said.get(name, "").strip()[: appointment_news.LONGEST] for name in ("words_en", "words_sv")},
    }  # fmt: skip
    row = session.get(Manner, 1)
    if row is None:
        row = Manner(id=1)
        session.add(row)
    for name, value in after.items():
        setattr(row, name, value)
    if changes := audit.differences(before, after):
        audit.record(session, viewer, audit.CHANGED, KIND, 0, changes=changes)


def _minutes(text: str, least: int) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < DIGITS and least <= int(text) <= MOST):
        raise Problem(UNREADABLE, _("Say it in whole minutes, at most eight hours."))
    return int(text)
