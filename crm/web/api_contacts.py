"""Contacts over the API: found by a number or address however it is written, made, changed, noted about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import card_history, contacts, desk, edits, fields, parts
from crm.contacts import Contact, Handle, Organisation
from crm.rights import contact_for, sees_contact
from crm.search import people_matching
from crm.setup import setup
from crm.web.api_fields import changed_fields, values_of
from crm.web.api_interactions import show_interactions
from crm.web.api_references import (
    department_name,
    department_named,
    person_with,
    read_handle,
    refused,
    sought,
    with_plus,
)
from crm.web.api_shapes import (
    ContactOut,
    HandleOut,
    Id,
    InteractionOut,
    Line,
    Name,
    Number,
    Whole,
    Words,
)
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.etags import Match, if_match, tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem


class ContactQuery(Paging, frozen=True, kw_only=True):
    """Which contacts."""

    handle: Annotated[
        Line | None, Meta(description="Whoever has this phone number, written any way, or this mail address")
    ] = None
    q: Annotated[Line | None, Meta(description="Part of a name or address, or a phone number")] = None


class HandleIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number written any way, or an address."""

    kind: Literal["phone", "mail"]
    value: Name


class ContactChange(Body, frozen=True, kw_only=True):
    """What a contact is to be; what is left out stays.

    `handles` are all that it has from now on; a field of null is taken away.
    """

    name: Line | UnsetType = UNSET
    organisation: Line | UnsetType | None = UNSET
    handles: Annotated[list[HandleIn], Meta(max_length=50)] | UnsetType = UNSET
    fields: (
        Annotated[dict[Name, Words | Whole | Number | bool | None], Meta(max_length=fields.KEPT)] | UnsetType
    ) = UNSET
    department: Line | UnsetType | None = UNSET
    responsible: Id | UnsetType | None = UNSET


class NoteIn(Body, frozen=True, kw_only=True):
    """A note. `counts_as_contact`: the contact was really reached, which keeps the promise of an answer."""

    text: Annotated[Words, Meta(min_length=1)]
    counts_as_contact: bool = False


@endpoint("GET", "/contacts", scope="contacts:read", query=ContactQuery, returns=Page[ContactOut],
          summary="Find contacts, newest first")  # fmt: skip
async def find(request: web.Request, query: ContactQuery) -> Page[ContactOut]:
    """List contacts."""
    return await request.app[DB].read(_find, viewer_of(request), query)


@endpoint("GET", "/contacts/{id}", scope="contacts:read", returns=ContactOut, etag=tag_of,
          summary="Get one contact")  # fmt: skip
async def contact(request: web.Request) -> ContactOut:
    """Give one contact; one that was merged leads to the card it went to."""
    return await request.app[DB].read(_contact, viewer_of(request), path_id(request))


@endpoint("POST", "/contacts", scope="contacts:write", body=ContactChange, returns=ContactOut, status=201,
          etag=tag_of, summary="Make a contact")  # fmt: skip
async def make(request: web.Request, body: ContactChange) -> ContactOut:
    """Make a contact, with a name or a handle at least."""
    return await write(request, _make, viewer_of(request), body)


@endpoint("PATCH", "/contacts/{id}", scope="contacts:write", body=ContactChange, returns=ContactOut,
          etag=tag_of, summary="Change a contact")  # fmt: skip
async def change(request: web.Request, body: ContactChange) -> ContactOut:
    """Change a contact."""
    return await write(request, _change, viewer_of(request), path_id(request), body, if_match(request))


@endpoint("POST", "/contacts/{id}/notes", scope="contacts:write", body=NoteIn, returns=InteractionOut,
          status=201, summary="Write a note about a contact")  # fmt: skip
async def note(request: web.Request, body: NoteIn) -> InteractionOut:
    """Write a note."""
    return await write(request, _note, viewer_of(request), path_id(request), body)


def _find(session: Session, viewer: Viewer, query: ContactQuery) -> Page[ContactOut]:
    country = setup(session).company.country
    wanted = select(Contact).where(Contact.merged_into_id.is_(None), sees_contact(viewer))
    if query.handle is not None:
        owners = contacts.owners(session, sought(query.handle, country))
        wanted = wanted.where(Contact.id.in_([likely.contact_id for likely in owners]))
    if query.q is not None:
        wanted = wanted.where(Contact.id.in_(people_matching(session, viewer, with_plus(query.q))))
    rows = session.scalars(newest_first(wanted, Contact.id, query)).all()
    shown = _shown(session, viewer, rows)
    return page_of(rows, query.limit, lambda row: shown[row.id])


def _contact(session: Session, viewer: Viewer, contact_id: int) -> ContactOut:
    return _one(session, viewer, seen(session, viewer, contact_id))


def _make(session: Session, viewer: Viewer, new: ContactChange) -> ContactOut:
    """Make it the maker's department's, unless it is said whose it is: otherwise he could not see it."""
    if not new.name and not new.handles:
        raise desk.Refusal(_("A contact needs a name, or a handle to be reached by"), field="name")
    mine = viewer.user_id if viewer.department_id is None and not viewer.sees_all else None
    made = contacts.add_contact(session, "", department_id=viewer.department_id, responsible_id=mine)
    card = session.get_one(Contact, made)
    before = _plain(session, card)
    _apply(session, viewer, card, new)
    made_of = audit.differences(before, _plain(session, card))
    audit.record(session, viewer, audit.MADE, card_history.KIND, card.id, changes=made_of)
    return _one(session, viewer, card)


def _change(
    session: Session, viewer: Viewer, contact_id: int, change: ContactChange, match: Match
) -> ContactOut:
    card = seen(session, viewer, contact_id)
    match.check(tag_of(_one(session, viewer, card)))
    before = _plain(session, card)
    _apply(session, viewer, card, change)
    card_history.record(session, viewer, card, before, _plain(session, card))
    return _one(session, viewer, card)


def _note(session: Session, viewer: Viewer, contact_id: int, new: NoteIn) -> InteractionOut:
    card = seen(session, viewer, contact_id)
    written = desk.note(session, viewer, card, new.text, counts_as_contact=new.counts_as_contact)
    return show_interactions(session, viewer, [written])[written.id]


def seen(session: Session, viewer: Viewer, contact_id: int) -> Contact:
    """Give a contact that this viewer sees; one that was merged leads on."""
    found = contact_for(session, viewer, contact_id)
    if found is None:
        raise Problem(404, _("There is no such contact."))
    return found


def _apply(session: Session, viewer: Viewer, card: Contact, change: ContactChange) -> None:
    if change.name is not UNSET:
        card.name = change.name.strip()
    if change.organisation is not UNSET:
        firm = (change.organisation or "").strip()
        card.organisation_id = contacts.organisation(session, firm).id if firm else None
    if change.department is not UNSET:
        named = change.department
        card.department_id = None if named is None else department_named(session, named).id
    if change.responsible is not UNSET:
        who = change.responsible
        card.responsible_id = None if who is None else person_with(session, who, "/responsible").id
    if change.fields is not UNSET:
        card.fields = changed_fields(session, viewer, card.fields, change.fields)
    if change.handles is not UNSET:
        _set_handles(session, card, change.handles)
    card.changed_at = now()
    desk.contact_changed(session, card)


def _set_handles(session: Session, card: Contact, wanted: Sequence[HandleIn]) -> None:
    """Have the card reached by exactly these; a handle that is another's stays his."""
    country = setup(session).company.country
    read = {
        read_handle(handle.kind, handle.value, country, f"/handles/{place}"): f"/handles/{place}"
        for place, handle in enumerate(wanted)
    }
    has = {(handle.kind, handle.value): handle for handle in contacts.handles_of(session, [card.id])[card.id]}
    new = [handle for handle in read if handle not in has]
    others = session.scalars(select(Handle).where(Handle.value.in_([value for _, value in new])))
    for other in others:
        if (other.kind, other.value) in read:
            raise refused(
                _("%(value)s belongs to another contact.", value=other.value), read[other.kind, other.value]
            )
    for key in has.keys() - read.keys():
        session.delete(has[key])
    contacts.add_handles(session, card.id, new)


def _plain(session: Session, card: Contact) -> dict[str, object]:
    """Give a card as the audit keeps it."""
    own = {part.key: part.plain(session, part.value(session, card)) for part in parts.OWN}
    custom = {f"{parts.FIELD}{name}": value for name, value in fields.plain(card.fields).items()}
    handles = contacts.handles_of(session, [card.id])[card.id]
    return {**own, **custom, edits.HANDLES: [handle.value for handle in handles]}


def _one(session: Session, viewer: Viewer, card: Contact) -> ContactOut:
    return _shown(session, viewer, [card])[card.id]


def _shown(session: Session, viewer: Viewer, rows: Sequence[Contact]) -> dict[int, ContactOut]:
    """Show several contacts, each kind of what belongs to them in one query."""
    handles = contacts.handles_of(session, [row.id for row in rows])
    firms = {row.organisation_id for row in rows if row.organisation_id is not None}
    named = select(Organisation.id, Organisation.name).where(Organisation.id.in_(firms))
    names = dict(session.execute(named).all())
    found = values_of(session, viewer, rows)
    return {
        row.id: ContactOut(
            id=row.id, name=row.name, organisation=names.get(row.organisation_id or 0),
            fields=found[row.id],
            handles=[HandleOut(kind=handle.kind, value=handle.value) for handle in handles[row.id]],
            department=department_name(session, row.department_id),
            responsible=row.responsible_id, made_at=row.made_at, changed_at=row.changed_at,
        )
        for row in rows
    }  # fmt: skip
