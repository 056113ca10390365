"""What an admin does with a channel: make one, change its settings, pause it, try it, give it a new token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy.orm import Session

from hub import channel_changes, manual
from hub.audit import Entry
from hub.channel_changes import Refusal, settings_type
from hub.channels import Channel
from hub.clock import now
from hub.languages import N_, _
from hub.users import Viewer
from hub.web import channel_trial
from hub.web.channels import TITLE, find, show, show_new
from hub.web.keys import BLOBS, CHANNELS, DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, see_other, viewer_of
from hub.web.problems import Problem

# How long an old token may go on working.
TERMS = {
    "now": (timedelta(), N_("cut off at once")),
    "day": (timedelta(days=1), N_("for a day")),
    "week": (timedelta(days=7), N_("for a week")),
    "month": (timedelta(days=30), N_("for 30 days")),
}


@page("POST", "/channels", role="admin")
async def make(request: web.Request) -> web.StreamResponse:
    """Make a channel, and go where it is set up."""
    typed = await form(request)
    title, kind = typed.get("title", ""), typed.get("kind", "form")
    try:
        row = await request.app[DB].write(channel_changes.make, viewer_of(request), title, kind, {})
    except Refusal as refusal:
        return await show_new(request, typed, refusal.errors)
    except ValueError as error:
        return await show_new(request, typed, {"title": str(error)})
    await request.app[CHANNELS].load()
    return await changed(
        request, Toast(text=_("Made: %(title)s", title=row.title)), back=f"/channels/{row.id}"
    )


@page("POST", "/channels/{id}", role="admin")
async def save(request: web.Request) -> web.StreamResponse:
    """Change its settings; what is wrong stands beside the field it is wrong in."""
    typed, channel_id = await form(request), path_id(request)
    try:
        entry = await request.app[DB].write(_save, viewer_of(request), channel_id, typed)
    except Refusal as refusal:
        if is_fragment(request):
            raise Problem(422, str(refusal)) from refusal
        return await show(request, channel_id, typed=typed, errors=refusal.errors)
    return await answer_change(request, channel_id, entry)


@page("DELETE", "/channels/{id}/changes/{entry}", role="admin")
async def undo(request: web.Request) -> web.StreamResponse:
    """Take a change of settings back."""
    channel_id = path_id(request)
    try:
        await request.app[DB].write(_take_back, viewer_of(request), channel_id, path_id(request, "entry"))
    except LookupError:
        raise Problem(409, _("There is no such change to take back.")) from None
    except Refusal as refusal:
        raise Problem(409, str(refusal)) from refusal
    await request.app[CHANNELS].load()
    return await changed(request, Toast(text=_("Taken back")), back=f"/channels/{channel_id}")


@page("POST", "/channels/{id}/pause", role="admin")
async def pause(request: web.Request) -> web.StreamResponse:
    """Pause it."""
    row = await _do(request, channel_changes.pause)
    return await changed(request, Toast(text=_("Paused: %(title)s. What comes is kept", title=row.title),
                                        undo=f"/channels/{row.id}/pause"))  # fmt: skip


@page("DELETE", "/channels/{id}/pause", role="admin")
async def resume(request: web.Request) -> web.StreamResponse:
    """Go on."""
    row = await _do(request, channel_changes.resume)
    return await changed(request, Toast(text=_("Goes on: %(title)s", title=row.title)))


@page("POST", "/channels/{id}/trials", role="admin")
async def try_it(request: web.Request) -> web.StreamResponse:
    """Send a harmless item down the real road."""
    channel_id = path_id(request)
    await request.app[DB].read(find, channel_id)
    key = await channel_trial.send(request.app[DB], request.app[BLOBS], request.app[CHANNELS], channel_id)
    return see_other(f"/channels/{channel_id}?trial={key}#trial")


@page("POST", "/channels/{id}/token", role="admin")
async def renew(request: web.Request) -> web.StreamResponse:
    """Give it a new token."""
    chosen = (await form(request)).get("term", "")
    if chosen not in TERMS:
        raise Problem(422, _("Choose how long the old address goes on working."))
    lasts = TERMS[chosen][0]
    row = await _do(request, channel_changes.renew_token, now() + lasts if lasts else None)
    return await changed(request, Toast(text=_("New address: %(title)s", title=row.title)))


@page("DELETE", "/channels/{id}/token/old", role="admin")
async def cut_off(request: web.Request) -> web.StreamResponse:
    """End the old token now."""
    row = await _do(request, channel_changes.cut_off)
    return await changed(request, Toast(text=_("The old address of %(title)s is cut off", title=row.title)))


async def answer_change(
    request: web.Request, channel_id: int, entry: Entry | None, back: str = ""
) -> web.StreamResponse:
    """Tell of a change of settings, with the way back."""
    await request.app[CHANNELS].load()
    toast = Toast(text=_("Nothing was different"))
    if entry is not None:
        toast = Toast(text=_("Saved"), undo=f"/channels/{channel_id}/changes/{entry.id}")
    return await changed(request, toast, back=back or f"/channels/{channel_id}")


async def _do(request: web.Request, deed: Callable[..., Channel], *more: datetime | None) -> Channel:
    row = await request.app[DB].write(_deed, viewer_of(request), path_id(request), deed, *more)
    await request.app[CHANNELS].load()
    return row


def _deed(
    session: Session, viewer: Viewer, channel_id: int, deed: Callable[..., Channel], *more: datetime | None
) -> Channel:
    return deed(session, viewer, find(session, channel_id, lock=True), *more)


def _save(session: Session, viewer: Viewer, channel_id: int, typed: dict[str, str]) -> Entry | None:
    row = find(session, channel_id, lock=True)
    title = typed.get(TITLE, row.title).strip()
    values, errors = manual.read(settings_type(row), typed, row.settings)
    if not title:
        errors = {**errors, TITLE: _("Say what colleagues call it.")}
    if errors:
        raise Refusal(errors)
    return channel_changes.change(session, viewer, row, values, title)


def _take_back(session: Session, viewer: Viewer, channel_id: int, entry_id: int) -> Entry | None:
    return channel_changes.take_back(session, viewer, find(session, channel_id, lock=True), entry_id)
