"""What is done in a popup: who it is, a card for somebody new, a note, the next task, and what came of the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from aiohttp import web
from sqlalchemy.orm import Session

from crm import after_calls, callers, wishes, worktime
from crm.callers import call_of
from crm.calls import Call
from crm.contacts import Contact, handles_of
from crm.desk import ID_DIGITS, Refusal
from crm.rights import contact_for
from crm.setup import calendar_for, setup
from crm.web.names import called
from crm.web.zones import zone_of
from crm.wishes import Wish
from crm.worktime import Calendar
from hub.clock import now
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, viewer_of
from hub.web.problems import Problem

P = ParamSpec("P")
T = TypeVar("T")
MORNING = time(9)  # of a day on which nobody works


@page("POST", "/popups/{id}/contact")
async def choose(request: web.Request) -> web.StreamResponse:
    """Say which of several it is."""
    chosen = _number((await form(request)).get("contact", ""))

    def it_is(session: Session, viewer: Viewer, call: Call) -> str:
        return _called(session, callers.choose(session, viewer, call, chosen))

    name = await _do(request, it_is)
    return await changed(request, Toast(text=_("It is %(name)s", name=name), undo=_here(request, "contact")))


@page("DELETE", "/popups/{id}/contact")
async def unchoose(request: web.Request) -> web.StreamResponse:
    """Take back who it is."""
    await _do(request, callers.take_back)
    return await changed(request, Toast(text=_("Open again: who it is")))


@page("POST", "/popups/{id}/card")
async def make_card(request: web.Request) -> web.StreamResponse:
    """Make a card for somebody nobody knows."""
    name = (await form(request)).get("name", "")

    def make(session: Session, viewer: Viewer, call: Call) -> tuple[str, str]:
        card = callers.make_card(session, viewer, call, name)
        seen = contact_for(session, viewer, card.id)
        return _called(session, card), f"/contacts/{card.id}" if seen else ""

    name, href = await _do(request, make)
    words = _("The call is on the card of %(name)s", name=name)
    return await changed(request, Toast(text=words, href=href, words=_("Open") if href else ""))


@page("POST", "/popups/{id}/note")
async def note(request: web.Request) -> web.StreamResponse:
    """Keep the note; a script that saves as one types is told what is kept."""
    said = await form(request)
    kept = await _do(request, after_calls.keep_note, said.get("text", ""), said.get("was", ""))
    if is_fragment(request):
        return web.Response(text=kept, headers={"Cache-Control": "no-store"})
    return await changed(request, Toast(text=_("The note is kept")))


@page("POST", "/popups/{id}/task")
async def add_task(request: web.Request) -> web.StreamResponse:
    """Make the next task, with whoever is on the telephone."""
    said = await form(request)
    title = await _do(request, _task, said)
    return await changed(request, Toast(text=_("New task: %(title)s", title=title)))


@page("POST", "/popups/{id}/result")
async def give_result(request: web.Request) -> web.StreamResponse:
    """Say what came of the call."""
    chosen = _number((await form(request)).get("result", ""))
    words = (await _do(request, after_calls.choose, chosen)).words
    return await changed(
        request, Toast(text=_("Result: %(result)s", result=words), undo=_here(request, "result"))
    )


@page("DELETE", "/popups/{id}/result")
async def take_back_result(request: web.Request) -> web.StreamResponse:
    """Take back what came of the call."""
    await _do(request, after_calls.take_back)
    return await changed(request, Toast(text=_("The call has no result again")))


@page("POST", "/popups/{id}/away")
async def put_away(request: web.Request) -> web.StreamResponse:
    """Have a call that is over lie open no more."""
    await _do(request, after_calls.put_away)
    return await changed(request, Toast(text=_("Put away"), undo=_here(request, "away")))


@page("DELETE", "/popups/{id}/away")
async def lay_out(request: web.Request) -> web.StreamResponse:
    """Have it lie open again."""
    await _do(request, after_calls.lay_out)
    return await changed(request, Toast(text=_("The call lies open again")))


async def _do(
    request: web.Request,
    deed: Callable[Concatenate[Session, Viewer, Call, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Do something with the call in the address."""

    def do(session: Session, viewer: Viewer, call_id: int) -> T:
        call = call_of(session, viewer, call_id)
        if call is None:
            raise Problem(404, _("There is no such call, or it is not yours."))
        return deed(session, viewer, call, *args, **kwargs)

    return await request.app[DB].write(do, viewer_of(request), path_id(request))


def _task(session: Session, viewer: Viewer, call: Call, said: Mapping[str, str]) -> str:
    contact = contact_for(session, viewer, call.contact_id) if call.contact_id else None
    title = " ".join(said.get("title", "").split())[: wishes.TITLE]
    planned_for, due_at = _times(session, call, said.get("when", ""), said.get("at", ""))
    wishes.add(session, viewer, Wish(title, said.get("to", ""), contact, planned_for, due_at=due_at))
    return title


def _times(session: Session, call: Call, when: str, at: str) -> tuple[datetime | None, datetime]:
    """Give for when a task is planned, None for now, and by when it is to be done: a day's by the end of its work."""
    if when == "at":
        moment = _moment(session, at)
        return moment, moment
    calendar = calendar_for(session, call.department_id)
    planned_for = _tomorrow(session, calendar) if when == "tomorrow" else None
    return planned_for, worktime.day_ends(calendar, planned_for or now())


def _tomorrow(session: Session, calendar: Calendar) -> datetime:
    """Give when work begins tomorrow."""
    zone = zone_of(session)
    day = now().astimezone(zone).date() + timedelta(days=1)
    begins, ends = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    opening = next(calendar.open_spans(begins, ends), None)
    return opening[0] if opening else datetime.combine(day, MORNING, zone).astimezone(UTC)


def _moment(session: Session, text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text.strip())
        return (read if read.utcoffset() is not None else read.replace(tzinfo=zone_of(session))).astimezone(
            UTC
        )
    except (ValueError, OverflowError) as error:
        raise Refusal(_("Choose a day and a time")) from error


def _called(session: Session, contact: Contact) -> str:
    handles = handles_of(session, [contact.id])[contact.id]
    return called(contact.name, handles, setup(session).company.country)


def _here(request: web.Request, deed: str) -> str:
    return f"/popups/{path_id(request)}/{deed}"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else 0
