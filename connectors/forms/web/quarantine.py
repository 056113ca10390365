"""What a form set aside: why, with a sample of it. It was real, or it is really spam; both can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from connectors.forms.web.channels import Form, around, asked_form, raw_of
from hub import audit, floods
from hub.bus import Notice
from hub.channel_changes import OVERSEERS
from hub.checks import SHOWS, Check
from hub.db import announce
from hub.events import FormSubmitted
from hub.floods import Flood
from hub.journal import Inbound
from hub.languages import _, ngettext
from hub.said import Said, said
from hub.users import Viewer
from hub.web.journal_deeds import GRACE
from hub.web.keys import BLOBS, DB
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

Deed = Callable[[Session, Inbound], int]

MOST = 50
SAMPLE = 300
LARGEST = 2 * 1024 * 1024  # bytes of a body that is read for a sample


class Doubtful(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was set aside."""

    id: int
    at: datetime
    why: Sequence[Check]
    name: str
    reach: str
    sample: str


class Mass(msgspec.Struct, frozen=True, kw_only=True):
    """Many that wait for the same reasons, of one network ("" where it has none), with the latest of them."""

    count: int
    network: str
    since: datetime
    latest: Doubtful


@page("GET", "/form-builder/{id}/set-aside", role="manager")
async def set_aside(request: web.Request) -> web.StreamResponse:
    """Show what waits for somebody to look at it."""
    form = await asked_form(request)
    floods, items = await request.app[DB].read(_waiting, form.id)
    for item in [*items, *(each.latest for each in floods)]:
        await _fill_in(request, item)
    doubtful = await asyncio.to_thread(lambda: [_shown(form, item) for item in items])
    masses = await asyncio.to_thread(lambda: [_mass(form, each) for each in floods])
    return await render(
        request,
        "_form_set_aside.html" if is_fragment(request) else "form_set_aside.html",
        status=200,
        **around(request, form, "/set-aside"),
        items=doubtful,
        masses=masses,
    )


@page("POST", "/form-builder/{id}/set-aside/{item}/spam", role="manager")
async def all_spam(request: web.Request) -> web.StreamResponse:
    """Take away a whole mass as spam: all that waits for the same reasons from the same network as this item."""
    count = await _deal(request, floods.take_away, said("all of its kind taken away as spam"))
    words = ngettext("%(num)s taken away as spam", "%(num)s taken away as spam", count)
    return await changed(request, Toast(text=words, undo=request.path))


@page("DELETE", "/form-builder/{id}/set-aside/{item}/spam", role="manager")
async def none_spam(request: web.Request) -> web.StreamResponse:
    """Put back what was taken away together with this item."""
    await _deal(request, floods.put_back, said("all of its kind set aside again"))
    return await changed(request, Toast(text=_("Set aside again")))


@page("POST", "/form-builder/{id}/set-aside/{item}/release", role="manager")
async def all_real(request: web.Request) -> web.StreamResponse:
    """Let a whole mass go on: all that waits for the same reasons from the same network as this item was real."""
    count = await _deal(request, partial(floods.let_go, after=GRACE), said("all of its kind let go on"))
    words = ngettext("%(num)s was real, and goes on its way", "%(num)s were real, and go on their way", count)
    return await changed(request, Toast(text=words, undo=request.path))


@page("DELETE", "/form-builder/{id}/set-aside/{item}/release", role="manager")
async def none_real(request: web.Request) -> web.StreamResponse:
    """Set aside again what was let go together with this item, as long as nothing was made of it."""
    await _deal(request, floods.hold_back, said("all of its kind set aside again"))
    return await changed(request, Toast(text=_("Set aside again")))


async def _deal(request: web.Request, deed: Deed, words: Said) -> int:
    """Do something with all that waits as this item does, and give how many they were."""
    form, item_id = await asked_form(request), path_id(request, "item")
    return await request.app[DB].write(_do, viewer_of(request), form.id, item_id, deed, words)


async def _fill_in(request: web.Request, item: Inbound) -> None:
    """Give an item the body that lies beside the database, where it is not too large for a sample."""
    if item.body is None and item.blob is not None and item.size <= LARGEST:
        with suppress(FileNotFoundError):
            item.body = await request.app[BLOBS].get(item.blob)


def who_and_what(form: Form, item: Inbound) -> tuple[str, str]:
    """Give who an item says to be from, and the beginning of what it says."""
    event = _event(form, item)
    return ", ".join(filter(None, (event.name, event.phone, event.email))), _words(event)


def _waiting(session: Session, channel_id: int) -> tuple[Sequence[Flood], Sequence[Inbound]]:
    found = floods.waiting(session, channel_id)
    return found, floods.single(session, channel_id, found, MOST)


def _do(session: Session, viewer: Viewer, channel_id: int, item_id: int, deed: Deed, words: Said) -> int:
    item = _item(session, channel_id, item_id)
    audit.record(session, viewer, audit.CHANGED, "journal", item.id, words=words)
    count = deed(session, item)
    announce(session, Notice(kind="journal", id=item.id, audience=OVERSEERS))
    return count


def _item(session: Session, channel_id: int, item_id: int) -> Inbound:
    item = session.get(Inbound, item_id)
    if item is None or item.channel_id != channel_id:
        raise Problem(404, _("There is no such item in the journal."))
    return item


def _mass(form: Form, flood: Flood) -> Mass:
    return Mass(count=flood.size, network=flood.latest.network or "", since=flood.since,
                latest=_shown(form, flood.latest))  # fmt: skip


def _shown(form: Form, item: Inbound) -> Doubtful:
    event = _event(form, item)
    return Doubtful(
        id=item.id,
        at=item.received_at,
        why=item.checks or [Check(SHOWS, item.set_aside_why or "")],
        name=event.name,
        reach=", ".join(filter(None, (event.phone, event.email))),
        sample=_words(event),
    )


def _event(form: Form, item: Inbound) -> FormSubmitted:
    try:
        return next(iter(form.reader().read(raw_of(item))), FormSubmitted(key=""))
    except ValueError:
        return FormSubmitted(key="")


def _words(event: FormSubmitted) -> str:
    words = event.message or ", ".join(field.value for field in event.fields)
    return words if len(words) <= SAMPLE else f"{words[:SAMPLE]}…"
