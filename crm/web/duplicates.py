"""The room Duplicates: pairs that may be one person, the likeliest first; what was ruled out, what was merged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from yarl import URL

from crm import duplicates, partings
from crm.contacts import Contact
from crm.desk import contact_changed
from crm.duplicates import Pair
from crm.merges import Merge
from crm.rights import merge_for, pair_for, sees_contact, sees_pair
from crm.setup import setup
from crm.web.merged import Done, Side, people_called, shown_merges, sides
from crm.web.reasons import sureness, told
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

PER_PAGE = 30
COUNTED = 500  # more than this nobody works through today
OPEN, RULED_OUT, MERGED = "open", "ruled-out", "merged"
SHOWN = {OPEN: N_("Likely"), RULED_OUT: N_("Not the same"), MERGED: N_("Merged")}
LONGEST = 12  # digits of a place

add_room(
    Room(href="/duplicates", name=N_("Duplicates"), icon="merge", order=4, within="/contacts",
         about=N_("Contacts that may be one person"))
)  # fmt: skip


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A pair in the queue."""

    id: int
    a: Side
    b: Side
    sureness: str
    reasons: Sequence[str]
    ruled_out_at: datetime | None
    ruled_out_by: str


class Chip(msgspec.Struct, frozen=True):
    """One of the lists."""

    words: str
    count: str
    href: str
    current: bool
    icon: str = ""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What the room shows."""

    here: str
    show: str
    filters: Sequence[Chip]
    pairs: Sequence[Line] = ()
    merges: Sequence[Done] = ()
    next: str = ""


@page("GET", "/duplicates")
async def room(request: web.Request) -> web.StreamResponse:
    """Show one of the lists."""
    show = request.query.get("show", OPEN)
    text = request.query.get("from", "0")
    start = int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else 0
    shown = await request.app[DB].read(
        _listed, viewer_of(request), show if show in SHOWN else OPEN, min(start, COUNTED)
    )
    template = "_duplicates.html" if is_fragment(request) else "duplicates.html"
    return await render(request, template, title=_("Duplicates"), **msgspec.structs.asdict(shown))


@page("POST", "/duplicates/{id}/dismissal")
async def dismiss(request: web.Request) -> web.StreamResponse:
    """Say that they are two people."""
    pair_id = path_id(request)
    names = await request.app[DB].write(_rule, viewer_of(request), pair_id, out=True)
    words = _("Not the same: %(one)s and %(other)s", one=names[0], other=names[1])
    toast = Toast(text=words, undo=f"/duplicates/{pair_id}/dismissal")
    return await changed(request, toast, back="/duplicates")


@page("DELETE", "/duplicates/{id}/dismissal")
async def reconsider(request: web.Request) -> web.StreamResponse:
    """Take back that they are two people."""
    names = await request.app[DB].write(_rule, viewer_of(request), path_id(request), out=False)
    return await changed(
        request, Toast(text=_("In the queue again: %(one)s and %(other)s", one=names[0], other=names[1]))
    )


@page("DELETE", "/merges/{id}")
async def undo(request: web.Request) -> web.StreamResponse:
    """Take a merge back: each has his own again."""
    card_id, name = await request.app[DB].write(_undo, viewer_of(request), path_id(request))
    toast = Toast(
        text=_("%(name)s has a card of its own again", name=name), href=f"/contacts/{card_id}",
        words=_("Open the card"),
    )  # fmt: skip
    return await changed(request, toast)


def visible_pair(session: Session, viewer: Viewer, pair_id: int) -> Pair:
    """Give a pair that this viewer sees; any other is not found."""
    found = pair_for(session, viewer, pair_id)
    if found is None:
        raise Problem(404, _("There is no such pair any more, or one of the two is not yours to see."))
    return found


def _listed(session: Session, viewer: Viewer, show: str, start: int) -> Listed:
    filters = _filters(session, viewer, show)
    here = _address(show, start)
    if show == MERGED:
        merges = session.scalars(_merges(viewer).offset(start).limit(PER_PAGE + 1)).all()
        following = _address(show, start + PER_PAGE) if len(merges) > PER_PAGE else ""
        done = shown_merges(session, merges[:PER_PAGE])
        return Listed(here=here, show=show, filters=filters, merges=done, next=following)
    pairs = session.scalars(_pairs(viewer, show).offset(start).limit(PER_PAGE + 1)).all()
    following = _address(show, start + PER_PAGE) if len(pairs) > PER_PAGE else ""
    return Listed(
        here=here, show=show, filters=filters, pairs=_lines(session, pairs[:PER_PAGE]), next=following
    )


def _pairs(viewer: Viewer, show: str) -> Select[Pair]:
    wanted = select(Pair).where(sees_pair(viewer))
    if show == RULED_OUT:
        return wanted.where(Pair.dismissed_at.is_not(None)).order_by(Pair.dismissed_at.desc(), Pair.id.desc())
    return wanted.where(Pair.dismissed_at.is_(None)).order_by(Pair.score.desc(), Pair.id.desc())


def _merges(viewer: Viewer) -> Select[Merge]:
    """Ask for the merges that hold, of whose cards this viewer sees the one that they became."""
    wanted = select(Merge).where(Merge.undone_at.is_(None)).order_by(Merge.id.desc())
    if viewer.sees_all:
        return wanted
    survivor = select(Contact.id).where(Contact.id == Merge.survivor_id, sees_contact(viewer))
    return wanted.where(survivor.correlate(Merge).exists())


def _filters(session: Session, viewer: Viewer, show: str) -> list[Chip]:
    counted: dict[str, Select[Any]] = {
        OPEN: _pairs(viewer, OPEN),
        RULED_OUT: _pairs(viewer, RULED_OUT),
        MERGED: _merges(viewer),
    }
    return [
        Chip(_(SHOWN[name]), _count(session, query), _address(name, 0), name == show)
        for name, query in counted.items()
    ]


def _count(session: Session, query: Select[Any]) -> str:
    some = query.order_by(None).limit(COUNTED + 1).subquery()
    number = session.scalar(select(func.count()).select_from(some)) or 0
    return f"{COUNTED}+" if number > COUNTED else str(number or "")


def _address(show: str, start: int) -> str:
    query = ({"show": show} if show != OPEN else {}) | ({"from": str(start)} if start else {})
    return str(URL("/duplicates").with_query(query))


def _lines(session: Session, pairs: Sequence[Pair]) -> list[Line]:
    country = setup(session).company.country
    shown = sides(session, sorted({each for pair in pairs for each in (pair.a_id, pair.b_id)}))
    people = people_called(session, {pair.dismissed_by for pair in pairs})
    return [
        Line(
            id=pair.id, a=shown[pair.a_id], b=shown[pair.b_id], sureness=sureness(pair.score),
            reasons=told(duplicates.reasons_of(pair), country), ruled_out_at=pair.dismissed_at,
            ruled_out_by=people.get(pair.dismissed_by or 0, ""),
        )
        for pair in pairs
    ]  # fmt: skip


def _rule(session: Session, viewer: Viewer, pair_id: int, *, out: bool) -> tuple[str, str]:
    pair = visible_pair(session, viewer, pair_id)
    if out:
        duplicates.dismiss(session, viewer, pair)
    else:
        duplicates.reconsider(session, viewer, pair)
    shown = sides(session, [pair.a_id, pair.b_id])
    for contact_id in (pair.a_id, pair.b_id):
        contact_changed(session, session.get_one(Contact, contact_id))
    return shown[pair.a_id].name, shown[pair.b_id].name


def _undo(session: Session, viewer: Viewer, merge_id: int) -> tuple[int, str]:
    if merge_for(session, viewer, merge_id) is None:
        raise Problem(404, _("There is no such merge, or it is not yours to see."))
    done = partings.part(session, viewer, merge_id)
    return done.card_id, sides(session, [done.card_id])[done.card_id].name
