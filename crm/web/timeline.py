"""A card's timeline: every touch with a contact and everything done to its tasks, newest first, in pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session
from yarl import URL

from crm.attachments import attachments_of
from crm.calls import Call
from crm.conversations import Interaction
from crm.deadlines import deadlines_of
from crm.letter_boxes import boxes
from crm.letters import KIND as MAIL
from crm.letters import letters_of, with_html
from crm.recordings import heard_on
from crm.rights import hidden_fields, sees_task
from crm.setup import setup
from crm.standing import needless
from crm.tasks import Task, TaskChange
from crm.web.chat_bubbles import chatted
from crm.web.clocks import clock, pressing
from crm.web.events import Again, Around, Became, Event, done_to, together, touched
from crm.web.happened import CHANGES, EVERYTHING, Happened, Source
from crm.web.letter_fates import fates
from crm.web.ordered import orders_of
from crm.web.places import Place, read_place
from crm.web.zones import zone_of
from hub.channels import Channel
from hub.clock import now
from hub.journal import Inbound
from hub.languages import N_, _, listener
from hub.users import User, Viewer

PER_PAGE = 30
MOST = 300  # events that a list which asks for itself again brings at once
WORDS = {
    EVERYTHING: N_("Everything"), "calls": N_("Calls"), "mail": N_("Mail"), "chats": N_("Chat"),
    "forms": N_("Forms"), "orders": N_("Orders"), "notes": N_("Notes"), CHANGES: N_("Changes"),
}  # fmt: skip


class Asked(NamedTuple):
    """Which part of a timeline: a filter, and either what is older than a place or what is down to one."""

    show: str = EVERYTHING
    before: Place | None = None
    since: Place | None = None


class Chip(msgspec.Struct, frozen=True):
    """One filter."""

    words: str
    count: int
    href: str
    current: bool
    icon: str = ""


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A page of it. `here` asks for the same again, `older` for what follows."""

    here: str
    filters: Sequence[Chip]
    events: Sequence[Event]
    older: str
    older_count: int | None
    first: bool


def asked_for(request: web.Request) -> Asked:
    """Read the filter and the place out of an address; an unknown filter shows everything."""
    show = request.query.get("show", EVERYTHING)
    return Asked(
        show if show in WORDS else EVERYTHING,
        read_place(request.query.get("before")),
        read_place(request.query.get("from")),
    )


def timeline(session: Session, viewer: Viewer, contact_id: int, asked: Asked) -> Timeline:
    """Give a page of a contact's timeline, as this viewer may see it."""
    source = Source(session, contact_id, viewer, asked.show)
    size = min(MOST, max(PER_PAGE, source.count() - source.count(asked.since))) if asked.since else PER_PAGE
    rows = source.newest(size + 1, asked.before)
    shown, last = rows[:size], rows[:size][-1].place if rows else None
    counts = _counts(session, viewer, contact_id) if asked.before is None else {}
    around = around_of(session, viewer, shown)
    return Timeline(
        here=_address(contact_id, asked.show, "from", last),
        filters=[_chip(contact_id, show, counts[show], asked.show) for show in WORDS if counts.get(show)],
        events=together([_event(row, around) for row in shown]),
        older=_address(contact_id, asked.show, "before", last) if len(rows) > size else "",
        older_count=counts[asked.show] - len(shown) if counts else None,
        first=asked.before is None,
    )


def _counts(session: Session, viewer: Viewer, contact_id: int) -> dict[str, int]:
    """Count what each filter lets through."""
    return Source(session, contact_id, viewer).counts()


def _chip(contact_id: int, show: str, count: int, current: str) -> Chip:
    return Chip(_(WORDS[show]), count, _address(contact_id, show), show == current)


def _address(contact_id: int, show: str, name: str = "", place: Place | None = None) -> str:
    query = {"show": show} | ({name: str(place)} if place else {})
    return str(URL(f"/contacts/{contact_id}/timeline").with_query(query))


def _event(row: Happened, around: Around) -> Event:
    if isinstance(row.what, Interaction):
        return touched(row.what, around)
    return done_to(row.what, row.title, around)


def around_of(session: Session, viewer: Viewer, rows: Sequence[Happened]) -> Around:
    """Fetch what belongs to these rows, in one question for each kind of it."""
    touches = [row.what for row in rows if isinstance(row.what, Interaction)]
    changes = [row.what for row in rows if isinstance(row.what, TaskChange)]
    letters = [touch.id for touch in touches if touch.kind == MAIL]
    people = {touch.author_id for touch in touches} | {change.by for change in changes}
    return Around(
        heard=heard_on(session, viewer, [touch.id for touch in touches if touch.kind == "call"]),
        files=attachments_of(session, [touch.id for touch in touches]),
        tasks=_tasks(session, viewer, [touch.id for touch in touches]),
        again=_again(session, viewer, {touch.inbound_id for touch in touches}),
        people=_names(session, User.id, User.name, people),
        channels=_names(session, Channel.id, Channel.title, {touch.channel_id for touch in touches}),
        labels=setup(session).fields,
        hidden=hidden_fields(session, viewer),
        calls=_calls(session, [touch.id for touch in touches if touch.kind == "call"]),
        journal=viewer.sees_all,
        zone=zone_of(session),
        letters=letters_of(session, letters),
        html=with_html(session, letters),
        fates=fates(
            session, [touch.id for touch in touches if touch.kind == MAIL and touch.direction == "out"]
        ),
        orders=orders_of(session, viewer, touches),
        writes=viewer.user_id is not None and bool(boxes(session)),
        chatted=chatted(session, viewer, touches, zone_of(session)),
    )


def _tasks(session: Session, viewer: Viewer, touches: Sequence[int]) -> dict[int, Became]:
    wanted = select(Task).where(Task.interaction_id.in_(touches), sees_task(viewer))
    tasks = {task.interaction_id: task for task in session.scalars(wanted) if task.interaction_id}
    deadlines = deadlines_of(session, [task.id for task in tasks.values()])
    zone, moment = listener().zone or ZoneInfo(setup(session).company.zone), now()
    found, over = {}, needless(session, deadlines)
    for touch_id, task in tasks.items():
        first = pressing(deadlines[task.id])
        shown = clock(first, zone, moment, needless=task.id in over) if first else None
        found[touch_id] = Became(task.title, f"/tasks/{task.id}", shown)
    return found


def _calls(session: Session, touches: Sequence[int]) -> dict[int, int]:
    """Find the calls that these touches were: whoever sees the card sees them."""
    if not touches:
        return {}
    rows = session.execute(select(Call.interaction_id, Call.id).where(Call.interaction_id.in_(touches)))
    return {touch_id: call_id for touch_id, call_id in rows if touch_id is not None}


def _again(session: Session, viewer: Viewer, items: set[int | None]) -> dict[int, list[Again]]:
    """Find in the journal where these requests came once more."""
    known = items - {None}
    wanted = select(Inbound.id, Inbound.received_at, Inbound.duplicate_of).where(
        Inbound.duplicate_of.in_(known)
    )
    found: dict[int, list[Again]] = {}
    for item, at, first in session.execute(wanted.order_by(Inbound.id)) if known else ():
        found.setdefault(first or 0, []).append(Again(at, f"/journal/{item}" if viewer.sees_all else ""))
    return found


def _names(
    session: Session,
    row_id: InstrumentedAttribute[int],
    name: InstrumentedAttribute[str],
    ids: set[int | None],
) -> dict[int, str]:
    known = ids - {None}
    return dict(session.execute(select(row_id, name).where(row_id.in_(known))).all()) if known else {}
