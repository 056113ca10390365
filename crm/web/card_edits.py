"""Editing a card in place: its parts, its numbers and addresses, what they were before, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import card_history, edits
from crm.contacts import Contact, Handle, handles_of
from crm.desk import Refusal
from crm.edits import Conflict, Taken
from crm.parts import FIELD, part_for
from crm.rights import sees_contact
from crm.setup import setup
from crm.web.card import answer_mistake
from crm.web.card_changes import _history
from crm.web.card_field_view import FieldView, Owner, torn, wrong
from crm.web.card_fields import Mistake, labels_of, view_handle, view_new_handle, view_of
from crm.web.card_values import told
from crm.web.names import called
from crm.web.seen import visible
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.problems import Problem

CONFLICT, UNREADABLE = 409, 422


class Kept(msgspec.Struct, frozen=True):
    """What was done, in words, and the entry that takes it back (0: nothing changed)."""

    words: str
    entry_id: int = 0


@page("GET", "/contacts/{id}/parts/{name}")
async def part(request: web.Request) -> web.StreamResponse:
    """Show a part as it stands now."""
    return await _shown(request, request.match_info["name"])


@page("GET", "/contacts/{id}/fields/{name}")
async def field(request: web.Request) -> web.StreamResponse:
    """Show a custom field as it stands now."""
    return await _shown(request, f"{FIELD}{request.match_info['name']}")


@page("POST", "/contacts/{id}/parts/{name}")
async def change_part(request: web.Request) -> web.StreamResponse:
    """Keep what was typed into a part of the card, or say under it why not."""
    return await _change(request, request.match_info["name"])


@page("POST", "/contacts/{id}/fields/{name}")
async def change_field(request: web.Request) -> web.StreamResponse:
    """Keep what was typed into a custom field, or say under it why not."""
    return await _change(request, f"{FIELD}{request.match_info['name']}")


@page("POST", "/contacts/{id}/handles")
async def add_handle(request: web.Request) -> web.StreamResponse:
    """Add a number or an address."""
    typed = (await form(request)).get("value", "")
    return await _answered(request, _add_handle, typed)


@page("POST", "/contacts/{id}/handles/{handle}")
async def correct_handle(request: web.Request) -> web.StreamResponse:
    """Put a number or an address right."""
    said = await form(request)
    handle_id = path_id(request, "handle")
    return await _answered(request, _correct_handle, handle_id, said.get("value", ""), said.get("was", ""))


@page("DELETE", "/contacts/{id}/handles/{handle}")
async def remove_handle(request: web.Request) -> web.StreamResponse:
    """Take a number or an address off the card."""
    return await _answered(request, _remove_handle, path_id(request, "handle"))


@page("DELETE", "/contacts/{id}/changes/{change}")
async def undo(request: web.Request) -> web.StreamResponse:
    """Take back one change of the card."""
    return await _answered(request, _undo, path_id(request, "change"))


@page("GET", "/contacts/{id}/history")
async def history(request: web.Request) -> web.StreamResponse:
    """Show who changed what on the card, or in one part of it."""
    contact_id, key = path_id(request), request.query.get("of", "")[:100]
    title, changes = await request.app[DB].read(_history, viewer_of(request), contact_id, key)
    template = "_past.html" if is_fragment(request) else "past.html"
    return await render(
        request, template, title=title, changes=changes, one=bool(key), back=_back(contact_id)
    )


async def answer_kept(request: web.Request, kept: Kept) -> web.StreamResponse:
    """Answer a change of the card with its toast and the way back."""
    contact_id = path_id(request)
    undo = f"/contacts/{contact_id}/changes/{kept.entry_id}" if kept.entry_id else ""
    return await changed(request, Toast(text=kept.words, undo=undo), back=f"/contacts/{contact_id}")


async def _change(request: web.Request, key: str) -> web.StreamResponse:
    said = await form(request)
    return await _answered(request, _change_part, key, said.get("value", ""), said.get("was"))


async def _answered(
    request: web.Request, fn: Callable[..., Kept | Mistake], *values: object
) -> web.StreamResponse:
    kept = await request.app[DB].write(fn, viewer_of(request), path_id(request), *values)
    if isinstance(kept, Mistake):
        return await answer_mistake(request, kept)
    return await answer_kept(request, kept)


async def _shown(request: web.Request, key: str) -> web.StreamResponse:
    contact_id = path_id(request)
    if not is_fragment(request):
        return see_other(f"/contacts/{contact_id}")
    view = await request.app[DB].read(_view, viewer_of(request), contact_id, key)
    return await render(request, "_field.html", field=view)


def _view(session: Session, viewer: Viewer, contact_id: int, key: str) -> FieldView:
    contact = visible(session, viewer, contact_id)
    return view_of(session, contact, part_for(session, viewer, key))


def _change_part(
    session: Session, viewer: Viewer, contact_id: int, key: str, typed: str, was: str | None
) -> Kept | Mistake:
    contact = visible(session, viewer, contact_id)
    part = part_for(session, viewer, key)
    try:
        entry = edits.change(session, viewer, contact, part, typed, was)
    except ValueError as error:
        return Mistake(wrong(view_of(session, contact, part), typed, str(error)), UNREADABLE)
    except Conflict as conflict:
        return Mistake(torn(view_of(session, contact, part), typed, conflict), CONFLICT)
    view = view_of(session, contact, part)
    if entry is None:
        return Kept(_("%(field)s stays as it is", field=view.label))
    if not view.shown:
        return Kept(_("%(field)s cleared", field=view.label), entry.id)
    return Kept(_("%(field)s: %(value)s", field=view.label, value=told(view.shown)), entry.id)


def _add_handle(session: Session, viewer: Viewer, contact_id: int, typed: str) -> Kept | Mistake:
    contact = visible(session, viewer, contact_id)
    view = view_new_handle(contact)
    try:
        entry = edits.add_handle(session, viewer, contact, typed)
    except ValueError as error:
        return Mistake(wrong(view, typed, str(error)), UNREADABLE)
    except Taken as taken:
        return _taken(session, viewer, view, typed, taken)
    if entry is None:
        return Kept(_("It is on the card already"))
    return Kept(_("Added: %(value)s", value=typed.strip()), entry.id)


def _correct_handle(
    session: Session, viewer: Viewer, contact_id: int, handle_id: int, typed: str, was: str
) -> Kept | Mistake:
    contact = visible(session, viewer, contact_id)
    handle = _handle(session, contact, handle_id)
    if handle is None:
        raise Refusal(_("It was taken off the card meanwhile; you wrote “%(text)s”", text=typed.strip()))
    view = view_handle(contact, handle, setup(session).company.country)
    try:
        entry = edits.correct_handle(session, viewer, contact, handle, typed, was)
    except ValueError as error:
        return Mistake(wrong(view, typed, str(error)), UNREADABLE)
    except Conflict as conflict:
        return Mistake(torn(view, typed, conflict), CONFLICT)
    except Taken as taken:
        return _taken(session, viewer, view, typed, taken)
    if entry is None:
        return Kept(_("%(field)s stays as it is", field=view.label))
    return Kept(_("%(field)s: %(value)s", field=view.label, value=typed.strip()), entry.id)


def _remove_handle(session: Session, viewer: Viewer, contact_id: int, handle_id: int) -> Kept:
    contact = visible(session, viewer, contact_id)
    handle = _handle(session, contact, handle_id)
    if handle is None:
        return Kept(_("It was taken off the card already"))
    view = view_handle(contact, handle, setup(session).company.country)
    entry = edits.remove_handle(session, viewer, contact, handle)
    return Kept(_("Taken off: %(value)s", value=view.shown), entry.id if entry else 0)


def _undo(session: Session, viewer: Viewer, contact_id: int, entry_id: int) -> Kept:
    contact = visible(session, viewer, contact_id)
    entry = card_history.entry_of(session, contact.id, entry_id)
    if entry is None:
        raise Problem(404, _("There is no such change on this card."))
    made = edits.undo(session, viewer, contact, entry)
    labels = labels_of(session, viewer)
    names = ", ".join(labels.get(key, key) for key in entry.changes)
    return Kept(_("Taken back: %(what)s", what=names), made.id if made else 0)


def _taken(session: Session, viewer: Viewer, view: FieldView, typed: str, taken: Taken) -> Mistake:
    """Say whose the number is, and offer that card to who may open it."""
    other = session.get_one(Contact, taken.contact_id)
    handles = handles_of(session, [other.id])[other.id]
    name = called(other.name, handles, setup(session).company.country)
    open_to = session.scalar(select(Contact.id).where(Contact.id == other.id, sees_contact(viewer)))
    owner = Owner(name if open_to else "", f"/contacts/{other.id}" if open_to else "")
    words = (
        _("This is on the card of %(name)s already", name=name)
        if open_to
        else _("This is on a card of another department already")
    )
    return Mistake(wrong(view, typed, words, owner), CONFLICT)


def _handle(session: Session, contact: Contact, handle_id: int) -> Handle | None:
    handle = session.get(Handle, handle_id)
    return handle if handle is not None and handle.contact_id == contact.id else None


def _back(contact_id: int) -> object:
    return {"href": f"/contacts/{contact_id}", "words": _("Back to the card")}
