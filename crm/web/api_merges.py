"""Merging contacts over the API, and taking it back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.orm import Session

from crm import merging, partings
from crm.merges import Merge, merges_into
from crm.rights import merge_for
from crm.web.api_contacts import seen
from crm.web.api_references import contact_with
from crm.web.api_shapes import Id, Name
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.problems import Problem

MOST = 200


class MergeIn(Body, frozen=True, kw_only=True):
    """The contact that is the same person, and becomes a part of this one.

    `take` names what is taken over from it ("name", "organisation_id", "fields.budget"); without it, whatever
    this contact lacks.
    """

    contact: Id
    take: Annotated[list[Name], Meta(max_length=MOST)] | UnsetType = UNSET


class MergeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A merge: contact `merged` became a part of contact `into`; `by` is a user's id, null for a program."""

    id: int
    merged: int
    into: int
    at: datetime
    by: int | None


@endpoint("GET", "/contacts/{id}/merges", scope="contacts:read", returns=list[MergeOut],
          summary="List what a contact is made of, newest first")  # fmt: skip
async def merges(request: web.Request) -> list[MergeOut]:
    """List the merges that hold."""
    return await request.app[DB].read(_merges, viewer_of(request), path_id(request))


@endpoint("POST", "/contacts/{id}/merges", scope="contacts:write", body=MergeIn, returns=MergeOut, status=201,
          errors=(409,), summary="Merge another contact into this one")  # fmt: skip
async def merge(request: web.Request, body: MergeIn) -> MergeOut:
    """Merge; DELETE /merges/ID takes it back at any later time."""
    return await write(request, _merge, viewer_of(request), path_id(request), body)


@endpoint("DELETE", "/merges/{id}", scope="contacts:write", errors=(409,),
          summary="Take a merge back: each has its own again")  # fmt: skip
async def undo(request: web.Request) -> None:
    """Take it back."""
    await write(request, _undo, viewer_of(request), path_id(request))


def _merges(session: Session, viewer: Viewer, contact_id: int) -> list[MergeOut]:
    return [_shown(each) for each in merges_into(session, seen(session, viewer, contact_id).id)]


def _merge(session: Session, viewer: Viewer, contact_id: int, new: MergeIn) -> MergeOut:
    survivor, card = seen(session, viewer, contact_id), contact_with(session, viewer, new.contact)
    taken = None if new.take is UNSET else new.take
    return _shown(merging.merge(session, viewer, card.id, survivor.id, taken))


def _undo(session: Session, viewer: Viewer, merge_id: int) -> None:
    if merge_for(session, viewer, merge_id) is None:
        raise Problem(404, _("There is no such merge."))
    partings.part(session, viewer, merge_id)


def _shown(done: Merge) -> MergeOut:
    return MergeOut(
        id=done.id, merged=done.card_id, into=done.survivor_id, at=done.merged_at, by=done.merged_by
    )
