"""The archive of a list, as the world sees it: its page, its feed, its letters; and who puts them there.

Only what a manager put there is found, and nothing that anybody was written to with. A list without any has no archive.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import campaign_archive
from crm.campaign_archive import PATH, Shown
from crm.mailing_lists import MailingList
from crm.setup import setup
from crm.web.campaign_editor import campaign_of
from crm.web.campaign_public import POLICY
from crm.web.campaigns import HERE
from hub import days
from hub.languages import LANGUAGES, Listener, _, listening, speaking_to
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, page, path_id, render, viewer_of
from hub.web.problems import Problem

FEED = 50
PUBLIC = {"Cache-Control": "public, max-age=300", "Referrer-Policy": "no-referrer"}


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter of an archive: `day` for people, `published` for programs (RFC 5322)."""

    href: str
    subject: str
    about: str
    at: datetime
    day: str
    published: str


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The values of archive.html and archive_feed.xml."""

    name: str
    about: str
    language: str
    href: str
    letters: Sequence[Letter]


@page("GET", f"{PATH}/{{id}}", role=None)
async def archive(request: web.Request) -> web.StreamResponse:
    """Show what stands in the archive of a list."""
    response = await render(request, "archive.html", view=await _asked(request))
    response.headers.update(PUBLIC)
    return response


@page("GET", f"{PATH}/{{id}}/feed.xml", role=None)
async def feed(request: web.Request) -> web.StreamResponse:
    """Give the same for programs that look by themselves what is new (RSS 2.0)."""
    view = await _asked(request)
    response = await render(request, "_archive_feed.xml", view=view, most=FEED)
    response.content_type = "application/rss+xml"
    response.headers.update(PUBLIC)
    return response


@page("GET", f"{PATH}/{{id}}/letters/{{number}}", role=None)
async def letter(request: web.Request) -> web.StreamResponse:
    """Show a letter as everybody may read it."""
    list_id, number = path_id(request), path_id(request, "number")
    html = await request.app[DB].read(campaign_archive.html, list_id, number, base_url(request))
    if html is None:
        raise _nothing()
    return web.Response(body=html, content_type="text/html", charset="utf-8",
                        headers={**PUBLIC, "Content-Security-Policy": POLICY})  # fmt: skip


@page("POST", f"{HERE}/{{id}}/archive", role="manager")
async def put(request: web.Request) -> web.StreamResponse:
    """Have everybody read a campaign."""
    await request.app[DB].write(_put, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Everybody can read it in the archive now"), undo=request.path),
                         back=f"{HERE}/{path_id(request)}/afterwards")  # fmt: skip


@page("DELETE", f"{HERE}/{{id}}/archive", role="manager")
async def take_out(request: web.Request) -> web.StreamResponse:
    """Have nobody read it there any more."""
    await request.app[DB].write(_take_out, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("It does not stand in the archive any more")),
                         back=f"{HERE}/{path_id(request)}/afterwards")  # fmt: skip


async def _asked(request: web.Request) -> View:
    view = await request.app[DB].read(_view, path_id(request), base_url(request))
    if view.language in LANGUAGES:
        listening.set(Listener(view.language))
    return view


def _view(session: Session, list_id: int, base: str) -> View:
    row, letters = session.get(MailingList, list_id), campaign_archive.letters(session, list_id)
    if row is None or not letters:
        raise _nothing()
    with speaking_to(Listener(row.language)):
        return View(name=row.name, about=row.about, language=row.language, href=campaign_archive.address(base, list_id),
                    letters=[_letter(session, base, list_id, each) for each in letters])  # fmt: skip


def _letter(session: Session, base: str, list_id: int, each: Shown) -> Letter:
    at = each.sent_at.astimezone(ZoneInfo(setup(session).company.zone))
    return Letter(
        href=campaign_archive.address(base, list_id, each.campaign_id), subject=each.subject or _("Without a subject"),
        about=each.about, at=each.sent_at, day=days.written(at.date()),
        published=format_datetime(each.sent_at),
    )  # fmt: skip


def _put(session: Session, viewer: Viewer, campaign_id: int) -> None:
    campaign_archive.put(session, viewer, campaign_of(session, campaign_id))


def _take_out(session: Session, viewer: Viewer, campaign_id: int) -> None:
    campaign_archive.take_out(session, viewer, campaign_of(session, campaign_id))


def _nothing() -> Problem:
    return Problem(404, _("There is nothing at this address."))
