"""What a form set aside: why, with a sample of it. It was real, or it is really spam; both can be taken back."""

from __future__ import annotations

import asyncio
from datetime import datetime

import msgspec
from aiohttp import web

from connectors.forms.web.channels import Form, around, asked_form, latest, raw_of
from hub.events import FormSubmitted
from hub.journal import Inbound
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, render

MOST = 50
SAMPLE = 300


class Doubtful(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was set aside."""

    id: int
    at: datetime
    why: str
    name: str
    reach: str
    sample: str


@page("GET", "/form-builder/{id}/set-aside", role="manager")
async def set_aside(request: web.Request) -> web.StreamResponse:
    """Show what waits for somebody to look at it."""
    form = await asked_form(request)
    items = await request.app[DB].read(latest, form.id, MOST, aside=True)
    doubtful = await asyncio.to_thread(lambda: [_shown(form, item) for item in items])
    return await render(
        request,
        "_form_set_aside.html" if is_fragment(request) else "form_set_aside.html",
        status=200,
        **around(request, form, "/set-aside"),
        items=doubtful,
    )


def who_and_what(form: Form, item: Inbound) -> tuple[str, str]:
    """Give who an item says to be from, and the beginning of what it says."""
    event = _event(form, item)
    return ", ".join(filter(None, (event.name, event.phone, event.email))), _words(event)


def _shown(form: Form, item: Inbound) -> Doubtful:
    event = _event(form, item)
    return Doubtful(
        id=item.id,
        at=item.received_at,
        why=item.set_aside_why or "",
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
