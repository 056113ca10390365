"""A visit planned or changed, on a page of its own or in a dialog: who, when, how long, where, and what for."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from crm import appointment_changes, appointment_deeds, appointments
from crm.appointment_changes import Plan
from crm.appointment_times import Unfit, read_moment
from crm.appointments import Manner
from crm.desk import ID_DIGITS
from crm.rights import deal_for
from crm.setup import setup
from crm.web.new_task import chosen_contact
from crm.web.visit_views import Offered, Values, Wrong, empty, number, of_known, visible, waiting_task
from crm.web.visit_words import when
from crm.web.zones import zone_of
from hub.languages import _
from hub.users import User, Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.palette import Found, add_finder

UNREADABLE = 422
HERE = "/visits"
PREFILLED, TYPED = ("at", "person", "contact_id", "deal", "task", "minutes", "address", "purpose"), 300


@page("GET", f"{HERE}/new")
async def new(request: web.Request) -> web.StreamResponse:
    """Show the form, filled as far as the link knows."""
    known = {name: request.query.get(name, "").replace("\0", "")[:TYPED] for name in PREFILLED}
    return await _show(request, await request.app[DB].read(empty, viewer_of(request), known))


@page("POST", HERE)
async def add(request: web.Request) -> web.StreamResponse:
    """Plan a visit, or say why it cannot be then and what is free."""
    said = await form(request)
    try:
        made, words = await request.app[DB].write(_add, viewer_of(request), said)
    except Unfit as error:
        shown = await request.app[DB].read(empty, viewer_of(request), said, error)
        return await _show(request, shown, UNREADABLE)
    toast = Toast(text=_("Planned: %(visit)s", visit=words), href=f"{HERE}/{made}", words=_("Open"))
    return await changed(request, toast, back=f"{HERE}/{made}")


@page("GET", f"{HERE}/{{id}}/form")
async def edit(request: web.Request) -> web.StreamResponse:
    """Show the form of a visit."""
    return await _show(
        request, await request.app[DB].read(of_known, viewer_of(request), path_id(request), None)
    )


@page("POST", f"{HERE}/{{id}}")
async def change(request: web.Request) -> web.StreamResponse:
    """Have a visit be as wanted."""
    said, number = await form(request), path_id(request)
    try:
        words = await request.app[DB].write(_change, viewer_of(request), number, said)
    except Unfit as error:
        shown = await request.app[DB].read(of_known, viewer_of(request), number, said, error)
        return await _show(request, shown, UNREADABLE)
    return await changed(request, Toast(text=_("Changed: %(visit)s", visit=words)), back=f"{HERE}/{number}")


async def _show(request: web.Request, offered: Offered, status: int = 200) -> web.StreamResponse:
    title = _("Change the visit") if offered.id else _("New visit")
    response = await render(
        request, "_visit_form.html" if is_fragment(request) else "visit_form.html", status=status, title=title,
        back=Back(f"{HERE}/{offered.id}" if offered.id else HERE, _("Visits")), offered=offered,
    )  # fmt: skip
    if status == UNREADABLE and is_fragment(request):
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#sheet", "innerHTML"
    return response


def _add(session: Session, viewer: Viewer, said: Values) -> tuple[int, str]:
    task, wish = waiting_task(session, viewer, said)
    plan = _plan(session, said, appointments.manner(session))
    if task is not None and wish is not None:
        row = appointment_changes.place(
            session, viewer, plan, contact_id=wish.contact_id, task=task, deal_id=wish.deal_id
        )
        return row.id, when(row, zone_of(session))
    deal = deal_for(session, viewer, number(said.get("deal", ""))) if said.get("deal") else None
    contact, fits = chosen_contact(session, viewer, said)
    if contact is None:
        raise Wrong("contact", _("Several fit: choose one.") if fits else _("Say whom it is with."))
    deal_id = deal.id if deal is not None and deal.contact_id == contact.id else None
    row = appointment_deeds.make(
        session, viewer, plan, contact_id=contact.id, name=contact.name, deal_id=deal_id
    )
    return row.id, when(row, zone_of(session))


def _change(session: Session, viewer: Viewer, appointment_id: int, said: Values) -> str:
    row = visible(session, viewer, appointment_id)
    plan = _plan(session, said, appointments.manner(session))
    appointment_changes.change(session, viewer, row, plan)
    return when(row, zone_of(session))


def _plan(session: Session, said: Values, manner: Manner) -> Plan:
    travel = _minutes("travel", said.get("travel", ""), manner.travel)
    person = session.get(User, number(said.get("person", "")))
    if person is None:
        raise Wrong("person", _("Choose who goes."))
    return Plan(
        person_id=person.id, starts_at=read_moment(said.get("at", ""), zone_of(session)), before=travel, after=travel,
        minutes=_minutes("minutes", said.get("minutes", ""), manner.minutes), zone=setup(session).company.zone,
        address=said.get("address", ""), purpose=said.get("purpose", ""), remind_by=said.get("remind_by", ""),
        invites=bool(said.get("invites")),
    )  # fmt: skip


def _minutes(field: str, text: str, usual: int) -> int:
    text = text.strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < ID_DIGITS):
        raise Wrong(field, _("Say it in whole minutes."))
    return int(text)


def offer(_session: Session, _viewer: Viewer, words: str) -> list[Found]:
    """Offer a new visit in the palette."""
    del words
    return [Found(words=_("New visit"), href=f"{HERE}/new", icon="calendar", dialog=True)]


add_finder(offer, order=92)
