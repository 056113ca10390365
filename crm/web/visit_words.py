"""Visits as every page shows them: when and where, with whom, whose, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.appointment_papers import SIGNATURE, with_files
from crm.appointment_rights import of_contact, of_deal, wishes
from crm.appointments import Appointment
from crm.contacts import Contact, handles_of
from crm.setup import setup
from crm.web.names import called
from crm.web.people import Person, people_of
from crm.web.zones import zone_of
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.moments import written

STATES: Mapping[str, tuple[str, str]] = {
    "planned": ("", N_("Planned")), "done": ("ok", N_("Done")), "cancelled": ("off", N_("Cancelled")),
    "missed": ("late", N_("Nobody was there")),
}  # fmt: skip
MOST = 12  # visits in a section
OF_THE_EARTH = "https://www.openstreetmap.org/search?query="


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A photo or a signature; `href` is "" for a name that was typed."""

    kind: str
    href: str
    words: str
    at: datetime


class VisitRow(msgspec.Struct, frozen=True, kw_only=True):
    """One visit in a line."""

    id: int
    href: str
    purpose: str
    when: str
    starts_at: datetime
    address: str
    person: Person | None
    mark: str
    state: str
    planned: bool
    trouble: str
    papers: Sequence[Kept] = ()


class WishRow(msgspec.Struct, frozen=True, kw_only=True):
    """A task that needs a time."""

    task_id: int
    title: str
    why: str
    href: str


class Visits(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _visits.html: visits, and tasks that need one; `new` plans another."""

    rows: Sequence[VisitRow] = ()
    wishes: Sequence[WishRow] = ()
    new: str = ""


def visits_of_deal(session: Session, viewer: Viewer, deal_id: int) -> Visits:
    """Give the visits of a deal."""
    return Visits(
        rows=visit_rows(session, of_deal(session, viewer, deal_id)[:MOST]),
        wishes=wish_rows(session, viewer, deal_id=deal_id), new=f"/visits/new?deal={deal_id}",
    )  # fmt: skip


def visits_of_contact(session: Session, viewer: Viewer, contact_id: int) -> Visits:
    """Give the visits of a contact."""
    return Visits(
        rows=visit_rows(session, of_contact(session, viewer, contact_id)[:MOST]),
        wishes=wish_rows(session, viewer, contact_id=contact_id), new=f"/visits/new?contact_id={contact_id}",
    )  # fmt: skip


def wish_rows(
    session: Session, viewer: Viewer, *, deal_id: int | None = None, contact_id: int | None = None
) -> Sequence[WishRow]:
    """Give the tasks that need a time."""
    return [
        WishRow(task_id=task.id, title=task.title, why=wish.why, href=f"/visits/new?task={task.id}")
        for wish, task in wishes(session, viewer, deal_id=deal_id, contact_id=contact_id)
    ]


def visit_rows(session: Session, rows: Sequence[Appointment]) -> Sequence[VisitRow]:
    """Show visits in lines."""
    zone = zone_of(session)
    people = people_of(session, {each.person_id for each in rows}, zone)
    papers: dict[int, list[Kept]] = {each.id: [] for each in rows}
    for paper, file in with_files(session, list(papers)):
        words = _("Signed by %(name)s", name=paper.signer) if paper.kind == SIGNATURE else _("Photo")
        href = f"/files/{file.id}?look" if file is not None else ""
        papers[paper.appointment_id].append(Kept(kind=paper.kind, href=href, words=words, at=paper.at))
    return [
        VisitRow(
            id=row.id, href=f"/visits/{row.id}", purpose=row.purpose or _("Visit"), when=when(row, zone),
            starts_at=row.starts_at, address=row.address, person=people.get(row.person_id), mark=STATES[row.state][0],
            state=_(STATES[row.state][1]), planned=row.is_planned, trouble=row.trouble, papers=papers[row.id],
        )
        for row in rows
    ]  # fmt: skip


def when(row: Appointment, zone: ZoneInfo) -> str:
    """Write when it is where its reader is: Mon 7 Dec, 10:00-11:00, with the place's zone where that is another."""
    first, last = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    words = f"{written(first, 'EEE d MMM')}, {first:%H:%M}-{last:%H:%M}"
    there = row.starts_at.astimezone(ZoneInfo(row.zone))
    return words if there.utcoffset() == first.utcoffset() else f"{words} ({there:%H:%M} {row.zone})"


def map_of(address: str) -> str:
    """Give the address of a map, "" where nobody knows where it is."""
    return f"{OF_THE_EARTH}{quote(address, safe='')}" if address.strip() else ""


def names_of(session: Session, contact_ids: set[int]) -> Mapping[int, str]:
    """Give what contacts are called."""
    rows = session.execute(select(Contact.id, Contact.name).where(Contact.id.in_(contact_ids))).all()
    handles, country = handles_of(session, [row.id for row in rows]), setup(session).company.country
    return {row.id: called(row.name, handles[row.id], country) for row in rows}
