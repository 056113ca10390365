"""Whoever a call may be with, as a popup shows him: what is open first, then what happened, and whose he is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import calls, contacts
from crm.calls import Call
from crm.contacts import Contact, Organisation
from crm.conversations import Interaction
from crm.deadlines import deadlines_of
from crm.deals import Deal, is_open
from crm.pipelines import Stage
from crm.rights import sees_contact, sees_deal, sees_task
from crm.setup import setup
from crm.tasks import Task
from crm.web import people
from crm.web.clocks import Clock, clock, pressing
from crm.web.contact_lines import KINDS
from crm.web.names import called, initials
from crm.web.people import Person
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _
from hub.users import User, Viewer

LAST = 3  # things that happened before
OPEN = 3  # tasks
REQUESTS = ("form", "order", "mail", "chat")


class Before(msgspec.Struct, frozen=True):
    """One thing that happened before: when, and what in a line."""

    at: datetime
    words: str


class Todo(msgspec.Struct, frozen=True):
    """An open task, with its clock where one runs."""

    title: str
    href: str
    deadline: Clock | None


class OpenDeal(msgspec.Struct, frozen=True):
    """An open deal, in which stage it is, and how many more there are."""

    title: str
    href: str
    stage: str
    more: int


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that the call may be with. `href` is "" for who may not open the card, and nothing is told of it.

    `request` is the last one, where no task is open. `deal` is the open one, where there is one, the newest of several.
    """

    id: int
    name: str
    initials: str
    href: str
    organisation: str
    responsible: Person | None
    tasks: Sequence[Todo] = ()
    deal: OpenDeal | None = None
    request: Before | None = None
    before: Sequence[Before] = ()


def caller(session: Session, viewer: Viewer, contact: Contact, call: Call | None) -> Caller:
    """Show who it is; what is on the card only to who may open it."""
    handles = contacts.handles_of(session, [contact.id])[contact.id]
    name = called(contact.name, handles, setup(session).company.country)
    firm = session.get(Organisation, contact.organisation_id) if contact.organisation_id else None
    shown = Caller(
        id=contact.id, name=name, initials=initials(name), href="", organisation=firm.name if firm else "",
        responsible=_responsible(session, contact),
    )  # fmt: skip
    if session.scalar(select(Contact.id).where(Contact.id == contact.id, sees_contact(viewer))) is None:
        return shown
    todos = _open(session, viewer, contact)
    return msgspec.structs.replace(
        shown, href=f"/contacts/{contact.id}", tasks=todos, before=_before(session, contact, call),
        deal=_deal(session, viewer, contact), request=None if todos else _request(session, contact),
    )  # fmt: skip


def _responsible(session: Session, contact: Contact) -> Person | None:
    user = session.get(User, contact.responsible_id) if contact.responsible_id else None
    if user is None:
        return None
    person = people.persons(session, [user], zone_of(session))[0]
    if person.presence == "free" and calls.is_talking(session, user):
        return msgspec.structs.replace(person, presence="busy", words=_("in a call"))
    return msgspec.structs.replace(person, words=_("free")) if person.presence == "free" else person


def _open(session: Session, viewer: Viewer, contact: Contact) -> list[Todo]:
    wanted = select(Task).where(Task.contact_id == contact.id, Task.done_at.is_(None), sees_task(viewer))
    found = session.scalars(wanted.order_by(Task.due_at.is_(None), Task.due_at, Task.id).limit(OPEN)).all()
    deadlines = deadlines_of(session, [task.id for task in found])
    zone, moment = zone_of(session), now()
    firsts = [pressing(deadlines[task.id]) for task in found]
    return [
        Todo(task.title, f"/tasks/{task.id}", clock(first, zone, moment) if first else None)
        for task, first in zip(found, firsts, strict=True)
    ]


def _deal(session: Session, viewer: Viewer, contact: Contact) -> OpenDeal | None:
    """Give the newest open deal with somebody, in one statement: it is asked while the telephone rings."""
    wanted = (
        select(Deal.id, Deal.title, Stage.name, func.count().over())
        .join(Stage, Stage.id == Deal.stage_id)
        .where(Deal.contact_id == contact.id, is_open(), sees_deal(viewer))
        .order_by(Deal.id.desc()).limit(1)
    )  # fmt: skip
    found = session.execute(wanted).one_or_none()
    if found is None:
        return None
    deal_id, title, stage, count = found
    return OpenDeal(title, f"/deals/{deal_id}", stage, count - 1)


def _before(session: Session, contact: Contact, call: Call | None) -> list[Before]:
    itself = (call.interaction_id if call else None) or 0
    wanted = select(Interaction).where(Interaction.contact_id == contact.id, Interaction.id != itself)
    newest = wanted.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(LAST)
    return [_told(touch) for touch in session.scalars(newest)]


def _request(session: Session, contact: Contact) -> Before | None:
    wanted = select(Interaction).where(Interaction.contact_id == contact.id, Interaction.kind.in_(REQUESTS))
    last = session.scalar(wanted.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(1))
    return _told(last) if last is not None else None


def _told(touch: Interaction) -> Before:
    kind = _(KINDS.get(touch.kind, touch.kind))
    return Before(touch.at, f"{kind}: {touch.summary}" if touch.summary else kind)
