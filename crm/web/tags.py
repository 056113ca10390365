"""Tags as a whole: renamed, joined, removed, each with the way back."""

from __future__ import annotations

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session
from yarl import URL

from crm import tags
from crm.desk import Refusal
from crm.tags import Tag
from hub import audit
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/tags"
KIND = "tag"

add_room(
    Room(href=HOME, name=N_("Tags"), icon="tag", order=61, role="manager", within="/settings",
         about=N_("Words that stand on contacts: rename, join and remove them"))
)  # fmt: skip


class TagRow(msgspec.Struct, frozen=True):
    """One tag, how many contacts have it, and the address that lists them."""

    id: int
    name: str
    count: int
    href: str


@page("GET", "/tags", role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show all tags."""
    rows = await request.app[DB].read(_rows)
    template = "_tags_all.html" if is_fragment(request) else "tags.html"
    return await render(request, template, title=_("Tags"), rows=rows, names=[row.name for row in rows])


@page("POST", "/tags/{id}", role="manager")
async def rename(request: web.Request) -> web.StreamResponse:
    """Call a tag otherwise."""
    name = (await form(request)).get("name", "")
    words = await request.app[DB].write(_rename, viewer_of(request), path_id(request), name)
    return await changed(request, Toast(text=words), back=HOME)


@page("POST", "/tags/{id}/join", role="manager")
async def join(request: web.Request) -> web.StreamResponse:
    """Make it one with another."""
    tag_id, into = path_id(request), (await form(request)).get("into", "")
    words = await request.app[DB].write(_join, viewer_of(request), tag_id, into)
    return await changed(request, Toast(text=words, undo=f"/tags/{tag_id}/join"), back=HOME)


@page("POST", "/tags/{id}/retirement", role="manager")
async def retire(request: web.Request) -> web.StreamResponse:
    """Remove a tag from all contacts."""
    tag_id = path_id(request)
    words = await request.app[DB].write(_retire, viewer_of(request), tag_id)
    return await changed(request, Toast(text=words, undo=f"/tags/{tag_id}/retirement"), back=HOME)


@page("DELETE", "/tags/{id}/join", role="manager")
async def part(request: web.Request) -> web.StreamResponse:
    """Take back that it was joined."""
    return await _back(request)


@page("DELETE", "/tags/{id}/retirement", role="manager")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Take back that it was removed."""
    return await _back(request)


async def _back(request: web.Request) -> web.StreamResponse:
    words = await request.app[DB].write(_part, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=words), back=HOME)


def _rows(session: Session) -> list[TagRow]:
    return [
        TagRow(tag.id, tag.name, count, str(URL("/contacts").with_query({"tag": tag.id})))
        for tag, count in tags.every(session)
    ]


def _rename(session: Session, viewer: Viewer, tag_id: int, name: str) -> str:
    tag = _tag(session, tag_id)
    before = tag.name
    try:
        tags.rename(session, tag, name)
    except ValueError:
        raise Refusal(_("There is a tag of this name already: join the two")) from None
    _record(session, viewer, tag, {"name": (before, tag.name)})
    return _("Called %(name)s now", name=tag.name)


def _join(session: Session, viewer: Viewer, tag_id: int, name: str) -> str:
    tag, into = _tag(session, tag_id), tags.named(session, name)
    if into is None or into.id == tag.id or into.retired_at is not None:
        raise Refusal(_("Choose another tag that is there"))
    tags.join(session, tag, into)
    _record(session, viewer, tag, {"joined": (None, into.name)})
    return _("%(tag)s is %(other)s now", tag=tag.name, other=into.name)


def _retire(session: Session, viewer: Viewer, tag_id: int) -> str:
    tag = _tag(session, tag_id)
    tags.retire(tag)
    _record(session, viewer, tag, {"removed": (False, True)})
    return _("Removed: %(name)s", name=tag.name)


def _part(session: Session, viewer: Viewer, tag_id: int) -> str:
    tag = _tag(session, tag_id)
    tags.part(session, tag)
    _record(session, viewer, tag, {"removed": (True, False)})
    return _("%(name)s is there again", name=tag.name)


def _record(session: Session, viewer: Viewer, tag: Tag, changes: audit.Changes) -> None:
    audit.record(session, viewer, audit.CHANGED, KIND, tag.id, words=tag.name, changes=changes)


def _tag(session: Session, tag_id: int) -> Tag:
    tag = session.get(Tag, tag_id)
    if tag is None:
        raise Problem(404, _("There is no such tag."))
    return tag
