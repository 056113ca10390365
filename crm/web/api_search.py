"""Search over the API: what a person would find, kind by kind, the best first."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy.orm import Session

from crm.search import COUNTED, Question, find
from crm.search_index import CONTACT, INTERACTION, KINDS, ORGANISATION, TASK
from crm.search_words import LONGEST
from crm.web.found import show
from crm.web.marks import plain
from hub.tokens import opens
from hub.users import Viewer
from hub.web.api import endpoint
from hub.web.decoding import Query
from hub.web.keys import CALLER, DB
from hub.web.moments import iso
from hub.web.pages import viewer_of

SCOPES = {
    CONTACT: "contacts:read",
    ORGANISATION: "contacts:read",
    TASK: "tasks:read",
    INTERACTION: "contacts:read",
}


class SearchQuery(Query, frozen=True, kw_only=True):
    """What is searched for."""

    q: Annotated[
        str, Meta(max_length=LONGEST, description="Beginnings of words, or a number written any way")
    ]
    kind: Annotated[
        Literal["contact", "organisation", "task", "interaction"] | None, Meta(description="This kind alone")
    ] = None
    limit: Annotated[int, Meta(ge=1, le=COUNTED, description="How many of each kind at most")] = 20


class HitOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found; `url` opens it in the console, `near` says that its name is only like the words."""

    kind: str
    id: int
    title: str
    text: str
    at: str | None
    url: str
    near: bool = False


class KindOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are of a kind; `more`: there may be further ones, which were not counted."""

    kind: str
    count: int
    more: bool


class SearchOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    counts: list[KindOut]
    items: list[HitOut]


@endpoint("GET", "/search", scope="contacts:read", query=SearchQuery, returns=SearchOut,
          summary="Search contacts, organisations, tasks and interactions")  # fmt: skip
async def search(request: web.Request, query: SearchQuery) -> SearchOut:
    """Give what this caller may see; tasks need the scope tasks:read."""
    token = request[CALLER]
    kinds = [
        kind
        for kind in KINDS
        if query.kind in {None, kind} and (token.token is None or opens(token.scopes, SCOPES[kind]))
    ]
    return await request.app[DB].read(_search, viewer_of(request), query, kinds)


def _search(session: Session, viewer: Viewer, query: SearchQuery, kinds: list[str]) -> SearchOut:
    found = find(session, viewer, Question(text=query.q), kinds)
    items = [
        HitOut(kind=hit.kind, id=hit.id, title=plain(hit.title), text=plain(hit.about),
               at=iso(hit.at) or None, url=hit.href, near=hit.id in each.near)
        for kind, each in found.items()
        for hit in show(session, kind, (*each.ids, *each.near)[: query.limit], None)
    ]  # fmt: skip
    counts = [KindOut(kind=kind, count=len(each.ids), more=each.more) for kind, each in found.items()]
    return SearchOut(counts=counts, items=items)
