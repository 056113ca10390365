"""The list of what was done to many, each of which can be taken back."""

from __future__ import annotations

from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import bulk, organisations
from crm.bulk import Deed
from crm.ways import JOIN
from crm.web.totals import figure, forget_totals
from hub.languages import _, ngettext
from hub.users import User, Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render, viewer_of
from hub.web.paging import decode_cursor, encode_cursor
from hub.web.problems import Problem

PER_PAGE = 30


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A deed as the list shows it; `undo` is where it is taken back, "" once it was."""

    id: int
    at: datetime
    who: str
    words: str
    count: str
    state: str
    undo: str


@page("GET", "/deeds")
async def deeds(request: web.Request) -> web.StreamResponse:
    """Show what was done to many, the newest first."""
    before = request.query.get("before")
    rows = await request.app[DB].read(_rows, viewer_of(request), decode_cursor(before) if before else None)
    older = f"/deeds?before={encode_cursor(rows[PER_PAGE - 1].id)}" if len(rows) > PER_PAGE else ""
    template = "_deeds.html" if is_fragment(request) else "deeds.html"
    return await render(
        request, template, title=_("Done to many"), deeds=rows[:PER_PAGE], older=older,
        back=Back("/contacts", _("Contacts")), here=request.path_qs,
    )  # fmt: skip


@page("DELETE", "/deeds/{id}")
async def undo(request: web.Request) -> web.StreamResponse:
    """Take a deed back: all that is still as it left it."""
    viewer, db, deed_id = viewer_of(request), request.app[DB], path_id(request)
    try:
        await db.write(_take_back, viewer, deed_id)
    except LookupError:
        raise Problem(404, _("There is no such deed.")) from None
    behind: int | None = 0
    while behind is not None:
        behind = await db.write(bulk.undo_on, viewer, deed_id, behind)
    deed, done = await db.read(_deed, deed_id)
    forget_totals()
    return await changed(request, Toast(text=_undone(done, deed.left_alone)))


def _take_back(session: Session, viewer: Viewer, deed_id: int) -> None:
    deed = bulk.take_back(session, viewer, deed_id)
    if deed.kind == JOIN:
        organisations.part(session, viewer, deed)


def _deed(session: Session, deed_id: int) -> tuple[Deed, int]:
    return session.get_one(Deed, deed_id), bulk.changed_by(session, [deed_id]).get(deed_id, 0)


def _rows(session: Session, viewer: Viewer, before: int | None) -> list[Row]:
    found = bulk.deeds_of(session, viewer, before, PER_PAGE + 1)
    people = {deed.by for deed, _count in found}
    named = select(User.id, User.name).where(User.id.in_(people))
    names = dict(session.execute(named).all())
    return [_row(deed, count, names.get(deed.by or 0, "")) for deed, count in found]


def _row(deed: Deed, count: int, who: str) -> Row:
    return Row(
        id=deed.id, at=deed.at, who=who, words=deed.words, count=figure(count),
        state=_undone(count, deed.left_alone) if deed.undone_at else "",
        undo="" if deed.undone_at or not (count or deed.kind == JOIN) else f"/deeds/{deed.id}",
    )  # fmt: skip


def _undone(count: int, left_alone: int) -> str:
    if not left_alone:
        return _("Taken back")
    alone = figure(left_alone)
    return ngettext(
        "Taken back; %(alone)s of %(count)s was changed since and is left alone",
        "Taken back; %(alone)s of %(count)s were changed since and are left alone",
        left_alone, alone=alone, count=figure(count),
    )  # fmt: skip
