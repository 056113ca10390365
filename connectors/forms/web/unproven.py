"""What a form could not prove genuine: from whom, and why. It is proven again once the secret is right."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from connectors.forms.web.channels import Form, around, asked_form, raw_of
from connectors.forms.web.quarantine import who_and_what
from hub import audit, unproven
from hub.journal import Inbound
from hub.languages import _, ngettext
from hub.said import said
from hub.unproven import Apart
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, is_fragment, page, render, viewer_of

MOST = 50


class Unproven(msgspec.Struct, frozen=True, kw_only=True):
    """One post that nobody proved."""

    id: int
    at: datetime
    who: str
    sender: str
    why: str
    sample: str


@page("GET", "/form-builder/{id}/unproven", role="manager")
async def apart(request: web.Request) -> web.StreamResponse:
    """Show what is kept apart."""
    form = await asked_form(request)
    items, total = await request.app[DB].read(_apart, form.id)
    return await render(
        request,
        "_form_unproven.html" if is_fragment(request) else "form_unproven.html",
        status=200,
        **around(request, form, "/unproven"),
        items=await asyncio.to_thread(lambda: [_shown(form, item) for item in items]),
        total=total.count if total else 0,
        has_secret=bool(form.settings.secret or form.settings.earlier_secret),
    )


@page("POST", "/form-builder/{id}/unproven/proof", role="manager")
async def prove(request: web.Request) -> web.StreamResponse:
    """Prove all again, by the secret as it is now."""
    form, db = await asked_form(request), request.app[DB]
    reader = form.reader()
    found = await unproven.proven_by_now(db, form.id, reader)
    proven = await db.write(_let_go, viewer_of(request), found)
    words = ngettext(
        "%(num)s is proven now, and goes on its way", "%(num)s are proven now, and go on their way", proven
    )
    text = words if proven else _("None of them is proven by this secret")
    return await changed(request, Toast(text=text), back=f"/form-builder/{form.id}/unproven")


def _apart(session: Session, channel_id: int) -> tuple[list[Inbound], Apart | None]:
    return list(unproven.latest(session, channel_id, MOST)), unproven.apart(session).get(channel_id)


def _let_go(session: Session, viewer: Viewer, found: Mapping[int, str]) -> int:
    proven = unproven.let_go(session, found)
    for item_id in proven:
        audit.record(session, viewer, audit.CHANGED, "journal", item_id, words=said("proven genuine"))
    return len(proven)


def _shown(form: Form, item: Inbound) -> Unproven:
    who, sample = who_and_what(form, item)
    return Unproven(
        who=who,
        id=item.id,
        at=item.received_at,
        sender=_(form.reader().sent_by(raw_of(item))),
        why=item.set_aside_why or "",
        sample=sample,
    )
