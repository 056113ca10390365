"""The lines of the list of calls: what stands in each column, in one question for each kind of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import calls, numbers
from crm.calls import Call
from crm.contacts import Contact, Handle, handles_of
from crm.rights import sees_contact
from crm.setup import Setup, setup
from crm.wanted_calls import Row
from crm.web import call_words
from crm.web.call_backs import CallBack, callbacks
from crm.web.columns import Column, columns_of
from crm.web.names import called
from hub.languages import N_, _, listener
from hub.users import Viewer

OWN = {
    "what": N_("What it was"), "when": N_("When"), "length": N_("How long"), "by": N_("Who talked"),
    "place": N_("Queue"), "callback": N_("Call-back"), "number": N_("Phone number"), "dialled": N_("Dialled"),
    "recorded": N_("Recording"),
}  # fmt: skip
SORTED_BY = {"when": "started"}
BY_DEFAULT = ("what", "when", "length", "by", "place", "callback")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `href` is "" for who may not open the card; `rang` and `talked` are seconds."""

    id: int
    name: str
    href: str
    number: str
    dial: str
    country: str
    icon: str
    missed: bool
    live: bool
    direction: str
    outcome: str
    at: datetime
    rang: float | None
    talked: float
    lasted: str
    by: str
    transfers: Sequence[str]
    queue: str
    department: str
    dialled: str
    recorded: bool
    callback: CallBack | None

    @property
    def place(self) -> str:
        """Say whose call it was: the queue and the department."""
        return " · ".join(part for part in (self.queue, self.department) if part)


class Around(NamedTuple):
    """What belongs to the calls of a page: people by extension and by id, cards, and tasks that the viewer sees."""

    state: Setup
    desks: Mapping[str, str]
    contacts: Mapping[int, Contact]
    handles: Mapping[int, Sequence[Handle]]
    open_cards: frozenset[int]
    callbacks: Mapping[int, CallBack]

    def sits(self, extension: str) -> str:
        """Say who sits at an extension."""
        if extension == "outside":
            return _("outside")
        return self.desks.get(extension) or _("extension %(number)s", number=extension or "?")


def columns_for(_session: Session, _viewer: Viewer) -> list[Column]:
    """Give every column that somebody may choose."""
    return columns_of(OWN, SORTED_BY)


def lines(session: Session, viewer: Viewer, rows: Sequence[Row]) -> list[Line]:
    """Show rows with what belongs to them."""
    found = around(session, viewer, [row.call for row in rows])
    return [line(row.call, found) for row in rows]


def around(session: Session, viewer: Viewer, several: Sequence[Call]) -> Around:
    """Fetch what belongs to some calls."""
    ids = {call.contact_id for call in several if call.contact_id is not None}
    cards = session.execute(select(Contact, sees_contact(viewer)).where(Contact.id.in_(ids))).all()
    known = {each.id: each for each, _seen in cards}
    people = calls.people_at(session, [each for call in several for each in _extensions(call)])
    return Around(
        state=setup(session), desks={user.extension: user.name for user in people}, contacts=known,
        handles=handles_of(session, list(ids)), open_cards=frozenset(each.id for each, seen in cards if seen),
        callbacks=callbacks(session, viewer, [call.task_id for call in several]),
    )  # fmt: skip


def line(call: Call, about: Around) -> Line:
    """Show one."""
    country = about.state.company.country
    department = about.state.departments.get(call.department_id or 0)
    return Line(
        id=call.id, name=_name(call, about), number=number_of(call, country),
        dial=call.customer or "", country=_country(call, country),
        href=f"/contacts/{call.contact_id}" if call.contact_id in about.open_cards else "",
        icon=call_words.icon(call), missed=call.missed, live=call.outcome is None,
        direction=_(call_words.DIRECTIONS[call.direction]), outcome=call_words.outcome(call), at=call.started_at,
        rang=call_words.rang(call), talked=call_words.talked(call), lasted=_lasted(call),
        by=", ".join(dict.fromkeys(about.sits(talk.extension) for talk in call.spoken)),
        transfers=[transfer(each.by, each.to, about) for each in call.handed_on], queue=call.queue,
        department=department.name if department else "", dialled=numbers.display(call.dialled, country),
        recorded=call.recorded, callback=about.callbacks.get(call.task_id or 0),
    )  # fmt: skip


def transfer(by: str, to: str, about: Around) -> str:
    """Say who handed a call on to whom."""
    return _("%(by)s handed it on to %(to)s", by=about.sits(by), to=about.sits(to) if to else _("somebody"))


def number_of(call: Call, country: str) -> str:
    """Write the other side's number as people do; "" where it is withheld or inside."""
    return numbers.display(call.customer, country) if call.customer else call.written


def _name(call: Call, about: Around) -> str:
    """Say who it is with: as the card says, as the PBX says, or by number; between colleagues who called."""
    country = about.state.company.country
    contact = about.contacts.get(call.contact_id or 0)
    if contact is not None:
        return called(contact.name, about.handles[contact.id], country)
    if call.withheld:
        return _("Number withheld")
    if call.direction == "internal":
        return call.name or about.sits(call.written)
    return call.name or number_of(call, country) or _("Nobody we know")


def _country(call: Call, home: str) -> str:
    """Name the country of a number that is not from home."""
    code = numbers.country_of(call.customer) if call.customer else None
    if code is None or code == home:
        return ""
    return str(listener().locale.territories.get(code, code))


def _lasted(call: Call) -> str:
    rang, talked = call_words.rang(call), call_words.talked(call)
    parts = [_("rang %(time)s", time=call_words.length(rang))] if rang is not None else []
    if talked:
        parts.append(_("talked %(time)s", time=call_words.length(talked)))
    return ", ".join(parts)


def _extensions(call: Call) -> Iterable[str]:
    yield from (*call.rang, *call.talking, call.written)
    yield from (talk.extension for talk in call.spoken)
    yield from (each for one in call.handed_on for each in (one.by, one.to))
