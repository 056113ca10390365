"""The room of the inbox: the list on the left, with its views, what it is narrowed down by, and how much waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import inbox_lists, views
from crm.inbox_lists import ALL, COUNTED, DEPARTMENT, MINE, QUEUE
from crm.listing import TOUCHED, Asked, Span
from crm.setup import setup
from crm.tags import Tag, choosable
from crm.web import filters
from crm.web.chat_kinds import kind_in_words
from crm.web.chips import Chip, SavedView
from crm.web.filters import Filter, Pairs
from crm.web.inbox_rows import InboxRow, inbox_rows
from crm.web.lists import address, query_of
from hub.channels import Channel
from hub.languages import N_, _
from hub.users import Viewer

PER_PAGE = 30
PAGES = 20
WORDS = {MINE: N_("Mine"), QUEUE: N_("Unassigned"), DEPARTMENT: N_("Team"), ALL: N_("All")}
REASONS = (N_("Answered"), N_("No answer needed"), N_("Settled by phone"), N_("Not for us"))
STATES = (("snoozed", N_("Snoozed")), ("closed", N_("Closed")))
WAYS = {"mail": N_("Mail"), "form": N_("Form"), "asterisk": N_("Telephone"), "telephony": N_("Telephone")}
TURNS = (("us", N_("They wait for us")), ("them", N_("We wait for them")))


class Shown(NamedTuple):
    """How a list is asked for: what, how many pages of it, and which conversation is open beside it."""

    asked: Asked
    pages: int = 1
    current: int = 0

    def address(self, **more: int) -> str:
        """Give the address of the list alone, with these."""
        own = {"pages": self.pages, "current": self.current, **more}
        here = address(self.asked, "/list")
        text = "&".join(f"{name}={value}" for name, value in own.items() if value)
        return f"{here}{'&' if '?' in here else '?'}{text}"


class InboxList(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _inbox_list.html. `here` asks for the same again, `more` for one page more, "" at the end."""

    here: str
    more: str
    views: Sequence[Chip]
    turns: Sequence[Chip]
    saved: Sequence[Chip]
    chosen: Sequence[Chip]
    rows: Sequence[InboxRow]
    current: int
    query: str
    home: str
    filtered: bool
    state: str


class Offers(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the menus of the whole page."""

    filters: Sequence[Filter]
    givable: Pairs
    mine: Sequence[SavedView]
    kept: Sequence[tuple[str, str]]
    reasons: Sequence[str]


def list_of(session: Session, viewer: Viewer, shown: Shown) -> InboxList:
    """Give the list."""
    asked, most = shown.asked, shown.pages * PER_PAGE
    found = inbox_lists.page_of(session, viewer, asked, "", most + 1)
    further = len(found) > most and shown.pages < PAGES
    return InboxList(
        here=shown.address(), more=shown.address(pages=shown.pages + 1) if further else "",
        views=_views(session, viewer, asked), turns=_turns(asked), saved=_saved(session, viewer, asked),
        chosen=_chosen(session, asked), current=shown.current, query=query_of(asked), home=address(asked),
        rows=inbox_rows(session, [row.conversation for row in found[:most]], asked),
        filtered=bool(_narrowing(asked)), state=asked.picks.get("state", ""),
    )  # fmt: skip


def offers(session: Session, viewer: Viewer, asked: Asked) -> Offers:
    """Give what can be chosen."""
    channel, tag = asked.picks.get("channel", ""), str(asked.tag or "")
    channels = session.execute(select(Channel.id, Channel.title).order_by(Channel.id)).all()
    span = asked.spans.get(TOUCHED, Span())
    since, until = (day.isoformat() if day else "" for day in (span.since, span.until))
    return Offers(
        filters=[
            Filter(name="channel", label=_("Channel"), options=[(str(number), title) for number, title in channels],
                   any=_("Any"), value=channel),
            Filter(name="by", label=_("By"), options=_kinds(session), any=_("Any way"),
                   value=asked.picks.get("by", "")),
            filters.department_filter(session, asked),
            Filter(name="responsible", label=_("With"), any=_("Anybody"), value=asked.responsible,
                   options=[("me", _("Me")), ("none", _("Nobody")), *filters.people(session)]),
            Filter(name="tag", label=_("Tag"), options=[(str(each.id), each.name) for each in choosable(session)],
                   any=_("Any"), value=tag),
            Filter(name=TOUCHED, label=_("Last touch"), span="date", value=since, until=until),
        ],
        givable=filters.givable(session),
        mine=[SavedView(name=view.name, shared=view.shared, removal=f"/views/{view.id}")
              for view in views.views_of(session, viewer, asked.kind.name) if views.may_remove(viewer, view)],
        kept=list(asked.but(department=None, responsible="", tag=None, spans={}, picks={
            name: value for name, value in asked.picks.items() if name not in {"channel", "by"}}).pairs().items()),
        reasons=[_(reason) for reason in REASONS],
    )  # fmt: skip


def _kinds(session: Session) -> Pairs:
    """Give the ways by which people write or call, those of messengers by their names."""
    kinds = session.scalars(select(Channel.kind).distinct().order_by(Channel.kind)).all()
    return [(kind, _(WAYS[kind]) if kind in WAYS else kind_in_words(kind)) for kind in kinds]


def _views(session: Session, viewer: Viewer, asked: Asked) -> list[Chip]:
    waits, here = inbox_lists.waiting(session, viewer), asked.picks.get("view", MINE)
    state = asked.picks.get("state", "")
    offered = [view for view in WORDS if view != DEPARTMENT or viewer.department_id is not None]
    found = []
    for view in offered:
        words = f"{_(WORDS[view])} {_figure(waits[view])}" if waits[view] else _(WORDS[view])
        there = _with(asked, view="" if view == MINE else view, state="")
        found.append(Chip(words=words, href=address(there), current=view == here and not state))
    for name, words in STATES:
        there = _with(asked, state=name, turn="")
        found.append(Chip(words=_(words), href=address(there), current=state == name))
    return found


def _turns(asked: Asked) -> list[Chip]:
    if asked.picks.get("state"):
        return []
    here = asked.picks.get("turn", "")
    return [
        Chip(words=_(words), href=address(_with(asked, turn="" if here == name else name)), current=here == name)
        for name, words in TURNS
    ]  # fmt: skip


def _saved(session: Session, viewer: Viewer, asked: Asked) -> list[Chip]:
    query = query_of(asked)
    return [
        Chip(words=view.name, href=f"{asked.kind.href}?{view.query}", current=view.query == query, icon="pin")
        for view in views.views_of(session, viewer, asked.kind.name)
    ]


def _chosen(session: Session, asked: Asked) -> list[Chip]:
    """Give what the list is narrowed down to; a press takes one away."""
    department = setup(session).departments.get(asked.department or 0)
    found = [(department.name, asked.but(department=None))] if department else []
    if (channel := asked.picks.get("channel", "")).isdecimal():
        title = session.scalar(select(Channel.title).where(Channel.id == int(channel)))
        found.append((title or _("A channel that is gone"), _with(asked, channel="")))
    if by := asked.picks.get("by", ""):
        found.append((dict(_kinds(session)).get(by, by), _with(asked, by="")))
    if asked.tag is not None:
        tag = session.get(Tag, asked.tag)
        found.append((tag.name if tag else _("A tag that is gone"), asked.but(tag=None)))
    if asked.responsible:
        people = {"me": _("Me"), "none": _("Nobody"), **dict(filters.people(session))}
        name = people.get(asked.responsible, _("Somebody who is gone"))
        found.append((_("With %(name)s", name=name), asked.but(responsible="")))
    if asked.spans:
        found.append((_("By days"), asked.but(spans={})))
    return [Chip(words=words, href=address(without), icon="close") for words, without in found]


def _narrowing(asked: Asked) -> bool:
    return asked != Asked(kind=asked.kind, picks={
        name: value for name, value in asked.picks.items() if name in {"view", "state"}})  # fmt: skip


def _with(asked: Asked, **picks: str) -> Asked:
    return asked.but(picks={name: value for name, value in {**asked.picks, **picks}.items() if value})


def _figure(number: int) -> str:
    return f"{COUNTED - 1}+" if number >= COUNTED else str(number)
