"""Calling by a click: from the button beside any number, from the palette, and from the browser's `tel:` links."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import call_intake, calls, dialling, numbers
from crm.calling_hours import local_time
from crm.calls import Call
from crm.contacts import Contact, handles_of
from crm.desk import Refusal
from crm.dialling import Doubtful, Wanted
from crm.doubts import doubts
from crm.rights import contact_for
from crm.setup import setup
from crm.web.names import called
from hub.clock import now
from hub.languages import N_, _
from hub.users import User, Viewer
from hub.web.keyboard import add_key
from hub.web.keys import CALLER, DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

LONGEST = 100  # letters of a number as somebody writes it
NONCE = 100

add_key("c", N_("Call somebody"))


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A number that somebody may call: how it is written, whose it is, and what speaks against it.

    `wrong` says why it cannot be called; `there` is the time where it is.
    """

    number: str
    handle: str = ""
    shown: str = ""
    name: str = ""
    href: str = ""
    there: datetime | None = None
    against: Sequence[str] = ()
    wrong: str = ""


@page("GET", "/dial")
async def dial(request: web.Request) -> web.StreamResponse:
    """Show whose a number is, with one key to call it; the browser's `tel:` links lead here."""
    written = _plain(request.query.get("number", ""))
    asked = await request.app[DB].read(_asked, viewer_of(request), written)
    return await _show(request, asked)


@page("POST", "/calls")
async def place(request: web.Request) -> web.StreamResponse:
    """Have my telephone ring, and then the number's."""
    said, viewer = await form(request), viewer_of(request)
    nonce = said.get("nonce", "") or request.headers.get("Idempotency-Key", "")
    wanted = Wanted(
        number=_plain(said.get("number", "")), knowing=bool(said.get("knowing")), nonce=nonce[:NONCE]
    )
    if viewer.user_id is None:
        raise Refusal(_("Only a person has a telephone."))
    try:
        number = await request.app[DB].write(_place, viewer, wanted)
    except Doubtful as doubtful:
        asked = await request.app[DB].read(_asked, viewer, doubtful.number)
        return await _show(request, asked, asks=True)
    words = _("Your telephone rings. Pick it up, and %(number)s is called.", number=number)
    return await changed(request, Toast(text=words), back=f"/dial?number={quote(wanted.number)}")


@page("POST", "/popups/{id}/told")
async def told(request: web.Request) -> web.StreamResponse:
    """Take away what I read about a call that did not come about."""
    await request.app[DB].write(_told, viewer_of(request), path_id(request))
    return web.Response(status=204) if is_fragment(request) else await changed(request, Toast(text=_("Seen")))


def _place(session: Session, viewer: Viewer, wanted: Wanted) -> str:
    call = dialling.place(session, viewer, viewer.user_id or 0, wanted)
    return numbers.display(call.customer or call.written, setup(session).company.country)


def _told(session: Session, viewer: Viewer, call_id: int) -> None:
    call = session.get(Call, call_id)
    if call is None or viewer.user_id is None or not _is_mine(session, viewer, call):
        raise Problem(404, _("There is no such call."))
    calls.read(session, call)
    call_intake.tell(session, call)


def _is_mine(session: Session, viewer: Viewer, call: Call) -> bool:
    me = session.get_one(User, viewer.user_id)
    return call.placed_by == me.id or calls.takes_part(call, me)


async def _show(request: web.Request, asked: Asked, *, asks: bool = False) -> web.StreamResponse:
    fragment = is_fragment(request)
    response = await render(
        request, "_dial.html" if fragment else "dial.html", title=_("Call somebody"), asked=asked,
        dials=bool(request[CALLER].extension), nonce=secrets.token_hex(12),
    )  # fmt: skip
    if fragment and asks:
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#sheet", "innerHTML"
    return response


def _asked(session: Session, viewer: Viewer, written: str) -> Asked:
    if not written:
        return Asked(number="")
    try:
        dialled = dialling.whom(session, written)
    except Refusal as refusal:
        return Asked(number=written, wrong=str(refusal))
    country = setup(session).company.country
    contact = contact_for(session, viewer, dialled.contact_id) if dialled.contact_id else None
    return Asked(
        number=written, handle=dialled.number, shown=numbers.display(dialled.number, country),
        name=_name(session, contact, country) if contact else "",
        href=f"/contacts/{contact.id}" if contact else "",
        there=local_time(dialled.number, now()), against=doubts(session, dialled),
    )  # fmt: skip


def _name(session: Session, contact: Contact, country: str) -> str:
    return called(contact.name, handles_of(session, [contact.id])[contact.id], country)


def _plain(written: str) -> str:
    """Give a number as typed, or as a link has it: "tel:+46-70…;phone-context=…"."""
    return " ".join(written.replace("\0", "").split())[:LONGEST].removeprefix("tel:")
