"""Notes in which colleagues named me, until I have seen them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import mentions
from crm.contacts import Contact, handles_of
from crm.conversations import Interaction
from crm.mentions import Mention
from crm.setup import setup
from crm.web.names import called
from hub.languages import N_, _
from hub.users import User, Viewer
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HERE = "/mentions"
SHOWN = 400  # letters of a note

add_room(
    Room(href=HERE, name=N_("Mentioned"), icon="note", order=2, within="/today",
         about=N_("Notes in which colleagues named me"))
)  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One note: whose card it is on, who wrote it and what it says."""

    id: int
    href: str
    contact: str
    who: str
    at: datetime
    text: str


@page("GET", HERE)
async def mine(request: web.Request) -> web.StreamResponse:
    """Show what I have not seen."""
    rows = await request.app[DB].read(_rows, viewer_of(request))
    template = "_mentions.html" if is_fragment(request) else "mentions.html"
    return await render(
        request, template, title=_("Mentioned"), back=Back("/today", _("Today")), mentions=rows
    )


@page("POST", "/mentions/{id}/seen")
async def seen(request: web.Request) -> web.StreamResponse:
    """Say that I have seen it."""
    await request.app[DB].write(_see, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Seen")), back=HERE)


def _rows(session: Session, viewer: Viewer) -> Sequence[Row]:
    return [_row(session, each) for each in mentions.unseen(session, viewer.user_id)]


def _row(session: Session, mention: Mention) -> Row:
    note = session.get_one(Interaction, mention.interaction_id)
    contact = session.get_one(Contact, note.contact_id)
    who = session.get(User, note.author_id) if note.author_id else None
    handles = handles_of(session, [contact.id])[contact.id]
    return Row(
        id=mention.id, href=f"/contacts/{contact.id}#event-{note.id}", at=note.at, text=note.text[:SHOWN],
        contact=called(contact.name, handles, setup(session).company.country), who=who.name if who else "",
    )  # fmt: skip


def _see(session: Session, viewer: Viewer, mention_id: int) -> None:
    found = session.get(Mention, mention_id)
    if found is None or found.user_id != viewer.user_id:
        raise Problem(404, _("There is no such note, or it names somebody else."))
    mentions.see(session, found)
