"""What is done to many at once: to the contacts that are chosen in a list, to the people of organisations, to calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from crm import bulk, inbox_ways, ways
from crm.bulk import LOT, Deed
from crm.desk import Refusal
from crm.fields import fold, read
from crm.setup import setup
from crm.ways import FIELD, GIVE, HANDLED, JOIN, TAG, TASK, State
from crm.web.card_values import shown
from crm.web.list_pages import LISTS
from crm.web.lists import List, asked_in
from crm.web.totals import figure, forget_totals
from hub.db import Database
from hub.languages import _, ngettext
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import ID_DIGITS, Toast, changed, form, page, viewer_of

MOST_CHOSEN = 10_000  # boxes that are ticked one by one
LONGEST = 2000

Said = Mapping[str, str]


async def many(listed: List[Any, Any], request: web.Request) -> web.StreamResponse:
    """Do something to all that are chosen, or to all that match."""
    viewer, said, db = viewer_of(request), await form(request), request.app[DB]
    chosen = [] if said.get("all") else chosen_in((await request.post()).getall("id", []))
    if not chosen and not said.get("all"):
        raise Refusal(_("Choose something in the list first"))
    asked = asked_in(said.get("query", "") if said.get("all") else "", listed.kind)
    if listed.join and said.get("join"):
        deed, ids = await db.write(listed.join, viewer, said.get("into", ""), asked, chosen)
    else:
        kind = _kind(said, listed)
        ids = await db.read(listed.chosen, viewer, kind, asked, chosen)
        deed = await db.write(_begin, viewer, kind, said, len(ids))
    return await changed(request, await carry_out(db, viewer, deed, ids))


for _listed in LISTS:
    page("POST", f"{_listed.kind.href}/many")(partial(many, _listed))


async def carry_out(db: Database, viewer: Viewer, deed: Deed, ids: Sequence[int]) -> Toast:
    """Do a deed that has begun to all these records, lot by lot, and say so."""
    done = 0
    for start in range(0, len(ids), LOT):
        done += await db.write(bulk.go_on, viewer, deed.id, ids[start : start + LOT])
    forget_totals()
    undo = f"/deeds/{deed.id}"
    if deed.kind == JOIN:
        into = f"/organisations/{deed.what['organisation_id']}"
        return Toast(text=deed.words, undo=undo, href=into, words=_("Open it"))
    return Toast(text=told(deed, done), undo=undo if done else "")


def told(deed: Deed, number: int) -> str:
    """Say what a deed did to how many."""
    if deed.kind == HANDLED:
        return ngettext("%(num)s call-back: %(what)s", "%(num)s call-backs: %(what)s", number, num=figure(number),
                        what=deed.words)  # fmt: skip
    if deed.kind in inbox_ways.WAYS:
        return ngettext("%(num)s conversation: %(what)s", "%(num)s conversations: %(what)s", number, num=figure(number),
                        what=deed.words)  # fmt: skip
    return ngettext("%(num)s contact: %(what)s", "%(num)s contacts: %(what)s", number, num=figure(number),
                    what=deed.words)  # fmt: skip


def _kind(said: Said, listed: List[Any, Any]) -> str:
    """Read which deed is meant by the button that was pressed: one that can be done to what is in this list."""
    pressed = [kind for kind in (GIVE, TASK, HANDLED) if said.get(kind)]
    pressed += [TAG] if said.get("tag_on") or said.get("tag_off") else [FIELD]
    if pressed[0] not in listed.deeds:
        raise Refusal(_("This cannot be done here"))
    return pressed[0]


def _begin(session: Session, viewer: Viewer, kind: str, said: Said, total: int) -> Deed:
    what, words = _what(session, viewer, kind, said)
    return bulk.begin(session, viewer, kind, what, words, total)


def _what(session: Session, viewer: Viewer, kind: str, said: Said) -> tuple[State, str]:
    if kind == GIVE:
        return ways.give(session, said["give"])
    if kind == TASK:
        return ways.task(session, said.get("title", ""), said.get("to", ""))
    if kind == TAG:
        return ways.tag(session, said.get("tag", ""), on=bool(said.get("tag_on")))
    return ways.handled() if kind == HANDLED else _field(session, viewer, said)


def _field(session: Session, viewer: Viewer, said: Said) -> tuple[State, str]:
    if name := said.get("clear"):
        return _fill(session, viewer, name, "")
    if name := said.get("fill"):
        return _fill(session, viewer, name, said.get(f"value.{name}", ""))
    name = next((key.removeprefix("field.") for key in said if key.startswith("field.")), "")
    return _fill(session, viewer, name, said.get(f"field.{name}", ""))


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
    return ways.fill_in(field, value, shown(value) if value else "")


def chosen_in(texts: Sequence[object]) -> list[int]:
    """Give the numbers that were ticked."""
    numbers = [text for text in texts if isinstance(text, str) and text.isascii() and text.isdigit()]
    return [int(text) for text in numbers[:MOST_CHOSEN] if len(text) < ID_DIGITS]
