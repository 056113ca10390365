"""What somebody who types may mean: organisations, contacts and tags, as the options of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import tags
from crm.contacts import Contact, Organisation
from crm.search import people_matching
from crm.web.seen import visible
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import page, path_id, render, viewer_of

OFFERED = 8
LONGEST = 100

Find = Callable[[Session, Viewer, str], Sequence[str]]


@page("GET", "/contacts/{id}/suggestions")
async def suggestions(request: web.Request) -> web.StreamResponse:
    """Give the options for what is typed so far; for an unknown list there are none."""
    typed = next((request.query[name] for name in ("value", "other", "name") if name in request.query), "")
    find = _KINDS.get(request.query.get("of", ""))
    words = await request.app[DB].read(
        _found, viewer_of(request), path_id(request), find, typed.replace("\0", "").strip()[:LONGEST]
    )
    return await render(request, "_suggestions.html", options=words)


def _found(session: Session, viewer: Viewer, contact_id: int, find: Find | None, typed: str) -> Sequence[str]:
    visible(session, viewer, contact_id)
    return find(session, viewer, typed) if find and typed else []


def _organisations(session: Session, _viewer: Viewer, typed: str) -> Sequence[str]:
    like = Organisation.name.icontains(typed, autoescape=True)
    return session.scalars(
        select(Organisation.name).where(like).order_by(Organisation.name).limit(OFFERED)
    ).all()


def _contacts(session: Session, viewer: Viewer, typed: str) -> Sequence[str]:
    meant = people_matching(session, viewer, typed)
    wanted = select(Contact.name).where(Contact.id.in_(meant), Contact.name != "")
    people = session.scalars(wanted.order_by(Contact.name).limit(OFFERED)).all()
    return list(dict.fromkeys([*people, *_organisations(session, viewer, typed)]))[:OFFERED]


def _tags(session: Session, _viewer: Viewer, typed: str) -> Sequence[str]:
    return [tag.name for tag in tags.beginning_with(session, typed)]


_KINDS: Mapping[str, Find] = {"organisation": _organisations, "contact": _contacts, "tag": _tags}
