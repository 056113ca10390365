"""Mailing lists: what people may agree to get, in which words they are asked, and how many did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import consent_standings, list_retiring, mailing_lists
from crm.mailing_lists import KIND, Listed, MailingList
from hub.languages import LANGUAGES, N_, _
from hub.said import again
from hub.users import Viewer
from hub.web.audit_kinds import Kind, add_kind
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/mailing-lists"

add_room(
    Room(href=HOME, name=N_("Mailing lists"), icon="mail", order=2, role="manager", within="/campaigns",
         about=N_("What people may agree to get, and who did"))
)  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A list among all; `held` is how many agreed to it."""

    id: int
    name: str
    language: str
    confirms: bool
    public: bool
    held: int
    retired: bool


@page("GET", HOME, role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show the lists."""
    template = "_mailing_lists.html" if is_fragment(request) else "mailing_lists.html"
    return await render(
        request, template, title=_("Mailing lists"), rows=await request.app[DB].read(_rows),
        languages=list(LANGUAGES.items()), list=None, back=Back("/campaigns", _("Campaigns")),
    )  # fmt: skip


@page("POST", HOME, role="manager")
async def add(request: web.Request) -> web.StreamResponse:
    """Begin a list."""
    name = await request.app[DB].write(_add, viewer_of(request), await form(request))
    return await changed(request, Toast(text=_("A new list: %(name)s", name=name)), back=HOME)


@page("POST", "/mailing-lists/{id}", role="manager")
async def change(request: web.Request) -> web.StreamResponse:
    """Change a list."""
    name = await request.app[DB].write(_change, viewer_of(request), path_id(request), await form(request))
    return await changed(
        request, Toast(text=_("Saved: %(name)s", name=name)), back=f"{HOME}/{path_id(request)}"
    )


@page("POST", "/mailing-lists/{id}/retirement", role="manager")
async def retire(request: web.Request) -> web.StreamResponse:
    """Write by a list no more."""
    name = await request.app[DB].write(_retire, viewer_of(request), path_id(request), retired=True)
    toast = Toast(text=_("Off the list: %(name)s", name=name), undo=f"{HOME}/{path_id(request)}/retirement")
    return await changed(request, toast, back=HOME)


@page("DELETE", "/mailing-lists/{id}/retirement", role="manager")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Write by it again."""
    name = await request.app[DB].write(_retire, viewer_of(request), path_id(request), retired=False)
    return await changed(request, Toast(text=_("Saved: %(name)s", name=name)), back=HOME)


def found(session: Session, list_id: int) -> MailingList:
    """Give a list."""
    row = session.get(MailingList, list_id)
    if row is None:
        raise Problem(404, _("There is no such list."))
    return row


def shown(session: Session, rows: Sequence[MailingList]) -> Sequence[Row]:
    """Give lists as their page shows them."""
    held = consent_standings.numbers(session, [row.id for row in rows])
    return [
        Row(id=row.id, name=row.name, language=LANGUAGES.get(row.language, row.language), confirms=row.confirms,
            public=row.public, held=held[row.id], retired=row.retired_at is not None)
        for row in rows
    ]  # fmt: skip


def _rows(session: Session) -> Sequence[Row]:
    wanted = select(MailingList).order_by(MailingList.retired_at.is_not(None), MailingList.name)
    return shown(session, session.scalars(wanted).all())


def _add(session: Session, viewer: Viewer, fields: Mapping[str, str]) -> str:
    try:
        return mailing_lists.add(session, viewer, _listed(fields)).name
    except ValueError as error:
        raise Problem(422, again(error.args[0])) from error


def _change(session: Session, viewer: Viewer, list_id: int, fields: Mapping[str, str]) -> str:
    row = found(session, list_id)
    try:
        mailing_lists.change(session, viewer, row, _listed(fields))
    except ValueError as error:
        raise Problem(422, again(error.args[0])) from error
    return row.name


def _retire(session: Session, viewer: Viewer, list_id: int, *, retired: bool) -> str:
    row = found(session, list_id)
    (list_retiring.retire if retired else mailing_lists.restore)(session, viewer, row)
    return row.name


def _listed(fields: Mapping[str, str]) -> Listed:
    return Listed(
        name=fields.get("name", ""), about=fields.get("about", ""), words=fields.get("words", ""),
        language=fields.get("language", ""), word=fields.get("word", ""), confirms="confirms" in fields,
        public="public" in fields,
    )  # fmt: skip


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(
        session.execute(select(MailingList.id, MailingList.name).where(MailingList.id.in_(ids))).all()
    )


def _labels(_session: Session, _viewer: Viewer) -> Mapping[str, str]:
    return {
        "name": _("Name"), "about": _("What it is about"), "words": _("What somebody agrees to"),
        "language": _("Language"), "confirms": _("Confirmed by a letter"), "word": _("Word in messengers"),
        "public": _("Open to everybody"), "retired_at": _("Off the list"),
    }  # fmt: skip


add_kind(Kind(KIND, N_("Mailing list"), f"{HOME}/{{id}}", _names, labels=_labels))
