"""The field map, learned from the last real request: what each field was taken for, to be corrected by a click.

Before it is saved, the last requests are read again by it, and what would be different is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from connectors.forms.connector import FILE, ORIGIN, Forms
from connectors.forms.settings import MEANINGS, OWN, SAID, FormSettings
from connectors.forms.web.channels import Form, around, asked_form, form_of, latest, raw_of
from hub import audit, channel_changes, reopening
from hub.audit import Entry
from hub.bus import Notice
from hub.channel_changes import Refusal
from hub.connector import Raw, Taken
from hub.db import announce
from hub.events import FormSubmitted
from hub.journal import Inbound
from hub.languages import N_, _, ngettext
from hub.said import nsaid
from hub.users import Viewer
from hub.web.channel_deeds import answer_change
from hub.web.channels import find
from hub.web.keys import DB
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render, viewer_of
from hub.web.pages import form as posted
from hub.web.problems import Problem
from hub.web.targets import TARGETS, Target

LOOKED = 20  # items among which the last real request is
MOST_ROWS = 200
AGAIN = (10, 50, 200)  # of how many requests the difference may be shown
SHOWN = 30
ID = 16  # digits
PARTS = {
    "name": N_("name"), "phone": N_("phone"), "email": N_("mail"), "company": N_("company"),
    "subject": N_("subject"), "message": N_("message"),
}  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the last request. `chosen` is its meaning by the map, "" leaves it to guessing."""

    label: str
    value: str
    meaning: str
    rule: str
    chosen: str


class Change(msgspec.Struct, frozen=True):
    """What of a request would be read otherwise."""

    part: str
    before: str
    after: str


class Reread(msgspec.Struct, frozen=True):
    """One request that would be read otherwise."""

    id: int
    at: datetime
    changes: Sequence[Change]


class Difference(msgspec.Struct, frozen=True):
    """What a map would change among the last requests."""

    read: int
    reread: Sequence[Reread]
    more: int


@page("GET", "/form-builder/{id}/map", role="manager")
async def field_map(request: web.Request) -> web.StreamResponse:
    """Show the last request and what its fields were taken for."""
    form = await asked_form(request)
    return await _show(request, form, form.settings.map, None)


@page("POST", "/form-builder/{id}/map/preview", role="manager")
async def preview(request: web.Request) -> web.StreamResponse:
    """Read the last requests again by the map as it stands in the page."""
    form, fields = await asked_form(request), await posted(request)
    chosen = _chosen(form.settings.map, fields)
    number = fields.get("number", "")
    most = int(number) if number in map(str, AGAIN) else AGAIN[0]
    items = await request.app[DB].read(latest, form.id, most)
    found = await asyncio.to_thread(difference, form, chosen, items)
    if is_fragment(request):
        learned = await request.app[DB].read(_learned_from, form.id, fields.get("item", ""))
        made = await asyncio.to_thread(_card, form, chosen, learned)
        return await render(request, "_form_difference.html", difference=found, card=made)
    return await _show(request, form, chosen, found)


@page("POST", "/form-builder/{id}/map", role="admin")
async def save(request: web.Request) -> web.StreamResponse:
    """Save the map."""
    channel_id, fields = path_id(request), await posted(request)
    try:
        entry = await request.app[DB].write(_save, viewer_of(request), channel_id, fields)
    except Refusal as refusal:
        raise Problem(422, str(refusal)) from refusal
    return await answer_change(request, channel_id, entry, f"/form-builder/{channel_id}/map")


@page("POST", "/form-builder/{id}/map/again", role="admin")
async def again(request: web.Request) -> web.StreamResponse:
    """Read the last requests again by the map as it is saved: what is understood now comes onto their cards."""
    form, fields = await asked_form(request), await posted(request)
    number = fields.get("number", "")
    most = int(number) if number in map(str, AGAIN) else AGAIN[0]
    count = await request.app[DB].write(_again, viewer_of(request), form.id, most)
    words = ngettext("%(num)s request is read again", "%(num)s requests are read again", count)
    toast = Toast(text=words, href=f"/journal?channel={form.name}", words=_("What came of it"))
    return await changed(request, toast, back=f"/form-builder/{form.id}/map")


def difference(form: Form, chosen: Mapping[str, str], items: Sequence[Inbound]) -> Difference:
    """Read items by the map that is and by another, and tell what differs."""
    before = form.reader()
    after = form.reader(msgspec.structs.replace(form.settings, map=chosen))
    changed = []
    for item in items:
        changes = list(_changes(before, after, raw_of(item)))
        if changes:
            changed.append(Reread(item.id, item.received_at, changes))
    return Difference(len(items), changed[:SHOWN], max(0, len(changed) - SHOWN))


def _changes(before: Forms, after: Forms, raw: Raw) -> Iterator[Change]:
    try:
        pairs = list(zip(before.read(raw), after.read(raw), strict=True))
    except ValueError:
        return
    for old, new in pairs:
        for part, words in PARTS.items():
            if getattr(old, part) != getattr(new, part):
                yield Change(_(words), getattr(old, part), getattr(new, part))
        owned, owns = _owned(old), _owned(new)
        for name in {**owned, **owns}:
            if owned.get(name) != owns.get(name):
                yield Change(name, owned.get(name, ""), owns.get(name, ""))


def _owned(event: FormSubmitted) -> dict[str, str]:
    return {field.means: field.value for field in event.fields if field.means}


async def _show(
    request: web.Request, form: Form, chosen: Mapping[str, str], found: Difference | None
) -> web.Response:
    items = await request.app[DB].read(_learned_from, form.id, request.query.get("item", ""))
    item, taken = await asyncio.to_thread(_last_real, form, items)
    own: Sequence[Target] = await request.app[DB].read(request.app[TARGETS])
    return await render(
        request,
        "form_map.html",
        status=200,
        **around(request, form, "/map"),
        item=item,
        rows=[_row(each, chosen, own) for each in taken],
        others=_others(chosen, taken),
        meanings=[(meaning, _(SAID[meaning])) for meaning in MEANINGS],
        own=[(f"{OWN}{target.name}", target.label) for target in own],
        numbers=AGAIN,
        difference=found,
        card=await asyncio.to_thread(_card, form, chosen, items),
        before=await request.app[DB].read(_before, form.id, item),
    )


def _learned_from(session: Session, channel_id: int, item_id: str) -> Sequence[Inbound]:
    """Give the request that somebody chose, else the last ones."""
    item = (
        session.get(Inbound, int(item_id))
        if item_id.isascii() and item_id.isdigit() and len(item_id) < ID
        else None
    )
    if item is not None and item.channel_id == channel_id and item.body is not None:
        return [item]
    return latest(session, channel_id, LOOKED)


def _before(session: Session, channel_id: int, item: Inbound | None) -> int | None:
    """Give the request that came before one, to be learned from as well."""
    earlier = [each.id for each in latest(session, channel_id, MOST_ROWS) if item and each.id < item.id]
    return earlier[0] if earlier else None


def _card(form: Form, chosen: Mapping[str, str], items: Sequence[Inbound]) -> Sequence[tuple[str, str]]:
    """Give the card that the request would make by a map: what it is called there, and the value."""
    item, _taken = _last_real(form, items)
    reader = form.reader(msgspec.structs.replace(form.settings, map=chosen))
    try:
        event = next(iter(reader.read(raw_of(item))), None) if item else None
    except ValueError:
        event = None
    if event is None:
        return ()
    parts = [(_(words), getattr(event, part)) for part, words in PARTS.items()]
    return [(words, value) for words, value in (*parts, *_owned(event).items()) if value]


def _last_real(form: Form, items: Sequence[Inbound]) -> tuple[Inbound | None, Sequence[Taken]]:
    """Give the last request that is one, with what its fields are taken for."""
    reader = form.reader()
    for item in items:
        raw = raw_of(item)
        try:
            if reader.read(raw):
                taken = [each for each in reader.explain(raw) if each.meaning not in {FILE, ORIGIN}]
                return item, taken[:MOST_ROWS]
        except ValueError:
            continue
    return None, ()


def _row(taken: Taken, chosen: Mapping[str, str], own: Sequence[Target]) -> Row:
    mine = {label.casefold(): meaning for label, meaning in chosen.items()}
    known = next((target for target in own if not taken.meaning and target.knows(taken.label)), None)
    return Row(
        label=taken.label,
        value=taken.value,
        meaning=known.label if known else _(taken.meaning),
        rule=_("its name is that of your field") if known else _(taken.rule),
        chosen=mine.get(taken.label.casefold(), ""),
    )


def _others(chosen: Mapping[str, str], taken: Sequence[Taken]) -> list[tuple[str, str]]:
    """Give what the map says of fields that the last request did not have."""
    seen = {each.label.casefold() for each in taken}
    return [(label, meaning) for label, meaning in chosen.items() if label.casefold() not in seen]


def _chosen(before: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """Give the map as it stands in the page; what the page does not show stays."""
    labels = {fields[f"label-{number}"]: fields.get(f"means-{number}", "")
              for number in range(MOST_ROWS) if fields.get(f"label-{number}")}  # fmt: skip
    shown = {label.casefold() for label in labels}
    kept = {label: meaning for label, meaning in before.items() if label.casefold() not in shown}
    known = {
        label: meaning for label, meaning in labels.items() if meaning in MEANINGS or meaning.startswith(OWN)
    }
    return kept | known


def _again(session: Session, viewer: Viewer, channel_id: int, most: int) -> int:
    count = reopening.reopen_last(session, channel_id, most)
    words = nsaid("%(num)s request read again", "%(num)s requests read again", count)
    audit.record(session, viewer, audit.CHANGED, "channel", channel_id, words=words)
    announce(session, Notice(kind="journal", id=0, audience=channel_changes.OVERSEERS))
    return count


def _save(session: Session, viewer: Viewer, channel_id: int, fields: Mapping[str, str]) -> Entry | None:
    settings: FormSettings = form_of(session, channel_id).settings
    row = find(session, channel_id, lock=True)
    chosen = _chosen(settings.map, fields)
    return channel_changes.change(session, viewer, row, {**row.settings, "map": chosen})
