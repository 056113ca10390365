"""Export of what is seen: a list as it is filtered, sorted and set in columns, as far as one's rights go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from aiohttp import web
from sqlalchemy.orm import Session

from crm import listing
from crm.exports import BOM, Card, Cell, Sheet, csv_rows, vcards
from crm.listing import Asked
from crm.web.list_pages import LISTS
from crm.web.lists import List, query_of, shown_columns
from crm.web.zones import zone_of
from hub import audit
from hub.clock import now
from hub.languages import _, listener
from hub.said import said
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


class Lot(NamedTuple):
    """Some rows of an export: what stands in the columns, or the same as address cards, and where it goes on."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    cards: Sequence[Card]
    after: str


async def sheet(listed: List[Any, Any], request: web.Request) -> web.StreamResponse:
    """Give a list for Excel. The file is finished before its first byte leaves: that is how it is packed."""
    with TemporaryDirectory(prefix="ringback-export-") as folder:
        file = Path(folder) / "list.xlsx"
        book, number = await asyncio.to_thread(Sheet, file), 0
        async for lot in _lots(request, listed, cards=False):
            await asyncio.to_thread(book.write, lot.rows if number else [lot.heads, *lot.rows])
            number += len(lot.rows)
        await asyncio.to_thread(book.close)
        await _record(request, listed, "xlsx", number)
        response = await _begin(request, listed, "xlsx")
        with file.open("rb") as opened:
            while piece := await asyncio.to_thread(opened.read, READ):
                await response.write(piece)
    await response.write_eof()
    return response


async def text(listed: List[Any, Any], request: web.Request) -> web.StreamResponse:
    """Give a list as text of columns."""
    return await _streamed(request, listed, "csv", _as_csv)


async def address_cards(listed: List[Any, Any], request: web.Request) -> web.StreamResponse:
    """Give a list as address cards."""
    return await _streamed(request, listed, "vcf", lambda lot, _first: vcards(lot.cards))


for _listed in LISTS:
    for _kind, _export in (("xlsx", sheet), ("csv", text), ("vcf", address_cards)):
        if _kind != "vcf" or _listed.export.cards:
            page("GET", f"{_listed.kind.href}/export.{_kind}")(partial(_export, _listed))


async def _streamed(
    request: web.Request, listed: List[Any, Any], kind: str, written: Callable[[Lot, bool], bytes]
) -> web.StreamResponse:
    """Write lot by lot; the audit knows how many left, also where somebody hung up."""
    response, number, whole = await _begin(request, listed, kind), 0, False
    try:
        async for lot in _lots(request, listed, cards=kind == "vcf"):
            piece = await asyncio.to_thread(written, lot, number == 0)
            number += len(lot.rows) or len(lot.cards)
            await response.write(piece)
        whole = True
    finally:
        await asyncio.shield(_record(request, listed, kind, number, whole=whole))
    await response.write_eof()
    return response


async def _begin(request: web.Request, listed: List[Any, Any], kind: str) -> web.StreamResponse:
    name = f"{listed.kind.name}-{now().astimezone(listener().zone):%Y-%m-%d}.{kind}"
    response = web.StreamResponse(headers={
        "Content-Type": TYPES[kind] + ("" if kind == "xlsx" else "; charset=utf-8"),
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    })  # fmt: skip
    await response.prepare(request)
    return response


async def _lots(request: web.Request, listed: List[Any, Any], *, cards: bool) -> AsyncIterator[Lot]:
    viewer, asked, after = viewer_of(request), listing.read(request.query, listed.kind), ""
    while True:
        lot = await request.app[DB].read(_lot, viewer, listed, asked, after, cards=cards)
        yield lot
        after = lot.after
        if not after:
            return


def _as_csv(lot: Lot, first: bool) -> bytes:  # noqa: FBT001 - whether the head is still to come
    head = BOM.encode() + csv_rows([list(lot.heads)]) if first else b""
    return head + csv_rows(lot.rows)


async def _record(
    request: web.Request, listed: List[Any, Any], kind: str, number: int, *, whole: bool = True
) -> None:  # fmt: skip
    words = listed.export.told(number, kind)
    if not whole:
        words = said("%(what)s, broken off", what=words)
    if view := query_of(listing.read(request.query, listed.kind)):
        words = said("%(what)s: %(view)s", what=words, view=view)
    await request.app[DB].write(_recorded, viewer_of(request), listed.record, words)


def _recorded(session: Session, viewer: Viewer, record: str, words: str) -> None:
    audit.record(session, viewer, audit.EXPORTED, record, 0, words=words)


def _lot(
    session: Session, viewer: Viewer, listed: List[Any, Any], asked: Asked, after: str, *, cards: bool
) -> Lot:  # fmt: skip
    rows = listed.rows(session, viewer, asked, after, LOT)
    behind = str(rows[-1].place) if len(rows) == LOT else ""
    if cards and listed.export.cards:
        return Lot((), (), listed.export.cards(session, rows), behind)
    columns, zone = shown_columns(session, viewer, listed, asked), zone_of(session)
    heads = [head for column in columns for head in listed.export.heads(column)]
    shown = [
        [line.name, *(cell for column in columns for cell in listed.export.cells(line, column, zone))]
        for line in listed.lines(session, viewer, rows)
    ]
    return Lot([_(listed.names), *heads], shown, (), behind)
