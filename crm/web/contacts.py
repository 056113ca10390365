"""The room Contacts: everybody we know, the latest first, and the search that finds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session
from yarl import URL

from crm.contacts import MOST_WORDS, Contact, Organisation, handles_of, matching
from crm.conversations import Touch, latest
from crm.rights import sees_contact, sees_task
from crm.setup import setup
from crm.sla import deadlines_of
from crm.tasks import Task
from crm.web.clocks import Clock, clock, pressing
from crm.web.names import called, initials, reach
from crm.web.places import Place, read_place
from hub.clock import now
from hub.languages import N_
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import page, render, viewer_of

PER_PAGE = 50
COUNTED = 1000  # more than this is not counted: nobody reads the number, and everybody would wait for it
LONGEST_SEARCH = 200
SIMILAR = 5
BEGINNING = 3  # letters of a word
LAST = 80

Wanted = Select[int, str, datetime, str]

add_room(Room(href="/contacts", name=N_("Contacts"), icon="people", order=3, tab=True, key="c"))


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One contact in the list. `last` says in words what happened at `last_at`."""

    id: int
    name: str
    initials: str
    organisation: str
    reach: str
    last_at: datetime | None
    last: str
    open_tasks: int
    deadline: Clock | None
    is_organisation: bool = False


class Link(msgspec.Struct, frozen=True):
    """A contact to go to."""

    name: str
    href: str


class Row(NamedTuple):
    """What the list reads of a contact: not its fields, which may be long."""

    id: int
    name: str
    changed_at: datetime
    organisation: str


class Found(NamedTuple):
    """One page of the list; `total` where it was counted, `similar` where nothing was found."""

    lines: list[Line]
    next: Place | None
    total: int | None
    similar: list[Link]


@page("GET", "/contacts")
async def contacts(request: web.Request) -> web.StreamResponse:
    """Show whoever matches, or everybody."""
    q = request.query.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    after = read_place(request.query.get("after"))
    found = await request.app[DB].read(_find, viewer_of(request), q, after)
    following = {"after": str(found.next)} | ({"q": q} if q else {})
    return await render(
        request, "contacts.html", title="Contacts", q=q, contacts=found.lines, total=found.total,
        similar=found.similar, next=str(URL("/contacts").with_query(following)) if found.next else "",
    )  # fmt: skip


def _find(session: Session, viewer: Viewer, q: str, after: Place | None) -> Found:
    country = setup(session).company.country
    wanted = _visible(viewer)
    if q:
        wanted = wanted.where(matching(q, country))
    rows = _rows(session, wanted, after)
    last = rows[PER_PAGE - 1] if len(rows) > PER_PAGE else None
    return Found(
        lines=_lines(session, viewer, rows[:PER_PAGE], country),
        next=Place(last.changed_at, 0, last.id) if last else None,
        total=None if after else _total(session, wanted),
        similar=_similar(session, viewer, q, country) if q and not rows and not after else [],
    )


def _visible(viewer: Viewer) -> Wanted:
    return (
        select(Contact.id, Contact.name, Contact.changed_at, func.coalesce(Organisation.name, ""))
        .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
        .where(Contact.merged_into_id.is_(None), sees_contact(viewer))
    )


def _rows(session: Session, wanted: Wanted, after: Place | None) -> list[Row]:
    if after:
        wanted = wanted.where(after.beyond(Contact.changed_at, Contact.id))
    ordered = wanted.order_by(Contact.changed_at.desc(), Contact.id.desc()).limit(PER_PAGE + 1)
    return [Row(*row) for row in session.execute(ordered)]


def _total(session: Session, wanted: Wanted) -> int | None:
    some = wanted.with_only_columns(Contact.id).limit(COUNTED + 1).subquery()
    total = session.scalar(select(func.count()).select_from(some)) or 0
    return total if total <= COUNTED else None


def _similar(session: Session, viewer: Viewer, q: str, country: str) -> list[Link]:
    """Give contacts with a word that begins as one of these does: slips of the pen come later in a word."""
    beginnings = {word[:BEGINNING] for word in q.split() if len(word) >= BEGINNING}
    likely = [matching(beginning, country) for beginning in sorted(beginnings)[:MOST_WORDS]]
    if not likely:
        return []
    rows = _rows(session, _visible(viewer).where(or_(*likely)), None)
    near = sorted(rows, key=lambda row: -SequenceMatcher(None, q.casefold(), row.name.casefold()).ratio())
    handles = handles_of(session, [row.id for row in near[:SIMILAR]])
    return [Link(called(row.name, handles[row.id], country), f"/contacts/{row.id}") for row in near[:SIMILAR]]


def _lines(session: Session, viewer: Viewer, rows: Sequence[Row], country: str) -> list[Line]:
    """Show rows with what belongs to them, in one question for each kind of it."""
    ids = [row.id for row in rows]
    handles, touches = handles_of(session, ids), latest(session, ids)
    tasks = _open_tasks(session, viewer, ids)
    clocks = _clocks(session, tasks)
    return [
        Line(
            id=row.id, name=called(row.name, handles[row.id], country), initials=initials(row.name),
            organisation=row.organisation, reach=reach(handles[row.id], country),
            last_at=touches[row.id].at if row.id in touches else None,
            last=_said(touches[row.id]) if row.id in touches else "",
            open_tasks=len(tasks[row.id]), deadline=clocks[row.id],
        )
        for row in rows
    ]  # fmt: skip


def _said(touch: Touch) -> str:
    words = f"{touch.kind.capitalize()}, {touch.summary}"
    return words if len(words) <= LAST else f"{words[:LAST]}…"


def _open_tasks(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {contact_id: [] for contact_id in ids}
    wanted = select(Task.contact_id, Task.id).where(
        Task.contact_id.in_(ids), Task.done_at.is_(None), sees_task(viewer)
    )
    for contact_id, task_id in session.execute(wanted):
        if contact_id is not None:
            found[contact_id].append(task_id)
    return found


def _clocks(session: Session, tasks: Mapping[int, Sequence[int]]) -> dict[int, Clock | None]:
    """Give the most pressing deadline of each contact."""
    deadlines = deadlines_of(session, [task_id for several in tasks.values() for task_id in several])
    zone, moment = ZoneInfo(setup(session).company.zone), now()
    found: dict[int, Clock | None] = {}
    for contact_id, several in tasks.items():
        first = pressing([each for task_id in several for each in deadlines[task_id] if not each.met_at])
        found[contact_id] = clock(first, zone, moment) if first else None
    return found
