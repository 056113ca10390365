"""On a card: that somebody does not want to be called, who wrote it down and when, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import desk, do_not_call
from crm.contacts import Contact
from crm.web.seen import visible
from hub.languages import _
from hub.users import User, Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, page, path_id, viewer_of

Deed = Callable[[Session, Viewer, Contact], None]


class Unwilling(msgspec.Struct, frozen=True):
    """Who wrote down that somebody does not want to be called, and when."""

    who: str
    at: datetime


@page("POST", "/contacts/{id}/do-not-call")
async def note(request: web.Request) -> web.StreamResponse:
    """Write down that he does not want to be called."""
    await request.app[DB].write(_do, viewer_of(request), path_id(request), do_not_call.note)
    undo = f"/contacts/{path_id(request)}/do-not-call"
    return await changed(request, Toast(text=_("Written down: is not to be called"), undo=undo))


@page("DELETE", "/contacts/{id}/do-not-call")
async def forget(request: web.Request) -> web.StreamResponse:
    """Take it back."""
    await request.app[DB].write(_do, viewer_of(request), path_id(request), do_not_call.forget)
    return await changed(request, Toast(text=_("May be called again")))


def unwilling(session: Session, contact: Contact) -> Unwilling | None:
    """Give the wish of a contact not to be called."""
    wish = do_not_call.wish_of(session, contact.id)
    if wish is None:
        return None
    who = session.get(User, wish.by) if wish.by else None
    return Unwilling(who.name if who else "", wish.at)


def _do(session: Session, viewer: Viewer, contact_id: int, deed: Deed) -> None:
    contact = visible(session, viewer, contact_id)
    deed(session, viewer, contact)
    desk.contact_changed(session, contact)
