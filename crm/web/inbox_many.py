"""What is done to many conversations at once, and the views of the inbox that somebody keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web
from sqlalchemy.orm import Session

from crm import bulk, inbox_lists, inbox_ways, views, ways
from crm.bulk import Deed
from crm.desk import Refusal
from crm.inbox_ways import ASSIGN, CLOSE, MARK, SNOOZE
from crm.listing import INBOX
from crm.views import View
from crm.ways import State
from crm.web.lists import address, asked_in, query_of
from crm.web.many import carry_out, chosen_in
from crm.web.tasks import moment_in
from hub.languages import _, listener
from hub.users import Viewer
from hub.web import moments
from hub.web.frame import COMPANY
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, viewer_of

MOST = 10_000

Said = Mapping[str, str]


@page("POST", "/inbox/many")
async def many(request: web.Request) -> web.StreamResponse:
    """Do something to all that are chosen, or to all that match."""
    viewer, said, db = viewer_of(request), await form(request), request.app[DB]
    ids = [] if said.get("all") else chosen_in((await request.post()).getall("id", []))
    if not ids and not said.get("all"):
        raise Refusal(_("Choose something in the list first"))
    if said.get("all"):
        ids = await db.read(inbox_lists.ids_of, viewer, asked_in(said.get("query", ""), INBOX), MOST)
    zone = listener().zone or request.app[COMPANY]().zone
    until = said.get("until", "")
    at = moment_in(until, lambda local: local.replace(tzinfo=zone)) if until and said.get("snooze") else None
    deed = await db.write(_begin, viewer, said, (at, moments.when(at, zone)) if at else None, len(ids))
    return await changed(request, await carry_out(db, viewer, deed, ids))


@page("POST", "/inbox/views")
async def keep(request: web.Request) -> web.StreamResponse:
    """Keep the list as it is shown, under a name."""
    said = await form(request)
    asked, shared = asked_in(said.get("query", ""), INBOX), bool(said.get("shared"))
    view = await request.app[DB].write(
        _keep, viewer_of(request), said.get("name", ""), query_of(asked), shared=shared
    )
    toast = Toast(text=_("Kept as “%(name)s”", name=view.name), undo=f"/views/{view.id}")
    return await changed(request, toast, back=address(asked))


def _begin(session: Session, viewer: Viewer, said: Said, at: tuple[datetime, str] | None, total: int) -> Deed:
    kind, (what, words) = _what(session, said, at)
    return bulk.begin(session, viewer, kind, what, words, total)


def _what(session: Session, said: Said, at: tuple[datetime, str] | None) -> tuple[str, tuple[State, str]]:
    """Read which deed is meant by the button that was pressed."""
    if said.get("give"):
        return ASSIGN, inbox_ways.assigning(session, said["give"])
    if said.get("close"):
        return CLOSE, inbox_ways.closing(said["close"])
    if said.get("snooze"):
        if at is None:
            raise Refusal(_("Choose a time that is still to come"))
        return SNOOZE, inbox_ways.snoozing(*at)
    if said.get("tag_on") or said.get("tag_off"):
        return MARK, ways.tag(session, said.get("tag", ""), on=bool(said.get("tag_on")))
    raise Refusal(_("This cannot be done here"))


def _keep(session: Session, viewer: Viewer, name: str, query: str, *, shared: bool) -> View:
    return views.save(session, viewer, INBOX.name, name, query, shared=shared)
