"""What rings for me now, and whom I talk with: state, shown above every page, so that a refresh costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import calls, contacts, numbers, supervising, tasks
from crm.call_intake import candidates
from crm.calls import Call
from crm.contacts import Contact, Organisation
from crm.conversations import Interaction
from crm.rights import sees_contact
from crm.setup import setup
from crm.web.call_controls import Controls, controls
from crm.web.contact_lines import KINDS
from crm.web.names import called, initials
from hub.languages import N_, _
from hub.users import User, Viewer
from hub.web.keys import DB
from hub.web.pages import page, render, viewer_of

LAST = 3  # things that happened before
OPEN = 3  # tasks
HEARS = {
    "listen": N_("%(name)s listens"), "whisper": N_("%(name)s whispers to you"),
    "join": N_("%(name)s is with you in the call"),
}  # fmt: skip


class Before(msgspec.Struct, frozen=True):
    """One thing that happened before: when, and what in a line."""

    at: datetime
    words: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that the call may be with. `href` is "" for who may not open the card."""

    name: str
    initials: str
    href: str
    organisation: str
    responsible: str
    before: Sequence[Before]
    tasks: Sequence[str]


class Popup(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `why` says why it is shown to me; `people` are one, several to choose from, or none.

    `controls` are what can be done in it. `listeners` say who hears it beside the two, where one is to be told.
    """

    id: int
    number: str
    words: str
    why: str
    rings: bool
    since: datetime
    people: Sequence[Person]
    controls: Controls | None = None
    listeners: Sequence[str] = ()


@page("GET", "/popups")
async def popups(request: web.Request) -> web.StreamResponse:
    """Show the calls of my telephone."""
    found = await request.app[DB].read(popups_of, viewer_of(request))
    return await render(request, "_popups.html", popups=found)


def popups_of(session: Session, viewer: Viewer) -> list[Popup]:
    """Give the calls that ring for somebody, or in which he is."""
    me = session.get(User, viewer.user_id) if viewer.user_id else None
    if me is None:
        return []
    mine = [call for call in calls.shown_to(session, me) if call.direction != "internal"]
    return [
        structs.replace(
            _popup(session, viewer, call, me.extension),
            controls=controls(call, me, session), listeners=_listeners(session, call, me),
        )
        for call in mine
    ]


def _popup(session: Session, viewer: Viewer, call: Call, extension: str) -> Popup:
    country, rings = setup(session).company.country, extension in call.ringing
    number = numbers.display(call.customer, country) if call.customer else call.written
    return Popup(
        id=call.id, number=number or _("Number withheld"), words=_said(call, rings=rings), why=_why(call, extension),
        rings=rings, since=(None if rings else call.answered_at) or call.started_at,
        people=[_person(session, viewer, each) for each in _likely(session, call)],
    )  # fmt: skip


def _listeners(session: Session, call: Call, me: User) -> list[str]:
    found = supervising.announced(session, call, me) if me.extension in call.talking else []
    names = {user.extension: user.name for user in calls.people_at(session, [each.by for each in found])}
    return [_(HEARS[each.how], name=names.get(each.by, each.by)) for each in found]


def _said(call: Call, *, rings: bool) -> str:
    if call.placed_by is not None and not call.answered_at:
        return _placed(call)
    if call.parked:
        return _("Parked")
    if call.on_hold:
        return _("On hold")
    if not rings:
        return _("In talk")
    return _("Calls you") if call.direction == "inbound" else _("You call")


def _placed(call: Call) -> str:
    if call.ended_at is not None:
        return _("It did not come about")
    return _("Calling") if call.picked_up else _("Pick up your telephone")


def _why(call: Call, extension: str) -> str:
    if call.queue:
        return _("Your telephone %(extension)s, queue %(queue)s", extension=extension, queue=call.queue)
    return _("Your telephone %(extension)s", extension=extension)


def _likely(session: Session, call: Call) -> Sequence[Contact]:
    if call.contact_id is not None:
        return [session.get_one(Contact, call.contact_id)]
    return session.scalars(
        select(Contact).where(Contact.id.in_(candidates(session, call))).order_by(Contact.id)
    ).all()


def _person(session: Session, viewer: Viewer, contact: Contact) -> Person:
    """Show who it is; what is on the card only to who may open it."""
    country = setup(session).company.country
    handles = contacts.handles_of(session, [contact.id])[contact.id]
    seen = (
        session.scalar(select(Contact.id).where(Contact.id == contact.id, sees_contact(viewer))) is not None
    )
    firm = session.get(Organisation, contact.organisation_id) if contact.organisation_id else None
    responsible = session.get(User, contact.responsible_id) if contact.responsible_id else None
    name = called(contact.name, handles, country)
    return Person(
        name=name, initials=initials(name), href=f"/contacts/{contact.id}" if seen else "",
        organisation=firm.name if firm else "", responsible=responsible.name if responsible else "",
        before=_before(session, contact) if seen else (),
        tasks=[task.title for task in tasks.open_tasks(session, contact.id)[:OPEN]] if seen else (),
    )  # fmt: skip


def _before(session: Session, contact: Contact) -> list[Before]:
    wanted = select(Interaction).where(Interaction.contact_id == contact.id)
    newest = wanted.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(LAST)
    return [
        Before(touch.at, f"{_(KINDS.get(touch.kind, touch.kind))}: {touch.summary}")
        for touch in session.scalars(newest)
    ]
