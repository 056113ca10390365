"""The room of one dialling list: who is next with his card and the script, one key to call him, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

import msgspec
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import call_guides, dial_lists, dial_rounds, numbers
from crm.call_guides import Section
from crm.calling_hours import local_time
from crm.contacts import Contact
from crm.desk import Refusal
from crm.dial_lists import DialList, DialPerson, Progress, is_left
from crm.dial_rights import leads, works_on
from crm.setup import setup
from crm.web import dial_people
from crm.web.dial_lists import HERE, seen
from crm.web.dial_people import LEFT, SHOWS, Line
from crm.web.duplicates import Chip
from crm.web.popup_people import Caller, caller
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _
from hub.users import Viewer
from hub.web import moments
from hub.web.frame import Back
from hub.web.keys import CALLER, DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

PER_PAGE = 30
DIGITS = 6

P = ParamSpec("P")
T = TypeVar("T")


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Whom I have. `there` is the time at his place, None where that is as here; `calling`: he is being called."""

    id: int
    who: Caller
    number: str
    there: datetime | None
    calling: bool
    tries: int
    until: datetime | None
    script: Sequence[Section]
    later_min: str
    later_at: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _dial_list.html."""

    id: int
    name: str
    department: str
    about: Sequence[tuple[str, str]]
    paused_at: datetime | None
    works: bool
    leads: bool
    progress: Progress
    results: Sequence[tuple[str, int]]
    turn: Turn | None
    here: str
    show: str
    filters: Sequence[Chip]
    lines: Sequence[Line]
    next: str


@page("GET", "/dial-lists/{id}")
async def room(request: web.Request) -> web.StreamResponse:
    """Show a list."""
    show, text = request.query.get("show", LEFT), request.query.get("from", "0")
    start = int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else 0
    viewer = viewer_of(request)
    shown = await request.app[DB].read(
        _shown, viewer, path_id(request), show if show in SHOWS else LEFT, start
    )
    return await render(
        request, "_dial_list.html" if is_fragment(request) else "dial_list.html", title=shown.name,
        sub=shown.department, back=Back(HERE, _("Dialling lists")), dials=bool(request[CALLER].extension),
        **msgspec.structs.asdict(shown),
    )  # fmt: skip


@page("POST", "/dial-lists/{id}/next")
async def take_next(request: web.Request) -> web.StreamResponse:
    """Give me the next one."""
    words = await request.app[DB].write(_next, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=words), back=f"{HERE}/{path_id(request)}")


@page("POST", "/dial-people/{id}/call")
async def call(request: web.Request) -> web.StreamResponse:
    """Call whom I have."""
    number = await _do(request, _call)
    return await changed(
        request, Toast(text=_("Your telephone rings. Pick it up, and %(number)s is called.", number=number))
    )


@page("POST", "/dial-people/{id}/later")
async def later(request: web.Request) -> web.StreamResponse:
    """Have him be called later."""
    at = await _do(request, _later, (await form(request)).get("at", ""))
    return await changed(request, Toast(text=_("Called again: %(when)s", when=at)))


@page("POST", "/dial-people/{id}/end")
async def take_off(request: web.Request) -> web.StreamResponse:
    """Have him not be called from this list any more."""
    list_id = await _do(request, _take_off)
    undo = f"{HERE}/{list_id}/stops/{path_id(request)}"
    return await changed(request, Toast(text=_("Taken off the list"), undo=undo))


async def _do(
    request: web.Request,
    deed: Callable[Concatenate[Session, Viewer, DialPerson, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Do something with whom I have."""

    def do(session: Session, viewer: Viewer, person_id: int) -> T:
        person = session.get(DialPerson, person_id, with_for_update=True)
        if person is None or person.held_by is None or person.held_by != viewer.user_id:
            raise Problem(404, _("You do not have him any more. Press Next."))
        return deed(session, viewer, person, *args, **kwargs)

    return await request.app[DB].write(do, viewer_of(request), path_id(request))


def _call(session: Session, viewer: Viewer, person: DialPerson) -> str:
    dial_rounds.call(session, viewer, person)
    return numbers.display(person.number, setup(session).company.country)


def _take_off(session: Session, viewer: Viewer, person: DialPerson) -> int:
    dial_rounds.take_off(session, viewer, person)
    return person.list_id


def _later(session: Session, viewer: Viewer, person: DialPerson, at: str) -> str:
    zone = zone_of(session)
    try:
        read = datetime.fromisoformat(at.strip())
        moment = (read if read.utcoffset() is not None else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refusal(_("Choose a day and a time")) from error
    dial_rounds.put_off(session, viewer, person, moment)
    return moments.when(moment, zone)


def _next(session: Session, viewer: Viewer, list_id: int) -> str:
    listed = seen(session, viewer, list_id)
    person = dial_rounds.take_next(session, viewer, listed)
    if person is not None:
        return _("Yours now: %(name)s", name=_who(session, viewer, person).name)
    first = select(func.min(DialPerson.due_at)).where(DialPerson.list_id == listed.id, is_left())
    due_at = session.scalar(first)
    if due_at is None:
        return _("Everybody on this list is done.")
    if due_at <= now():
        return _("All who are left are with colleagues.")
    return _(
        "Nobody can be called now. The next one from %(when)s.", when=moments.when(due_at, zone_of(session))
    )


def _shown(session: Session, viewer: Viewer, list_id: int, show: str, start: int) -> Shown:
    listed = seen(session, viewer, list_id)
    place = setup(session).departments.get(listed.department_id)
    lines = dial_people.lines(session, viewer, listed, show, start, PER_PAGE + 1)
    mine = dial_rounds.held(session, viewer, listed)
    return Shown(
        id=listed.id, name=listed.name, department=place.name if place else "", about=_about(listed),
        paused_at=listed.paused_at, works=works_on(viewer, listed), leads=leads(viewer, listed.department_id),
        progress=dial_lists.progress(session, [listed.id])[listed.id],
        results=dial_lists.by_result(session, listed.id),
        turn=_turn(session, viewer, listed, mine) if mine is not None else None,
        here=f"{HERE}/{listed.id}?show={show}&from={start}", show=show, lines=lines[:PER_PAGE],
        filters=[_chip(session, viewer, listed, each, show) for each in SHOWS],
        next=f"{HERE}/{listed.id}?show={show}&from={start + PER_PAGE}" if len(lines) > PER_PAGE else "",
    )  # fmt: skip


def _about(listed: DialList) -> list[tuple[str, str]]:
    return [
        (_("Made from"), _("the view “%(name)s”", name=listed.view)),
        (_("Without a number"), str(listed.left_out)),
        (_("Called between"), _("%(since)s and %(until)s, by his own clock",
                                since=listed.calls_from, until=listed.calls_until)),
        (_("Tries"), str(listed.most_tries)),
        (_("Again after"), _span(listed.again)),
    ]  # fmt: skip


def _span(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    days, rest = divmod(minutes, 60 * 24)
    if days and not rest:
        return _("%(n)s d", n=days)
    hours, minutes = divmod(minutes, 60)
    if hours and minutes:
        return _("%(n)s h %(m)s min", n=hours, m=minutes)
    return _("%(n)s h", n=hours) if hours else _("%(n)s min", n=minutes)


def _chip(session: Session, viewer: Viewer, listed: DialList, each: str, show: str) -> Chip:
    number = dial_people.count(session, viewer, listed, each)
    return Chip(_(SHOWS[each]), str(number or ""), f"{HERE}/{listed.id}?show={each}", each == show)


def _turn(session: Session, viewer: Viewer, listed: DialList, person: DialPerson) -> Turn:
    zone, country = zone_of(session), setup(session).company.country
    there, here = local_time(person.number, now()), now().astimezone(zone)
    guide = call_guides.guide_of(session, listed.department_id)
    later_at = (here + listed.again).replace(second=0, microsecond=0, tzinfo=None)
    return Turn(
        id=person.id, who=_who(session, viewer, person), number=numbers.display(person.number, country),
        there=there if there and there.utcoffset() != here.utcoffset() else None,
        calling=person.dialled_at is not None, tries=person.tries, until=person.held_until,
        script=call_guides.sections(listed.script or (guide.script if guide else "")),
        later_min=f"{here:%Y-%m-%dT%H:%M}", later_at=f"{later_at:%Y-%m-%dT%H:%M}",
    )  # fmt: skip


def _who(session: Session, viewer: Viewer, person: DialPerson) -> Caller:
    return caller(session, viewer, session.get_one(Contact, person.contact_id), None)
