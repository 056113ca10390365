"""Chips over a list: its views, and what it is narrowed down to; a press takes one away."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy.orm import Session

from crm import views
from crm.listing import Asked
from crm.web.lists import List, query_of
from hub.languages import _
from hub.users import Viewer


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A link beside the list; `count` stands for what ui.filters asks of a chip."""

    words: str
    href: str
    current: bool = False
    icon: str = ""
    count: int = 0


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A view that can be taken away: `removal` is where."""

    name: str
    shared: bool
    removal: str


class Chips(msgspec.Struct, frozen=True):
    """Views above the list, what it is narrowed down to, and which of the views may be removed."""

    views: list[Chip]
    chosen: list[Chip]
    mine: list[SavedView]


def chips(session: Session, viewer: Viewer, listed: List[Any, Any], asked: Asked) -> Chips:
    """Give the views, the one that this is marked, and what it is narrowed down to."""
    query, home = query_of(asked), listed.kind.href
    saved = views.views_of(session, viewer, listed.kind.name)
    shown = [(_(words), query_of(one)) for words, one in listed.ready]
    shown += [(view.name, view.query) for view in saved]
    narrowed = () if query in {its for _words, its in shown} else listed.narrowed(session, viewer, asked)
    return Chips(
        views=[Chip(words=words, href=_href(home, its), current=its == query) for words, its in shown],
        chosen=[Chip(words=words, href=_href(home, query_of(without)), icon="close") for words, without in narrowed],
        mine=[SavedView(name=view.name, shared=view.shared, removal=f"/views/{view.id}")
              for view in saved if views.may_remove(viewer, view)],
    )  # fmt: skip


def _href(home: str, query: str) -> str:
    return f"{home}?{query}" if query else home
