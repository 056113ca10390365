"""What is done to many contacts at once, and the list of such deeds, each of which can be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from babel.numbers import format_decimal
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import bulk, organisations, wanted
from crm.bulk import FIELD, GIVE, JOIN, LOT, TAG, TASK, Deed, State
from crm.desk import Refusal
from crm.fields import fold, read
from crm.listing import Asked
from crm.setup import setup
from crm.web.card_values import shown
from crm.web.totals import forget_totals
from crm.web.views import asked_in
from hub.languages import _, listener, ngettext
from hub.users import User, Viewer
from hub.web.keys import DB
from hub.web.pages import ID_DIGITS, Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.paging import decode_cursor, encode_cursor
from hub.web.problems import Problem

PER_PAGE = 50
MOST_CHOSEN = 10_000  # boxes that are ticked one by one
LONGEST = 2000

Said = Mapping[str, str]


class Back(msgspec.Struct, frozen=True):
    """A step back."""

    href: str
    words: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A deed as the list shows it; `undo` is where it is taken back, "" once it was."""

    id: int
    at: datetime
    who: str
    words: str
    count: str
    state: str
    undo: str


@page("POST", "/contacts/many")
async def many(request: web.Request) -> web.StreamResponse:
    """Do something to all that are chosen, or to all that match."""
    viewer, said, db = viewer_of(request), await form(request), request.app[DB]
    chosen = [] if said.get("all") else _chosen((await request.post()).getall("id", []))
    asked = asked_in(said.get("query", "")) if said.get("all") else Asked()
    if not chosen and not said.get("all"):
        raise Refusal(_("Choose contacts first"))
    ids = await db.read(wanted.ids, viewer, asked, chosen)
    deed = await db.write(_begin, viewer, said, len(ids))
    done = 0
    for start in range(0, len(ids), LOT):
        done += await db.write(bulk.go_on, viewer, deed.id, ids[start : start + LOT])
    forget_totals()
    return await changed(request, Toast(text=told(deed, done), undo=f"/deeds/{deed.id}" if done else ""))


@page("GET", "/deeds")
async def deeds(request: web.Request) -> web.StreamResponse:
    """Show what was done to many, the newest first."""
    before = request.query.get("before")
    rows = await request.app[DB].read(_rows, viewer_of(request), decode_cursor(before) if before else None)
    older = f"/deeds?before={encode_cursor(rows[PER_PAGE - 1].id)}" if len(rows) > PER_PAGE else ""
    template = "_deeds.html" if is_fragment(request) else "deeds.html"
    return await render(
        request, template, title=_("What was done to many"), deeds=rows[:PER_PAGE], older=older,
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


def told(deed: Deed, number: int) -> str:
    """Say what a deed did to how many."""
    return ngettext("%(num)s contact: %(what)s", "%(num)s contacts: %(what)s", number, num=_number(number),
                    what=deed.words)  # fmt: skip


def _take_back(session: Session, viewer: Viewer, deed_id: int) -> None:
    deed = bulk.take_back(session, viewer, deed_id)
    if deed.kind == JOIN:
        organisations.part(session, viewer, deed)


def _begin(session: Session, viewer: Viewer, said: Said, total: int) -> Deed:
    kind, (what, words) = _asked_for(session, viewer, said)
    return bulk.begin(session, viewer, kind, what, words, total)


def _asked_for(session: Session, viewer: Viewer, said: Said) -> tuple[str, tuple[State, str]]:
    """Read which deed is meant by the button that was pressed."""
    if to := said.get("give"):
        return GIVE, bulk.give(session, to)
    if said.get("task"):
        return TASK, bulk.task(session, said.get("title", ""), said.get("to", ""))
    if said.get("tag_on") or said.get("tag_off"):
        return TAG, bulk.tag(session, said.get("tag", ""), on=bool(said.get("tag_on")))
    if name := said.get("clear"):
        return FIELD, _fill(session, viewer, name, "")
    if name := said.get("fill"):
        return FIELD, _fill(session, viewer, name, said.get(f"value.{name}", ""))
    name = next((key.removeprefix("field.") for key in said if key.startswith("field.")), "")
    return FIELD, _fill(session, viewer, name, said.get(f"field.{name}", ""))


def _fill(session: Session, viewer: Viewer, name: str, text: str) -> tuple[State, str]:
    field = setup(session).fields.get(fold(name))
    if field is None or not field.is_seen_by(viewer):
        raise Refusal(_("There is no such field any more; open the list again"))
    if not field.is_edited_by(viewer):
        raise Refusal(_("You may not change this field"))
    text = text.strip()
    if len(text) > LONGEST:
        raise Refusal(_("This is longer than a field can hold"))
    try:
        value = read(field, text) if text else None
    except ValueError as error:
        raise Refusal(error.args[0]) from None
    return bulk.fill_in(field, value, shown(value) if value else "")


def _chosen(texts: Sequence[object]) -> list[int]:
    numbers = [text for text in texts if isinstance(text, str) and text.isascii() and text.isdigit()]
    return [int(text) for text in numbers[:MOST_CHOSEN] if len(text) < ID_DIGITS]


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
        id=deed.id, at=deed.at, who=who, words=deed.words, count=_number(count),
        state=_undone(count, deed.left_alone) if deed.undone_at else "",
        undo="" if deed.undone_at or not (count or deed.kind == JOIN) else f"/deeds/{deed.id}",
    )  # fmt: skip


def _undone(count: int, left_alone: int) -> str:
    if not left_alone:
        return _("Taken back")
    alone = _number(left_alone)
    return ngettext(
        "Taken back; %(alone)s of %(count)s was changed since and is left alone",
        "Taken back; %(alone)s of %(count)s were changed since and are left alone",
        left_alone, alone=alone, count=_number(count),
    )  # fmt: skip


def _number(number: int) -> str:
    return format_decimal(number, locale=listener().locale)
