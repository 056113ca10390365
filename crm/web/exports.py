"""Export of what is seen: the list as it is filtered, sorted and set in columns, as far as one's rights go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.orm import Session

from crm import listing, wanted
from crm.contacts import MAIL, PHONE, handles_of
from crm.exports import BOM, Cell, Person, Sheet, csv_rows, vcards
from crm.listing import Asked
from crm.setup import setup
from crm.web.contact_lines import Column, Line, chosen, columns_for, lines
from crm.web.contacts import address, column_names
from crm.web.names import called
from hub import audit
from hub.clock import now
from hub.languages import _, listener
from hub.said import nsaid
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import page, viewer_of

LOT = 1000
READ = 64 * 1024
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "vcf": "text/vcard",
}

Write = Callable[[bytes], "asyncio.Future[None]"]


class Lot(NamedTuple):
    """Some rows of an export: what stands in the columns, the same as people, and where it goes on."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    people: Sequence[Person]
    after: str


@page("GET", "/contacts/export.xlsx")
async def sheet(request: web.Request) -> web.StreamResponse:
    """Give the list for Excel. The file is finished before its first byte leaves: that is how it is packed."""
    with TemporaryDirectory(prefix="ringback-export-") as folder:
        file = Path(folder) / "contacts.xlsx"
        book, number = await asyncio.to_thread(Sheet, file), 0
        async for lot in _lots(request, people=False):
            await asyncio.to_thread(book.write, lot.rows if number else [lot.heads, *lot.rows])
            number += len(lot.rows)
        await asyncio.to_thread(book.close)
        await _record(request, "xlsx", number)
        response = await _begin(request, "xlsx")
        with file.open("rb") as opened:
            while piece := await asyncio.to_thread(opened.read, READ):
                await response.write(piece)
    await response.write_eof()
    return response


@page("GET", "/contacts/export.csv")
async def columns(request: web.Request) -> web.StreamResponse:
    """Give the list as text of columns."""
    return await _streamed(request, "csv", _as_csv)


@page("GET", "/contacts/export.vcf")
async def cards(request: web.Request) -> web.StreamResponse:
    """Give the list as address cards."""
    return await _streamed(request, "vcf", lambda lot, _first: vcards(lot.people))


async def _streamed(
    request: web.Request, kind: str, written: Callable[[Lot, bool], bytes]
) -> web.StreamResponse:
    """Write lot by lot; the audit knows how many left, also where somebody hung up."""
    response, number = await _begin(request, kind), 0
    try:
        async for lot in _lots(request, people=kind == "vcf"):
            await response.write(await asyncio.to_thread(written, lot, number == 0))
            number += len(lot.rows) or len(lot.people)
    finally:
        await asyncio.shield(_record(request, kind, number))
    await response.write_eof()
    return response


async def _begin(request: web.Request, kind: str) -> web.StreamResponse:
    name = f"contacts-{now().astimezone(listener().zone):%Y-%m-%d}.{kind}"
    response = web.StreamResponse(headers={
        "Content-Type": TYPES[kind] + ("" if kind == "xlsx" else "; charset=utf-8"),
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    })  # fmt: skip
    await response.prepare(request)
    return response


async def _lots(request: web.Request, *, people: bool) -> AsyncIterator[Lot]:
    viewer, asked, after = viewer_of(request), listing.read(request.query), ""
    while True:
        lot = await request.app[DB].read(_lot, viewer, asked, after, people=people)
        yield lot
        after = lot.after
        if not after:
            return


def _as_csv(lot: Lot, first: bool) -> bytes:  # noqa: FBT001 - whether the head is still to come
    head = BOM.encode() + csv_rows([list(lot.heads)]) if first else b""
    return head + csv_rows(lot.rows)


async def _record(request: web.Request, kind: str, number: int) -> None:
    viewer, query = viewer_of(request), address(listing.read(request.query)).partition("?")[2]
    await request.app[DB].write(_recorded, viewer, kind, number, query)


def _recorded(session: Session, viewer: Viewer, kind: str, number: int, query: str) -> None:
    words = nsaid("%(num)s contact as %(kind)s: %(view)s", "%(num)s contacts as %(kind)s: %(view)s", number,
                  kind=kind, view=query or "-")  # fmt: skip
    audit.record(session, viewer, audit.EXPORTED, "contact", 0, words=words)


def _lot(session: Session, viewer: Viewer, asked: Asked, after: str, *, people: bool) -> Lot:
    rows = wanted.rows(session, viewer, asked, after, LOT)
    behind = str(rows[-1].place) if len(rows) == LOT else ""
    if people:
        return Lot((), (), _people(session, rows), behind)
    columns = chosen(columns_for(session, viewer), column_names(session, viewer, asked))
    zone = listener().zone or ZoneInfo(setup(session).company.zone)
    shown = [[line.name, *_cells(line, columns, zone)] for line in lines(session, viewer, rows)]
    return Lot([_("Name"), *_heads(columns)], shown, (), behind)


def _heads(columns: Sequence[Column]) -> list[str]:
    heads = [
        [column.words, _("What it was")] if column.name == "last" else [column.words] for column in columns
    ]
    return [head for several in heads for head in several]


def _cells(line: Line, columns: Sequence[Column], zone: ZoneInfo) -> list[Cell]:
    found: list[Cell] = []
    for column in columns:
        match column.name:
            case "last":
                found += [_local(line.last_at, zone), line.last]
            case "open":
                found.append(line.open_tasks)
            case "made" | "changed":
                found.append(_local(line.made_at if column.name == "made" else line.changed_at, zone))
            case name:
                found.append(line.fields.get(column.field, "") if column.field else str(getattr(line, name)))
    return found


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone).replace(tzinfo=None) if moment else None


def _people(session: Session, rows: Sequence[wanted.Row]) -> list[Person]:
    handles = handles_of(session, [row.contact.id for row in rows])
    country = setup(session).company.country
    return [
        Person(
            id=row.contact.id, name=called(row.contact.name, handles[row.contact.id], country),
            organisation=row.organisation, changed_at=row.contact.changed_at,
            phones=[each.value for each in handles[row.contact.id] if each.kind == PHONE],
            mails=[each.value for each in handles[row.contact.id] if each.kind == MAIL],
        )
        for row in rows
    ]  # fmt: skip
