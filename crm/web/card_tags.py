"""What a press on the tags of a card does."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from crm import edits
from crm.tags import Tag
from crm.web.card_edits import Kept, answer_kept
from crm.web.seen import visible
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import form, page, path_id, viewer_of


@page("POST", "/contacts/{id}/tags")
async def add(request: web.Request) -> web.StreamResponse:
    """Put a tag on the contact, made where it is new."""
    name = (await form(request)).get("name", "")
    return await answer_kept(
        request, await request.app[DB].write(_add, viewer_of(request), path_id(request), name)
    )


@page("DELETE", "/contacts/{id}/tags/{tag}")
async def remove(request: web.Request) -> web.StreamResponse:
    """Take a tag off the contact."""
    tag_id = path_id(request, "tag")
    return await answer_kept(
        request, await request.app[DB].write(_remove, viewer_of(request), path_id(request), tag_id)
    )


def _add(session: Session, viewer: Viewer, contact_id: int, name: str) -> Kept:
    contact = visible(session, viewer, contact_id)
    entry = edits.add_tag(session, viewer, contact, name)
    return Kept(_("Tag: %(name)s", name=" ".join(name.split())), entry.id if entry else 0)


def _remove(session: Session, viewer: Viewer, contact_id: int, tag_id: int) -> Kept:
    contact = visible(session, viewer, contact_id)
    tag = session.get(Tag, tag_id)
    entry = edits.remove_tag(session, viewer, contact, tag_id)
    return Kept(_("Tag taken off: %(name)s", name=tag.name if tag else ""), entry.id if entry else 0)
