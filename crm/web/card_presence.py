"""Who else is on a card just now, and where he writes; the page's script says that its reader is there."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import presence
from crm.card_history import hidden_keys
from crm.web.card_fields import labels_of
from crm.web.names import initials
from crm.web.seen import visible
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import form, page, path_id, render, viewer_of

NOTE, LETTER, CHAT = "note", "letter", "chat"


class Here(msgspec.Struct, frozen=True):
    """Somebody else who is on the card, and what he does, in words."""

    initials: str
    words: str


class Presence(msgspec.Struct, frozen=True):
    """The line at the top of a card."""

    href: str
    others: Sequence[Here]


@page("GET", "/contacts/{id}/presence")
async def who(request: web.Request) -> web.StreamResponse:
    """Show who else is here."""
    shown = await request.app[DB].read(_here, viewer_of(request), path_id(request))
    return await render(request, "_presence.html", presence=shown)


@page("POST", "/contacts/{id}/presence")
async def enter(request: web.Request) -> web.StreamResponse:
    """Say that I am here, and in which part I write."""
    writing = (await form(request)).get("writing", "")
    await request.app[DB].write(_enter, viewer_of(request), path_id(request), writing)
    return web.Response(status=204)


@page("DELETE", "/contacts/{id}/presence")
async def leave(request: web.Request) -> web.StreamResponse:
    """Say that I went away."""
    await request.app[DB].write(_leave, viewer_of(request), path_id(request))
    return web.Response(status=204)


def here(session: Session, viewer: Viewer, contact_id: int) -> Presence:
    """Give who else is on a card."""
    labels, hidden = labels_of(session, viewer), hidden_keys(session, viewer)
    others = presence.others(session, contact_id, viewer.user_id)
    shown = [
        Here(
            initials(each.name),
            _words(each, "" if each.writing_in in hidden else labels.get(each.writing_in, "")),
        )
        for each in others
    ]
    return Presence(f"/contacts/{contact_id}/presence", shown)


def _words(other: presence.Other, label: str) -> str:
    if other.writing_in == NOTE:
        return _("%(name)s is writing a note", name=other.name)
    if other.writing_in == LETTER:
        return _("%(name)s is writing a letter", name=other.name)
    if other.writing_in == CHAT:
        return _("%(name)s is writing an answer", name=other.name)
    if label:
        return _("%(name)s is writing in %(field)s", name=other.name, field=label)
    return _("%(name)s is here too", name=other.name)


def _here(session: Session, viewer: Viewer, contact_id: int) -> Presence:
    return here(session, viewer, visible(session, viewer, contact_id).id)


def _enter(session: Session, viewer: Viewer, contact_id: int, writing: str) -> None:
    contact = visible(session, viewer, contact_id)
    if viewer.user_id is not None:
        presence.enter(session, contact.id, viewer.user_id, writing)


def _leave(session: Session, viewer: Viewer, contact_id: int) -> None:
    contact = visible(session, viewer, contact_id)
    if viewer.user_id is not None:
        presence.leave(session, contact.id, viewer.user_id)
