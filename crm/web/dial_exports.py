"""A dialling list for other programs: everybody on it whom one is shown, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web
from sqlalchemy.orm import Session

from crm.dial_making import MOST
from crm.exports import BOM, Cell, Sheet, csv_rows
from crm.web import dial_people
from crm.web.dial_lists import seen
from crm.web.dial_people import ALL, Line
from crm.web.exports import TYPES
from crm.web.zones import local, zone_of
from hub import audit
from hub.clock import now
from hub.languages import _, listener
from hub.said import nsaid
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import page, path_id, viewer_of

Rows = Sequence[Sequence[Cell]]


async def export(kind: str, request: web.Request) -> web.StreamResponse:
    """Give a list as a sheet, or as text of columns."""
    rows = await request.app[DB].write(_rows, viewer_of(request), path_id(request), kind)
    name = f"dial-list-{path_id(request)}-{now().astimezone(listener().zone):%Y-%m-%d}.{kind}"
    return web.Response(
        body=await asyncio.to_thread(_sheet if kind == "xlsx" else _text, rows),
        headers={
            "Content-Type": TYPES[kind] + ("" if kind == "xlsx" else "; charset=utf-8"),
            "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store",
        },
    )  # fmt: skip


for _kind in ("xlsx", "csv"):
    page("GET", f"/dial-lists/{{id}}/export.{_kind}")(partial(export, _kind))


def _rows(session: Session, viewer: Viewer, list_id: int, kind: str) -> Rows:
    listed, zone = seen(session, viewer, list_id), zone_of(session)
    heads = (_("Name"), _("Number"), _("State"), _("When"), _("Tries"), _("Result"), _("Why"))
    found = dial_people.lines(session, viewer, listed, ALL, 0, MOST)
    words = nsaid("%(num)s person as %(kind)s", "%(num)s people as %(kind)s", len(found), kind=kind)
    audit.record(session, viewer, audit.EXPORTED, "dial_list", listed.id, words=words)

    def row(line: Line) -> Sequence[Cell]:
        return (line.name, line.number, line.words, local(line.at, zone), line.tries, line.result, line.why)

    return [heads, *map(row, found)]


def _text(rows: Rows) -> bytes:
    return BOM.encode() + csv_rows(rows)


def _sheet(rows: Rows) -> bytes:
    with TemporaryDirectory(prefix="ringback-export-") as folder:
        file = Path(folder) / "list.xlsx"
        book = Sheet(file)
        book.write(rows)
        book.close()
        return file.read_bytes()
