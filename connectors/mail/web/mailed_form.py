"""One letter that a website mailed: what its answers were taken for, corrected by a click for all of that sender's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from connectors.forms.recognise import explain
from connectors.forms.settings import MEANINGS, SAID, Meaning
from connectors.mail.form_senders import Meanings, with_meanings, without_sender
from connectors.mail.letter import Letter
from connectors.mail.web.mailboxes import Mailbox, body_of, mailbox_of
from hub import channel_changes
from hub.audit import Entry
from hub.channel_changes import Refusal
from hub.forms import Field
from hub.journal import Inbound
from hub.languages import _
from hub.users import Viewer
from hub.web.channel_deeds import answer_change
from hub.web.channels import find
from hub.web.frame import Back, has_role
from hub.web.keys import DB
from hub.web.pages import form as posted
from hub.web.pages import page, path_id, render, viewer_of
from hub.web.problems import Problem

MOST = 200  # answers of a letter that are shown


class Row(msgspec.Struct, frozen=True):
    """One answer. `chosen` is what was said that it means, "" leaves it to guessing."""

    label: str
    value: str
    meaning: str
    rule: str
    chosen: str


class Mailed(NamedTuple):
    """A letter of the journal with the mailbox to which it came."""

    item: Inbound
    box: Mailbox


@page("GET", "/mailed-forms/{id}", role="manager")
async def mailed_form(request: web.Request) -> web.StreamResponse:
    """Show what the answers of a letter were taken for."""
    item, box = await request.app[DB].read(_mailed, path_id(request))
    letter, sender = await _read(request, item, box)
    known = box.settings.form_senders.get(sender)
    return await render(
        request,
        "mailed_form.html",
        title=_("Form of %(sender)s", sender=sender or _("nobody")),
        sub=box.title,
        item=item,
        sender=sender,
        is_known=known is not None,
        subject=letter.subject,
        rows=_rows(letter.fields[:MOST], known or {}),
        others=_others(letter.fields, known or {}),
        meanings=[(meaning, _(SAID[meaning])) for meaning in MEANINGS],
        may_change=has_role(viewer_of(request), "admin"),
        back=Back(f"/mail-forms/{box.id}", _("Forms by mail")),
    )


@page("POST", "/mailed-forms/{id}", role="admin")
async def teach(request: web.Request) -> web.StreamResponse:
    """Keep what the answers of this sender mean, from his next letter on."""
    item, box = await request.app[DB].read(_mailed, path_id(request))
    _letter, sender = await _read(request, item, box)
    return await _change(request, item, box, sender, await posted(request))


@page("DELETE", "/mailed-forms/{id}", role="admin")
async def forget(request: web.Request) -> web.StreamResponse:
    """Forget what was said of this sender; whether a letter of his is a form is seen by how it looks."""
    item, box = await request.app[DB].read(_mailed, path_id(request))
    _letter, sender = await _read(request, item, box)
    return await _change(request, item, box, sender, None)


def _mailed(session: Session, item_id: int) -> Mailed:
    item = session.get(Inbound, item_id)
    if item is None:
        raise Problem(404, _("There is no such item in the journal."))
    return Mailed(item, mailbox_of(session, item.channel_id))


async def _read(request: web.Request, item: Inbound, box: Mailbox) -> tuple[Letter, str]:
    """Give a letter, its answers as far as it has any, and its sender in lower case; a problem where it has none."""
    body = await body_of(request, item)
    letter = await asyncio.to_thread(box.read, body)
    sender = letter.sender.address.lower() if letter.sender else ""
    if not letter.fields and sender:
        letter = await asyncio.to_thread(box.read_as_form, body, sender)
    return letter, sender


def _rows(fields: Sequence[Field], known: Meanings) -> list[Row]:
    return [
        Row(
            each.label,
            each.value,
            _(each.meaning),
            _(each.rule),
            known.get(each.label.strip().casefold(), ""),
        )
        for each in explain(fields, known)
    ]


def _others(fields: Sequence[Field], known: Meanings) -> list[tuple[str, str]]:
    """Give what was said of answers that this letter does not have."""
    seen = {field.label.strip().casefold() for field in fields}
    return [(label, _(SAID[meaning])) for label, meaning in known.items() if label not in seen]


async def _change(
    request: web.Request, item: Inbound, box: Mailbox, sender: str, fields: Mapping[str, str] | None
) -> web.StreamResponse:
    if not sender:
        raise Problem(422, _("The letter does not say whom it is from."))
    try:
        entry = await request.app[DB].write(_save, viewer_of(request), box.id, sender, fields)
    except Refusal as refusal:
        raise Problem(422, str(refusal)) from refusal
    return await answer_change(request, box.id, entry, f"/mailed-forms/{item.id}")


def _save(
    session: Session, viewer: Viewer, channel_id: int, sender: str, fields: Mapping[str, str] | None
) -> Entry | None:
    row = find(session, channel_id, lock=True)
    settings = mailbox_of(session, channel_id).settings
    if fields is None:
        lines = without_sender(settings.forms, sender)
    else:
        lines = with_meanings(settings.forms, sender, _chosen(fields))
    return channel_changes.change(session, viewer, row, {**row.settings, "forms": list(lines)})


def _chosen(fields: Mapping[str, str]) -> dict[str, Meaning | None]:
    """Give what stands in the page of each answer, None where it is left to guessing."""
    labels = {fields[f"label-{number}"].strip(): fields.get(f"means-{number}", "")
              for number in range(MOST) if fields.get(f"label-{number}", "").strip()}  # fmt: skip
    return {label: next((each for each in MEANINGS if each == said), None) for label, said in labels.items()}
