"""The softphone: a small window of its own that is somebody's telephone, and what an admin gives him for it.

It stays open while the console goes from page to page, so a call is not cut. Pages of the console show a bar that
speaks with it inside the browser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session
from yarl import URL

from crm import call_commands, exchanges, softphones
from crm.rights import person_for
from crm.softphones import Account
from crm.web.call_controls import Offered, offered
from hub.connector import Connector
from hub.exchange import Relay, browsers_at, relays
from hub.languages import _
from hub.users import User, Viewer
from hub.web import shell
from hub.web.keys import CALLER, CHANNELS, DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/softphone"
LONGEST = 60
_DIALLED = re.compile(r"\+?[0-9*#](?:[ -]?[0-9*#]){1,24}")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the window needs to be a telephone: the PBX's websocket, and who it is there.

    `ice_servers` help its sound through networks; their secrets are given with this and nowhere else.
    """

    address: str
    host: str
    user: str
    secret: str
    name: str
    ice_servers: Sequence[Relay]


@page("GET", HOME)
async def window(request: web.Request) -> web.StreamResponse:
    """Show the window; it may speak with the PBX and with nobody else."""
    exchange = await _exchange(request)
    address = browsers_at(exchange) if exchange else ""
    missing = await _missing(request, exchange)
    response = await render(request, "softphone.html", title=_("Softphone"), missing=missing)
    if not missing:
        response.headers["Content-Security-Policy"] = f"{shell.CLOSED}; connect-src 'self' {address}"
    return response


@page("POST", "/softphone/account")
async def account(request: web.Request) -> web.StreamResponse:
    """Give my own account to my own window; it is kept nowhere on the way."""
    exchange = await _exchange(request)
    if (missing := await _missing(request, exchange)) or exchange is None:
        raise Problem(409, missing)
    found = await request.app[DB].write(softphones.account, viewer_of(request), request[CALLER].sign_in)
    if found is None:
        raise Problem(409, _no_account())
    return web.Response(
        body=msgspec.json.encode(_given(exchange, found)), content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )  # fmt: skip


@page("GET", "/softphone/colleagues")
async def colleagues(request: web.Request) -> web.StreamResponse:
    """Show to whom my call can be handed on, while his name is typed; a number outside is taken as it is dialled."""
    words = request.query.get("q", "").replace("\0", "").strip()[:LONGEST]
    offers = await request.app[DB].read(_offers, viewer_of(request), words)
    typed = re.sub("[ -]", "", words) if _DIALLED.fullmatch(words) else ""
    outside = "" if typed in {each.extension for each in offers} else typed
    return await render(request, "_softphone_colleagues.html", offers=offers, outside=outside)


@page("POST", "/people/{id}/softphone", role="admin")
async def put(request: web.Request) -> web.StreamResponse:
    """Let somebody's browser be his telephone."""
    said, user_id = await form(request), path_id(request)
    name = await request.app[DB].write(
        _put, viewer_of(request), user_id, said.get("sip_user", ""), said.get("secret", "").strip()
    )
    words = _("%(name)s has a softphone: it is switched on in the preferences", name=name)
    return await changed(request, Toast(text=words), back=f"/people/{user_id}")


@page("DELETE", "/people/{id}/softphone", role="admin")
async def take_away(request: web.Request) -> web.StreamResponse:
    """Let it be none any more."""
    user_id = path_id(request)
    name = await request.app[DB].write(_take_away, viewer_of(request), user_id)
    words = _("%(name)s has no softphone any more", name=name)
    return await changed(request, Toast(text=words), back=f"/people/{user_id}")


async def _exchange(request: web.Request) -> Connector | None:
    """Give my PBX where it takes browsers; of several, the first that does."""
    mine = await request.app[DB].read(exchanges.near, viewer_of(request).user_id or 0)
    living = {each.id: each.connector for each in request.app[CHANNELS] if not each.paused}
    ready = (living[each] for each in mine if each in living)
    return next((each for each in ready if browsers_at(each)), None)


async def _missing(request: web.Request, exchange: Connector | None) -> str:
    """Say why there can be no softphone, "" where it can be."""
    if exchange is None:
        return _("No PBX is set up for telephones in the browser: "
                 "an admin enters its websocket under Settings, Channels.")  # fmt: skip
    if not await request.app[DB].read(softphones.sip_user_of, viewer_of(request).user_id or 0):
        return _no_account()
    if not request[CALLER].preferences.softphone:
        return _("Your softphone is switched off: switch it on in your preferences.")
    return ""


def _no_account() -> str:
    return _("You have no softphone: an admin gives it to you at your page under People.")


def _given(exchange: Connector, found: Account) -> Given:
    address = browsers_at(exchange)
    host = URL(address).host or ""
    return Given(
        address=address, host=f"[{host}]" if ":" in host else host, user=found.user, secret=found.secret,
        name=found.name, ice_servers=relays(exchange),
    )  # fmt: skip


def _offers(session: Session, viewer: Viewer, words: str) -> Sequence[Offered]:
    return [offered(each) for each in call_commands.colleagues(session, viewer, words)]


def _put(session: Session, viewer: Viewer, user_id: int, sip_user: str, secret: str) -> str:
    user = _person(session, viewer, user_id)
    softphones.put(session, viewer, user, sip_user, secret)
    return user.name


def _take_away(session: Session, viewer: Viewer, user_id: int) -> str:
    user = _person(session, viewer, user_id)
    softphones.take_away(session, viewer, user)
    return user.name


def _person(session: Session, viewer: Viewer, user_id: int) -> User:
    user = person_for(session, viewer, user_id)
    if user is None:
        raise Problem(404, _("There is no such person, or it is not yours to see."))
    return user
