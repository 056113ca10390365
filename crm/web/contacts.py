"""The room Contacts: everybody one sees."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm import listing, wanted
from crm.contacts import MAIL, PHONE, handles_of
from crm.exports import Card, Cell
from crm.listing import Asked
from crm.setup import setup
from crm.wanted import Row
from crm.web import contact_filters
from crm.web.columns import Column
from crm.web.contact_lines import BY_DEFAULT, Line, columns_for, lines
from crm.web.lists import Export, List
from crm.web.names import called
from crm.web.similar import similar
from crm.web.totals import figure
from crm.web.zones import local
from hub.languages import N_, _, ngettext
from hub.said import Said, nsaid
from hub.users import Viewer
from hub.web.frame import Room, add_room

add_room(Room(href="/contacts", name=N_("Contacts"), icon="people", order=3, tab=True, key="c"))


def counted(number: int) -> str:
    """Say how many."""
    return ngettext("%(num)s contact", "%(num)s contacts", number, num=figure(number))


def counts_soon(_viewer: Viewer, asked: Asked) -> bool:
    """Tell whether they are counted while the page is made: where what is asked stands on the cards themselves."""
    return not (asked.q or asked.fields or asked.has or asked.open)


def chosen(session: Session, viewer: Viewer, _deed: str, asked: Asked, among: Sequence[int]) -> list[int]:
    """Give those to whom something is to be done."""
    return wanted.ids(session, viewer, asked, among)


def cells(line: Line, column: Column, zone: ZoneInfo) -> Sequence[Cell]:
    """Give what stands in a column of an export; the last contact takes two."""
    match column.name:
        case "last":
            return (local(line.last_at, zone), line.last)
        case "open":
            return (line.open_tasks,)
        case "made" | "changed":
            return (local(line.made_at if column.name == "made" else line.changed_at, zone),)
        case name:
            return (line.fields.get(column.field, "") if column.field else str(getattr(line, name)),)


def heads(column: Column) -> Sequence[str]:
    """Give what stands over them."""
    return (column.words, _("What it was")) if column.name == "last" else (column.words,)


def cards(session: Session, rows: Sequence[Row]) -> list[Card]:
    """Give them as address cards."""
    handles = handles_of(session, [row.contact.id for row in rows])
    country = setup(session).company.country
    return [
        Card(
            uid=f"contact-{row.contact.id}", name=called(row.contact.name, handles[row.contact.id], country),
            organisation=row.organisation, changed_at=row.contact.changed_at,
            phones=[each.value for each in handles[row.contact.id] if each.kind == PHONE],
            mails=[each.value for each in handles[row.contact.id] if each.kind == MAIL],
        )
        for row in rows
    ]  # fmt: skip


def told(number: int, kind: str) -> Said:
    """Say to the audit what left."""
    return nsaid("%(num)s contact as %(kind)s", "%(num)s contacts as %(kind)s", number, kind=kind)


CONTACTS = List(
    kind=listing.CONTACTS, record="contact", title=N_("Contacts"), finds=N_("Name, number or mail"),
    everything=N_("Show everybody"), give=N_("Give to"), counted=counted, more=N_("More than %(many)s contacts"),
    by_default=BY_DEFAULT, ready=contact_filters.READY, columns=columns_for, rows=wanted.rows, count=wanted.count,
    counts_soon=counts_soon, lines=lines, filters=contact_filters.offered, narrowed=contact_filters.narrowed,
    chosen=chosen, fillable=contact_filters.fillable, similar=similar, export=Export(heads, cells, told, cards),
)  # fmt: skip
