"""The room Organisations: the companies of whose people one sees somebody; those who see all see all of them."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm import listing, organisations, wanted_organisations
from crm.bulk import Deed
from crm.contacts import Organisation, identity
from crm.exports import Card, Cell
from crm.listing import Asked
from crm.setup import setup
from crm.wanted_organisations import Row
from crm.ways import TASK
from crm.web import organisation_filters
from crm.web.columns import Column
from crm.web.lists import Export, List
from crm.web.organisation_lines import BY_DEFAULT, Line, columns_for, lines
from crm.web.totals import figure
from crm.web.zones import local
from hub.languages import N_, ngettext
from hub.said import Said, nsaid
from hub.users import Viewer
from hub.web.frame import Room, add_room

add_room(Room(href="/organisations", name=N_("Organisations"), icon="building", order=4))


def counted(number: int) -> str:
    """Say how many."""
    return ngettext("%(num)s organisation", "%(num)s organisations", number, num=figure(number))


def counts_soon(viewer: Viewer, asked: Asked) -> bool:
    """Tell whether they are counted while the page is made: where nobody's people are looked at for it."""
    return viewer.sees_all and not asked.but(spans={}).filtered


def chosen(session: Session, viewer: Viewer, deed: str, asked: Asked, among: Sequence[int]) -> list[int]:
    """Give the people to whom something is to be done: all of theirs, or for a task one of each."""
    of_each = wanted_organisations.spokesmen if deed == TASK else wanted_organisations.people
    return of_each(session, viewer, asked, among)


def join(
    session: Session, viewer: Viewer, name: str, asked: Asked, among: Sequence[int]
) -> tuple[Deed, list[int]]:  # fmt: skip
    """Begin to make one of them; gives the deed and whom it moves."""
    ids = wanted_organisations.ids(session, viewer, asked, among)
    firms = [session.get_one(Organisation, each) for each in ids[: organisations.MOST_JOINED + 2]]
    deed, _into, people = organisations.begin_join(session, viewer, firms, name)
    return deed, people


def cells(line: Line, column: Column, zone: ZoneInfo) -> Sequence[Cell]:
    """Give what stands in a column of an export."""
    match column.name:
        case "people":
            return (line.people,)
        case "open":
            return (line.open_tasks,)
        case "last" | "made" | "changed":
            return (local(getattr(line, f"{column.name}_at"), zone),)
        case name:
            return (str(getattr(line, name)),)


def heads(column: Column) -> Sequence[str]:
    """Give what stands over it."""
    return (column.words,)


def cards(session: Session, rows: Sequence[Row]) -> list[Card]:
    """Give them as address cards."""
    country = setup(session).company.country
    return [_card(row.organisation, country) for row in rows]


def told(number: int, kind: str) -> Said:
    """Say to the audit what left."""
    return nsaid("%(num)s organisation as %(kind)s", "%(num)s organisations as %(kind)s", number, kind=kind)


def _card(firm: Organisation, country: str) -> Card:
    numbers = [value for _kind, value in identity(firm.phone, "", country).handles]
    typed = [firm.phone] if firm.phone else []
    return Card(
        uid=f"organisation-{firm.id}", name=firm.name, organisation=firm.name, is_organisation=True,
        phones=numbers or typed, web=firm.web, note=firm.note, changed_at=firm.changed_at,
    )  # fmt: skip


ORGANISATIONS = List(
    kind=listing.ORGANISATIONS, record="organisation", title=N_("Organisations"),
    finds=N_("Name of the organisation"), everything=N_("Show all"), give=N_("Give people to"), counted=counted,
    more=N_("More than %(many)s organisations"), by_default=BY_DEFAULT, ready=organisation_filters.READY,
    columns=columns_for, rows=wanted_organisations.rows, count=wanted_organisations.count,
    counts_soon=counts_soon, lines=lines, filters=organisation_filters.offered,
    narrowed=organisation_filters.narrowed, chosen=chosen, join=join, export=Export(heads, cells, told, cards),
)  # fmt: skip
