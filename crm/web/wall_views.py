"""The wallboard as its templates show it: queues as tiles, colleagues as marks with a word and since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import numbers, telephone_orders, wallboard
from crm.contacts import Contact, handles_of
from crm.rights import sees_contact
from crm.setup import setup
from crm.telephone_orders import TelephoneOrder
from crm.wallboard import Agent, Caller, QueueNow, Silent
from crm.web.names import called
from hub.languages import N_, _
from hub.users import Viewer
from hub.web import moments

NONE = "\N{EN DASH}"
MOST_CALLERS = 6  # in a tile; the others are counted
STATES = {
    "ringing": ("soon", N_("Rings")), "talking": ("busy", N_("In a call")), "off": ("off", N_("Offline")),
    "unknown": ("off", N_("Not known")), "free": ("free", N_("Free")),
}  # fmt: skip


class Line(msgspec.Struct, frozen=True):
    """Somebody who waits; `href` is "" for who may not open the card."""

    name: str
    href: str
    since: datetime


class Number(msgspec.Struct, frozen=True):
    """A figure and what it is; `href` opens the calls that it counts."""

    words: str
    value: str
    href: str = ""
    more: str = ""


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A queue. While it is not heard, `waiting` and `free` are None."""

    name: str
    department: str
    pbx: str
    waiting: int | None
    since: datetime | None
    callers: Sequence[Line]
    more: int
    free: int | None
    members: int
    figures: Sequence[Number]
    within: int


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague: `state` is how his mark looks; `href` opens what can be done, "" where nothing can."""

    id: str
    name: str
    extension: str
    state: str
    words: str
    since: datetime | None
    place: str
    href: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _wall.html.

    `mine` is the viewer's own mark, `troubles` are what he asked for in vain,
    `settings` are addresses and names of departments whose settings are his to make.
    """

    known: bool
    silent: Sequence[Silent]
    tiles: Sequence[Tile]
    agents: Sequence[Mark]
    mine: Mark | None
    troubles: Sequence[TelephoneOrder]
    settings: Sequence[tuple[str, str]]


def shown(session: Session, viewer: Viewer) -> Shown:
    """Give what a viewer sees."""
    zone = ZoneInfo(setup(session).company.zone)
    midnight = moments.midnight(zone)
    wall = wallboard.wall(session, viewer, midnight)
    names = _names(
        session, viewer, [caller for queue in wall.queues for caller in queue.waiting[:MOST_CALLERS]]
    )
    marks = [(each, mark(session, viewer, each)) for each in wall.agents]
    return Shown(
        known=wall.known, silent=wall.silent,
        tiles=[_tile(session, queue, names, midnight.astimezone(zone).date()) for queue in wall.queues],
        agents=[made for _each, made in marks],
        mine=next((made for each, made in marks if each.user and each.user.id == viewer.user_id), None),
        troubles=telephone_orders.troubles(session, viewer.user_id), settings=_settings(session, viewer),
    )  # fmt: skip


def _settings(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """Give the departments whose use of the wallboard a viewer sets, with their addresses."""
    led = [each for each in setup(session).departments.values()
           if viewer.sees_all or (viewer.role == "head" and each.id == viewer.department_id)]  # fmt: skip
    return [(f"/wallboard/department/{each.id}", each.name) for each in led]


def mark(session: Session, viewer: Viewer, agent: Agent) -> Mark:
    """Show a colleague."""
    state, words, since = _state(agent)
    place = setup(session).departments.get(agent.user.department_id or 0) if agent.user else None
    acts = agent.user is not None and wallboard.acts_for(viewer, agent.user)
    return Mark(
        id=f"agent-{agent.user.id}" if agent.user else f"telephone-{agent.extension}", name=agent.name,
        extension=agent.extension, state=state, words=words, since=since,
        place=place.name if place and viewer.sees_all else "",
        href=f"/people/{agent.user.id}/telephone" if acts and agent.user else "",
    )  # fmt: skip


def _state(agent: Agent) -> tuple[str, str, datetime | None]:
    kind, words = STATES[agent.state]
    if agent.state == "free" and agent.paused is not None:
        reason = agent.paused.reason
        return "paused", _("Paused: %(why)s", why=reason) if reason else _("Paused"), agent.paused.since
    if agent.state == "free" and not agent.queues:
        return "off", _("In no queue"), agent.since
    if agent.state in {"talking", "ringing"} and agent.call is not None and agent.call.answered_at:
        return kind, _(words), agent.call.answered_at
    return kind, _(words), agent.since


def _tile(session: Session, queue: QueueNow, names: Mapping[int, tuple[str, str]], today: date) -> Tile:
    country = setup(session).company.country
    free = sum(1 for member in queue.members if not member.paused)
    return Tile(
        name=queue.place.queue, department=queue.department.name if queue.department else "", pbx=queue.pbx,
        waiting=len(queue.waiting) if queue.up else None,
        since=queue.waiting[0].waiting.since if queue.waiting else None,
        callers=[_line(caller, names, country) for caller in queue.waiting[:MOST_CALLERS]],
        more=max(0, len(queue.waiting) - MOST_CALLERS), free=free if queue.up else None, members=len(queue.members),
        figures=_figures(queue, today), within=queue.within,
    )  # fmt: skip


def _line(caller: Caller, names: Mapping[int, tuple[str, str]], country: str) -> Line:
    call = caller.call
    told = call.customer if call and call.customer else caller.waiting.number
    number = numbers.display(told, country) if told.startswith("+") else told
    name, href = names.get(call.contact_id or 0, ("", "")) if call else ("", "")
    return Line(name or number or _("Number withheld"), href, caller.waiting.since)


def _names(session: Session, viewer: Viewer, callers: Sequence[Caller]) -> Mapping[int, tuple[str, str]]:
    """Give the names of those who wait, as far as the viewer may see who it is."""
    ids = {caller.call.contact_id for caller in callers if caller.call and caller.call.contact_id}
    if not ids:
        return {}
    country, handles = setup(session).company.country, handles_of(session, sorted(ids))
    found = session.scalars(select(Contact).where(Contact.id.in_(ids), sees_contact(viewer)))
    return {each.id: (called(each.name, handles[each.id], country), f"/contacts/{each.id}") for each in found}


def _figures(queue: QueueNow, today: date) -> list[Number]:
    day = queue.figures
    asked = {"queue": queue.place.queue, "direction": "inbound", "started.from": f"{today}",
             **({"pbx": str(queue.place.channel_id)} if queue.pbx else {})}  # fmt: skip
    share = NONE if day.share is None else _("%(share)s %%", share=day.share)
    return [
        Number(_("Answered today"), str(day.answered), _calls(asked, "answered")),
        Number(_("Lost today"), str(day.lost), _calls(asked, "missed")),
        Number(_("In time"), share, "", _("of %(all)s, within %(n)s s", all=day.all, n=queue.within)),
        Number(_("Longest wait"), length(day.longest)),
        Number(_("Wait"), length(day.wait), "", _("on average")),
        Number(_("Talk"), length(day.talk), "", _("on average")),
    ]  # fmt: skip


def _calls(asked: Mapping[str, str], outcome: str) -> str:
    return f"/calls?{urlencode({**asked, 'outcome': outcome})}"


def length(seconds: float | None) -> str:
    """Write how long something took: 0:42, 1:02:03; a dash where there was nothing."""
    return NONE if seconds is None else moments.played(round(seconds))
