"""A new task, on a page of its own or in a dialog above any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session
from yarl import URL

from crm import wishes
from crm.contacts import Contact, handles_of
from crm.desk import ID_DIGITS
from crm.rights import contact_for
from crm.search import people_matching
from crm.setup import setup
from crm.web.names import called, reach
from crm.wishes import Wish
from hub.clock import now
from hub.languages import _, listener
from hub.users import Viewer, active_users
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, render, viewer_of
from hub.web.palette import Found, add_finder

UNREADABLE = 422
FITTING = 6
LONGEST_SEARCH = 100
PREFILLED, TYPED = ("title", "to", "contact_id", "at", "note"), 200

Values = Mapping[str, str]


class Fits(msgspec.Struct, frozen=True):
    """A contact that is meant, perhaps."""

    id: int
    name: str
    reach: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed, read as far as it can be; `errors` say by field what is wrong."""

    wish: Wish
    errors: dict[str, str]
    fitting: Sequence[Fits] = ()


@page("GET", "/tasks/new")
async def new_task(request: web.Request) -> web.StreamResponse:
    """Show the form, filled as far as the link knows: title, contact, to, time, note."""
    known = {name: request.query.get(name, "").replace("\0", "")[:TYPED] for name in PREFILLED}
    return await _show(request, known)


@page("GET", "/tasks/new/contacts")
async def contacts(request: web.Request) -> web.StreamResponse:
    """Show who fits what is being typed."""
    words = request.query.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    found = await request.app[DB].read(fitting, viewer_of(request), words) if words else []
    return await render(request, "_contact_offers.html", q=words, fitting=found)


@page("POST", "/tasks")
async def add(request: web.Request) -> web.StreamResponse:
    """Make the task, or say what is wrong."""
    said = await form(request)
    made = await request.app[DB].write(_add, viewer_of(request), said)
    if isinstance(made, Asked):
        return await _show(request, said, made)
    title = " ".join(said.get("title", "").split())
    return await changed(
        request, Toast(text=_("New task: %(title)s", title=title), href=f"/tasks/{made}", words=_("Open")),
        back=f"/contacts/{said['contact_id']}" if said.get("contact_id", "").isdecimal() else "/today",
    )  # fmt: skip


def _add(session: Session, viewer: Viewer, said: Values) -> int | Asked:
    asked = _read(session, viewer, said)
    return asked if asked.errors else wishes.add(session, viewer, asked.wish)


def _read(session: Session, viewer: Viewer, said: Values) -> Asked:
    errors, title = {}, said.get("title", "").strip()
    if not title:
        errors["title"] = _("Say what is to be done.")
    contact, candidates = chosen_contact(session, viewer, said)
    if contact is None and said.get("contact", "").strip():
        errors["contact"] = _("Several fit: choose one.") if candidates else _("Nobody fits this.")
    planned_for = _moment(said.get("at", ""), listener().zone or ZoneInfo(setup(session).company.zone))
    if said.get("at", "").strip() and (planned_for is None or planned_for <= now()):
        errors["at"] = _("Choose a time that is still to come.")
    wish = Wish(title, said.get("to", ""), contact, planned_for, said.get("note", ""))
    return Asked(wish=wish, errors=errors, fitting=candidates)


def chosen_contact(session: Session, viewer: Viewer, said: Values) -> tuple[Contact | None, Sequence[Fits]]:
    """Find who is meant: the one that was chosen, else the only one who fits the words."""
    chosen = said.get("contact_id", "")
    if chosen.isdecimal() and len(chosen) <= ID_DIGITS:
        found = contact_for(session, viewer, int(chosen))
        if found is not None:
            return found, ()
    words = said.get("contact", "").strip()[:LONGEST_SEARCH]
    fits = fitting(session, viewer, words) if words else []
    if len(fits) == 1:
        return session.get(Contact, fits[0].id), ()
    return None, fits


def fitting(session: Session, viewer: Viewer, words: str) -> list[Fits]:
    """Give the contacts that fit some words, the latest first."""
    country = setup(session).company.country
    wanted = select(Contact.id, Contact.name).where(Contact.id.in_(people_matching(session, viewer, words)))
    rows = session.execute(wanted.order_by(Contact.changed_at.desc(), Contact.id.desc()).limit(FITTING)).all()
    handles = handles_of(session, [row.id for row in rows])
    return [
        Fits(row.id, called(row.name, handles[row.id], country), reach(handles[row.id], country))
        for row in rows
    ]


async def _show(request: web.Request, said: Values, asked: Asked | None = None) -> web.StreamResponse:
    viewer, db = viewer_of(request), request.app[DB]
    name, whom = await db.read(_around, viewer, said)
    response = await render(
        request, "_new_task.html" if is_fragment(request) else "new_task.html", title=_("New task"),
        status=UNREADABLE if asked else 200, values={**said, "contact": said.get("contact") or name},
        errors=asked.errors if asked else {}, fitting=asked.fitting if asked else (),
        **msgspec.structs.asdict(whom),
    )  # fmt: skip
    if asked and is_fragment(request):
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#sheet", "innerHTML"
    return response


class Whom(msgspec.Struct, frozen=True):
    """Everybody that it can be given to, as pairs of value and name; the earliest moment it can be planned for."""

    people: Sequence[tuple[str, str]]
    departments: Sequence[tuple[str, str]]
    plan_min: str


def _around(session: Session, viewer: Viewer, said: Values) -> tuple[str, Whom]:
    contact, _fits = chosen_contact(session, viewer, said)
    country, name = setup(session).company.country, ""
    if contact is not None:
        name = called(contact.name, handles_of(session, [contact.id])[contact.id], country)
    zone = listener().zone or ZoneInfo(setup(session).company.zone)
    others = [user for user in active_users(session) if user.id != viewer.user_id]
    return name, Whom(
        people=[(f"user:{each.id}", each.name) for each in others],
        departments=[(f"department:{each.id}", each.name) for each in setup(session).departments.values()],
        plan_min=f"{now().astimezone(zone):%Y-%m-%dT%H:%M}",
    )


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        read = datetime.fromisoformat(text.strip())
        return (read if read.utcoffset() is not None else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def offer(_session: Session, _viewer: Viewer, words: str) -> list[Found]:
    """Offer a new task in the palette, called by what was typed."""
    if not words:
        return [Found(words=_("New task"), href="/tasks/new", icon="plus", dialog=True)]
    address = str(URL("/tasks/new").with_query({"title": words}))
    return [Found(words=_("New task: %(title)s", title=words), href=address, icon="plus", dialog=True)]


add_finder(offer, order=90)
