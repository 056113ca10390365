"""The senders of a mailbox whose letters are forms of a website: what is known of them, and a letter of each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.forms.settings import SAID
from connectors.mail.web.mailboxes import Mailbox, mailbox_of
from hub.journal import Inbound
from hub.languages import _
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import page, path_id, render

LOOKED = 100  # letters among which forms are looked for


class Website(msgspec.Struct, frozen=True):
    """A sender: what was said of his answers, in words, and the last letter of his that is at hand, None for none."""

    sender: str
    is_known: bool
    meanings: Sequence[tuple[str, str]]
    letter: Inbound | None


@page("GET", "/mail-forms/{id}", role="manager")
async def known_forms(request: web.Request) -> web.StreamResponse:
    """Show whose letters are forms."""
    box = await request.app[DB].read(mailbox_of, path_id(request))
    items = await request.app[DB].read(_latest, box.id)
    return await render(
        request,
        "known_forms.html",
        title=_("Forms by mail"),
        sub=box.title,
        websites=await asyncio.to_thread(_websites, box, items),
        looked=LOOKED,
        back=Back(f"/channels/{box.id}", box.title),
    )


def _latest(session: Session, channel_id: int) -> Sequence[Inbound]:
    """Give the last letters whose bytes are in their rows, which those of forms are: large ones have files."""
    wanted = select(Inbound).where(Inbound.channel_id == channel_id, Inbound.body.is_not(None))
    return session.scalars(wanted.order_by(Inbound.received_at.desc(), Inbound.id.desc()).limit(LOOKED)).all()


def _websites(box: Mailbox, items: Sequence[Inbound]) -> list[Website]:
    """Give those that are known, and those whose letters look like forms."""
    known, last = box.settings.form_senders, _last(box, items)
    senders = dict.fromkeys((*known, *last))
    return [
        Website(
            sender,
            sender in known,
            [(label, _(SAID[meaning])) for label, meaning in known.get(sender, {}).items()],
            last.get(sender),
        )
        for sender in senders
    ]


def _last(box: Mailbox, items: Sequence[Inbound]) -> Mapping[str, Inbound]:
    found: dict[str, Inbound] = {}
    for item in items:
        letter = box.read(item.body or b"")
        if letter.kind == "form" and letter.sender is not None:
            found.setdefault(letter.sender.address.lower(), item)
    return found
