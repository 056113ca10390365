"""What people do with an item of the journal: try it again, let it go on, or say that it is spam; with undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from aiohttp import web
from sqlalchemy.orm import Session

from hub import audit, journal
from hub.bus import Notice
from hub.channel_changes import OVERSEERS
from hub.clock import now
from hub.db import announce
from hub.journal import AlreadyClosed, Inbound
from hub.languages import _
from hub.said import Said, said
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, page, path_id, viewer_of
from hub.web.problems import Problem

GRACE = timedelta(seconds=8)  # in which "It was real" can be taken back: as long as the toast stands


@page("POST", "/journal/{id}/retry", role="manager")
async def retry(request: web.Request) -> web.StreamResponse:
    """Try a failed item again."""
    item_id = await _do(request, try_again)
    return await changed(
        request, Toast(text=_("It is being tried again"), href=f"/journal/{item_id}", words=_("Open it"))
    )


@page("POST", "/journal/{id}/release", role="manager")
async def release(request: web.Request) -> web.StreamResponse:
    """Let go on what was set aside: it was real."""
    item_id = await _do(request, _let_go_soon)
    return await changed(
        request, Toast(text=_("It was real, and goes on its way"), undo=f"/journal/{item_id}/release")
    )


@page("DELETE", "/journal/{id}/release", role="manager")
async def hold_back(request: web.Request) -> web.StreamResponse:
    """Set it aside again, as long as nothing was made of it."""
    await _do(request, _hold_back)
    return await changed(request, Toast(text=_("Set aside again")))


@page("POST", "/journal/{id}/spam", role="manager")
async def spam(request: web.Request) -> web.StreamResponse:
    """Take out of what is set aside: it is really spam."""
    item_id = await _do(request, _forget)
    return await changed(request, Toast(text=_("Taken away as spam"), undo=f"/journal/{item_id}/spam"))


@page("DELETE", "/journal/{id}/spam", role="manager")
async def no_spam(request: web.Request) -> web.StreamResponse:
    """Put it back to what is set aside."""
    await _do(request, _remember)
    return await changed(request, Toast(text=_("Set aside again")))


def try_again(session: Session, inbound_id: int) -> Inbound:
    """Have a failed item read and processed once more."""
    item = _find(session, inbound_id)
    if item.failed_at is None:
        raise Problem(409, _("Only what failed can be tried again."))
    journal.reopen(session, item)
    return _told(session, item)


def let_go(session: Session, inbound_id: int, after: timedelta = timedelta()) -> Inbound:
    """Let go on what was set aside: a person says that it was real."""
    item = _find(session, inbound_id)
    if item.set_aside_at is None:
        raise Problem(409, _("Only what was set aside can be let go on."))
    journal.release(session, item, after)
    return _told(session, item)


def _let_go_soon(session: Session, inbound_id: int) -> Inbound:
    return let_go(session, inbound_id, GRACE)


def _hold_back(session: Session, inbound_id: int) -> Inbound:
    item = _find(session, inbound_id)
    try:
        journal.hold_back(session, item)
    except AlreadyClosed:
        raise Problem(409, _("It has become a card already. Look after it there.")) from None
    return _told(session, item)


def _forget(session: Session, inbound_id: int) -> Inbound:
    item = _find(session, inbound_id)
    if item.set_aside_at is None or item.spam_at is not None:
        raise Problem(409, _("Only what was set aside can be taken away as spam."))
    item.spam_at = now()
    return _told(session, item)


def _remember(session: Session, inbound_id: int) -> Inbound:
    item = _find(session, inbound_id)
    if item.spam_at is None:
        raise Problem(409, _("This was not taken away."))
    item.spam_at = None
    return _told(session, item)


# What each deed is called in the audit.
_WORDS: dict[Callable[[Session, int], Inbound], Said] = {
    try_again: said("tried again"),
    _let_go_soon: said("it was real"),
    _hold_back: said("set aside again"),
    _forget: said("taken away as spam"),
    _remember: said("set aside again"),
}


async def _do(request: web.Request, deed: Callable[[Session, int], Inbound]) -> int:
    return await request.app[DB].write(_deed, viewer_of(request), path_id(request), deed)


def _deed(session: Session, viewer: Viewer, inbound_id: int, deed: Callable[[Session, int], Inbound]) -> int:
    item = deed(session, inbound_id)
    audit.record(session, viewer, audit.CHANGED, "journal", item.id, words=_WORDS[deed])
    return item.id


def _find(session: Session, inbound_id: int) -> Inbound:
    item = session.get(Inbound, inbound_id, with_for_update=True)
    if item is None:
        raise Problem(404, _("There is no such item in the journal."))
    return item


def _told(session: Session, item: Inbound) -> Inbound:
    announce(session, Notice(kind="journal", id=item.id, audience=OVERSEERS))
    session.flush()
    return item
