"""The lines of the list of organisations, and what lists and pages tell of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from crm import numbers
from crm.contacts import Organisation
from crm.organisations import About, about
from crm.setup import setup
from crm.wanted_organisations import Row
from crm.web.columns import Column, columns_of
from crm.web.names import initials
from hub.languages import N_
from hub.users import Viewer

OWN = {
    "people": N_("People"), "open": N_("Open tasks"), "last": N_("Last"), "phone": N_("Phone"),
    "web": N_("Web page"), "note": N_("Note"), "made": N_("Made"), "changed": N_("Changed"),
}  # fmt: skip
SORTED_BY = {"made": "made", "changed": "changed"}
NUMERIC = frozenset({"people", "open"})
BY_DEFAULT = ("people", "open", "last")
NOBODY = About(0, 0, None)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One organisation. Its people, what is open for them and when they were heard of: as far as one sees them."""

    id: int
    name: str
    initials: str
    people: int
    open_tasks: int
    last_at: datetime | None
    phone: str
    dial: str
    web: str
    note: str
    made_at: datetime
    changed_at: datetime


def columns_for(_session: Session, _viewer: Viewer) -> list[Column]:
    """Give every column that somebody may choose."""
    return columns_of(OWN, SORTED_BY, NUMERIC)


def lines(session: Session, viewer: Viewer, rows: Sequence[Row]) -> list[Line]:
    """Show rows with what belongs to them."""
    told = about(session, viewer, [row.organisation.id for row in rows])
    country = setup(session).company.country
    return [line(row.organisation, told.get(row.organisation.id, NOBODY), country) for row in rows]


def line(firm: Organisation, told: About, country: str) -> Line:
    """Show one; its number is read by the company's country."""
    number = numbers.read(firm.phone, country) if firm.phone else None
    return Line(
        id=firm.id, name=firm.name, initials=initials(firm.name), people=told.people, open_tasks=told.open_tasks,
        last_at=told.last_at, phone=firm.phone,
        dial=number.e164 if number else "", web=firm.web, note=firm.note, made_at=firm.made_at,
        changed_at=firm.changed_at,
    )  # fmt: skip
