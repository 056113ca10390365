"""Who is not written to: the list with its search, one more by hand, and the way back with a reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import addresses, campaign_ways, contacts, suppressions
from crm.contacts import MAIL
from crm.desk import ID_DIGITS
from crm.mailing_lists import MailingList, mailing_lists
from crm.suppressions import BY_HAND, KIND, REASONS, Suppression
from crm.web.consent_words import named
from crm.web.mailing_lists import found
from hub import audit
from hub.languages import N_, _
from hub.users import User, Viewer
from hub.web.audit_kinds import Kind, add_kind
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/suppressions"
SHOWN, LONGEST, LEAST = 100, 200, 3

add_room(
    Room(href=HOME, name=N_("Not written to"), icon="shield", order=67, role="manager", within="/settings",
         about=N_("Addresses that get no newsletters, and why"))
)  # fmt: skip


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One that is not written to; `list` is "" where nothing at all goes there."""

    id: int
    value: str
    list: str
    reason: str
    words: str
    by: str
    at: datetime


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _suppressions.html; `older` is where the rest is, None for no more."""

    q: str
    rows: Sequence[Line]
    total: int
    lists: Sequence[tuple[int, str]]
    older: int | None


@page("GET", HOME, role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show who is not written to."""
    q = request.query.get("q", "").replace("\0", "").strip()[:LONGEST]
    before = request.query.get("before", "")
    older = int(before) if before.isascii() and before.isdigit() and len(before) <= ID_DIGITS else None
    template = "_suppressions.html" if is_fragment(request) else "suppressions.html"
    return await render(
        request, template, title=_("Not written to"), sub=_("Newsletters leave these addresses out"),
        list=await request.app[DB].read(_listed, q, older), back=Back("/settings", _("Settings")),
    )  # fmt: skip


@page("POST", HOME, role="manager")
async def put(request: web.Request) -> web.StreamResponse:
    """Write to somebody no more."""
    value = await request.app[DB].write(_put, viewer_of(request), await form(request))
    return await changed(request, Toast(text=_("Not written to any more: %(what)s", what=value)), back=HOME)


@page("POST", "/suppressions/{id}/lift", role="manager")
async def lift(request: web.Request) -> web.StreamResponse:
    """Let somebody be written to again, for a reason."""
    why = (await form(request)).get("why", "")
    value = await request.app[DB].write(_lift, viewer_of(request), path_id(request), why)
    return await changed(request, Toast(text=_("May be written to again: %(what)s", what=value)), back=HOME)


def _listed(session: Session, q: str, before: int | None) -> Listed:
    kind, _colon, rest = q.partition(":")
    starts = rest if kind.lower() in campaign_ways.handles() else q
    rows = suppressions.standing(session, starts, before=before, limit=SHOWN + 1)
    names = dict(session.execute(select(MailingList.id, MailingList.name)).all())
    people = dict(session.execute(select(User.id, User.name)).all())
    total = select(func.count()).select_from(Suppression).where(Suppression.lifted_at.is_(None))
    return Listed(
        q=q, total=session.scalar(total) or 0, lists=[(each.id, each.name) for each in mailing_lists(session)],
        older=rows[SHOWN - 1].id if len(rows) > SHOWN else None,
        rows=[
            Line(id=row.id, value=named(row.kind, row.value), list=names.get(row.list_id or 0, ""),
                 reason=_(REASONS[row.reason]), words=row.words, by=people.get(row.by or 0, ""), at=row.at)
            for row in rows[:SHOWN]
        ],
    )  # fmt: skip


def _put(session: Session, viewer: Viewer, fields: Mapping[str, str]) -> str:
    (kind, value), words = _meant(session, fields.get("value", "")), fields.get("words", "")
    if len(words.strip()) < LEAST:
        raise Problem(422, _("Say why."))
    chosen = fields.get("list", "")
    if chosen and not (chosen.isascii() and chosen.isdigit() and len(chosen) <= ID_DIGITS):
        raise Problem(404, _("There is no such list."))
    list_id = found(session, int(chosen)).id if chosen else None
    row = suppressions.suppress(
        session, kind, value, BY_HAND, list_id=list_id, words=words, by=viewer.user_id
    )
    audit.record(session, viewer, audit.MADE, KIND, row.id, words=row.value)
    return named(row.kind, row.value)


def _meant(session: Session, text: str) -> tuple[str, str]:
    """Give kind and value of a handle as it is typed: a mail address, or one with its messenger before it."""
    kind, _colon, rest = text.strip().partition(":")
    if kind.lower() in campaign_ways.handles():
        if contacts.find(session, kind.lower(), rest.strip()) is None:
            raise Problem(422, _("Nobody is known by this to the messenger."))
        return kind.lower(), rest.strip()
    address = addresses.read(text)
    if address is None:
        raise Problem(422, _("This is no mail address."))
    return MAIL, address.handle


def _lift(session: Session, viewer: Viewer, row_id: int, why: str) -> str:
    row = session.get(Suppression, row_id, with_for_update=True)
    if row is None or row.lifted_at is not None:
        raise Problem(404, _("This stands no more."))
    if len(why.strip()) < LEAST:
        raise Problem(422, _("Say why he may be written to again."))
    suppressions.lift(session, viewer, row, why)
    return named(row.kind, row.value)


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(
        session.execute(select(Suppression.id, Suppression.value).where(Suppression.id.in_(ids))).all()
    )


add_kind(Kind(KIND, N_("Not written to"), HOME, _names))
