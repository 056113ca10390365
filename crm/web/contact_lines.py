"""The lines of the list of contacts: what stands in each column, in one question for each kind of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.contacts import MAIL, PHONE, Handle, handles_of
from crm.conversations import Touch, latest
from crm.deadlines import deadlines_of
from crm.fields import COMPUTED, CustomField, Value
from crm.rights import sees_task
from crm.setup import Setup, setup
from crm.tasks import Task
from crm.wanted import Row
from crm.web.card_values import shown
from crm.web.clocks import Clock, clock, pressing
from crm.web.columns import FIELD, Column, columns_of
from crm.web.names import called, first_number, initials, reach, ways
from hub.clock import now
from hub.languages import N_, _, listener
from hub.shapes import convert
from hub.users import Viewer, names_of

LAST = 80
KINDS = {"form": N_("Form"), "order": N_("Order"), "note": N_("Note"), "call": N_("Call"), "mail": N_("Mail"),
         "chat": N_("Chat"), "signature": N_("Signature")}  # fmt: skip
OWN = {
    "organisation": N_("Organisation"), "reach": N_("Reached by"), "phone": N_("Phone"), "mail": N_("Mail"),
    "last": N_("Last"), "open": N_("Open"), "responsible": N_("Responsible"), "department": N_("Department"),
    "made": N_("Made"), "changed": N_("Changed"),
}  # fmt: skip
SORTED_BY = {
    "organisation": "organisation",
    "last": "last",
    "open": "due",
    "made": "made",
    "changed": "changed",
}
BY_DEFAULT = ("reach", "last", "open")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One contact. `last` says in words what happened at `last_at`; `fields` are written for the eye, by name."""

    id: int
    name: str
    initials: str
    organisation: str
    organisation_id: int | None
    reach: str
    phone: str
    dial: str
    mail: str
    last_at: datetime | None
    last: str
    made_at: datetime
    changed_at: datetime
    department: str
    responsible: str
    open_tasks: int
    deadline: Clock | None
    fields: Mapping[str, str]
    is_organisation: bool = False


def columns_for(session: Session, viewer: Viewer) -> list[Column]:
    """Give every column that somebody may choose."""
    return columns_of(OWN, SORTED_BY) + [
        Column(f"{FIELD}{field.name}", field.label) for field in fields_for(session, viewer)
    ]


def fields_for(session: Session, viewer: Viewer) -> list[CustomField]:
    """Give the company's fields that somebody may see, in their order."""
    fields = setup(session).shown_fields
    return [field for field in fields if field.kind != COMPUTED and field.is_seen_by(viewer)]


def lines(session: Session, viewer: Viewer, rows: Sequence[Row]) -> list[Line]:
    """Show rows with what belongs to them."""
    ids = [row.contact.id for row in rows]
    state = setup(session)
    handles, touches = handles_of(session, ids), latest(session, ids)
    tasks = _open_tasks(session, viewer, ids)
    clocks = _clocks(session, tasks, listener().zone or ZoneInfo(state.company.zone))
    people = names_of(session, [row.contact.responsible_id for row in rows])
    fields = fields_for(session, viewer)
    return [
        _line(row, state, handles[row.contact.id], touches.get(row.contact.id), _Beside(
            len(tasks[row.contact.id]), clocks[row.contact.id], people.get(row.contact.responsible_id or 0, ""),
            _fields(row.contact.fields, fields)))
        for row in rows
    ]  # fmt: skip


class _Beside(NamedTuple):
    """What stands beside a contact in its line."""

    open_tasks: int
    deadline: Clock | None
    responsible: str
    fields: Mapping[str, str]


def _line(
    row: Row, state: Setup, handles: Sequence[Handle], touch: Touch | None, beside: _Beside
) -> Line:  # fmt: skip
    contact, country = row.contact, state.company.country
    department = state.departments.get(contact.department_id or 0)
    by_kind = {way.kind: way.value for way in reversed(ways(handles, country))}
    return Line(
        id=contact.id, name=called(contact.name, handles, country), initials=initials(contact.name),
        organisation=row.organisation, organisation_id=contact.organisation_id, reach=reach(handles, country),
        phone=by_kind.get(PHONE, ""), dial=first_number(handles), mail=by_kind.get(MAIL, ""),
        last_at=touch.at if touch else None, last=_said(touch) if touch else "",
        made_at=contact.made_at, changed_at=contact.changed_at,
        department=department.name if department else "", responsible=beside.responsible,
        open_tasks=beside.open_tasks, deadline=beside.deadline, fields=beside.fields,
    )  # fmt: skip


def _fields(kept: Mapping[str, object], fields: Sequence[CustomField]) -> dict[str, str]:
    return {field.name: shown(convert(kept[field.name], Value)) for field in fields if kept.get(field.name)}


def _said(touch: Touch) -> str:
    words = f"{_(KINDS[touch.kind]) if touch.kind in KINDS else touch.kind.capitalize()}, {touch.summary}"
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


def _clocks(session: Session, tasks: Mapping[int, Sequence[int]], zone: ZoneInfo) -> dict[int, Clock | None]:
    """Give the most pressing deadline of each contact."""
    deadlines = deadlines_of(session, [task_id for several in tasks.values() for task_id in several])
    moment = now()
    found: dict[int, Clock | None] = {}
    for contact_id, several in tasks.items():
        first = pressing([each for task_id in several for each in deadlines[task_id] if not each.met_at])
        found[contact_id] = clock(first, zone, moment) if first else None
    return found
