"""Kinds of relations: what contacts can be to one another in this company."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import relations
from crm.desk import Refusal
from crm.relations import LONGEST, RelationKind
from hub import audit
from hub.clock import now
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/relation-kinds"
KIND = "relation kind"
MOST = 100

add_room(
    Room(href=HOME, name=N_("Relations"), icon="link", order=62, role="manager", within="/settings",
         about=N_("What contacts can be to one another: spouse, caretaker, who gets the invoice"))
)  # fmt: skip


class KindRow(msgspec.Struct, frozen=True):
    """One kind, read from both ends."""

    id: int
    name: str
    other_name: str


@page("GET", "/relation-kinds", role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show all kinds."""
    rows = await request.app[DB].read(_rows)
    template = "_relation_kinds.html" if is_fragment(request) else "relation_kinds.html"
    return await render(request, template, title=_("Kinds of relations"), rows=rows)


@page("POST", "/relation-kinds", role="manager")
async def make(request: web.Request) -> web.StreamResponse:
    """Make a kind."""
    said = await form(request)
    words = await request.app[DB].write(
        _save, viewer_of(request), 0, said.get("name", ""), said.get("other_name", "")
    )
    return await changed(request, Toast(text=words), back=HOME)


@page("POST", "/relation-kinds/{id}", role="manager")
async def rename(request: web.Request) -> web.StreamResponse:
    """Call a kind otherwise."""
    said, kind_id = await form(request), path_id(request)
    words = await request.app[DB].write(
        _save, viewer_of(request), kind_id, said.get("name", ""), said.get("other_name", "")
    )
    return await changed(request, Toast(text=words), back=HOME)


@page("POST", "/relation-kinds/{id}/retirement", role="manager")
async def retire(request: web.Request) -> web.StreamResponse:
    """Offer a kind no longer; relations of it stay."""
    kind_id = path_id(request)
    words = await request.app[DB].write(_retire, viewer_of(request), kind_id, retired=True)
    return await changed(request, Toast(text=words, undo=f"{HOME}/{kind_id}/retirement"), back=HOME)


@page("DELETE", "/relation-kinds/{id}/retirement", role="manager")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Offer a kind again."""
    words = await request.app[DB].write(_retire, viewer_of(request), path_id(request), retired=False)
    return await changed(request, Toast(text=words), back=HOME)


def _rows(session: Session) -> Sequence[KindRow]:
    return [KindRow(kind.id, kind.name, kind.other_name) for kind in relations.kinds(session)]


def _save(session: Session, viewer: Viewer, kind_id: int, name: str, other_name: str) -> str:
    name, other_name = _line(name), _line(other_name) or _line(name)
    if not name:
        raise Refusal(_("A kind needs a name"))
    if not kind_id and len(relations.kinds(session)) >= MOST:
        raise Refusal(_("There are as many kinds as anybody can choose from"))
    kind = _kind(session, kind_id) if kind_id else RelationKind()
    before = {"name": kind.name, "other_name": kind.other_name} if kind_id else {}
    after = {"name": name, "other_name": other_name}
    if before == after:
        return _("It stays as it is")
    # A name that stays keeps its place in the catalogue, and so its other languages.
    for column, value in after.items():
        if before.get(column) != value:
            setattr(kind, column, value)
    session.add(kind)
    session.flush()
    verb = audit.CHANGED if kind_id else audit.MADE
    audit.record(session, viewer, verb, KIND, kind.id, words=name, changes=audit.differences(before, after))
    return _("Saved: %(name)s", name=name)


def _retire(session: Session, viewer: Viewer, kind_id: int, *, retired: bool) -> str:
    kind = _kind(session, kind_id)
    was, kind.retired_at = kind.retired_at is not None, now() if retired else None
    changes = audit.differences({"removed": was}, {"removed": retired})
    audit.record(session, viewer, audit.CHANGED, KIND, kind.id, words=kind.name, changes=changes)
    return _("Removed: %(name)s", name=kind.name) if retired else _("%(name)s is there again", name=kind.name)


def _kind(session: Session, kind_id: int) -> RelationKind:
    kind = session.get(RelationKind, kind_id)
    if kind is None:
        raise Problem(404, _("There is no such kind."))
    return kind


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST].rstrip()
