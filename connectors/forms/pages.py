"""A form's public side: its own page, the page of thanks, and the script that draws it in anybody's page.

The page works without scripts and posts to the intake. The form's own sites may frame it, and nobody else. A
visitor who came by a marked link (utm_source and the like) takes the marks along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from weakref import WeakKeyDictionary

import msgspec
from aiohttp import web

from connectors.forms.page import FormField
from connectors.forms.settings import FormSettings, site_of
from connectors.forms.submission import is_origin
from hub import proofs
from hub.channels import LiveChannel
from hub.clock import now
from hub.db import Database
from hub.languages import _
from hub.ulid import ulid
from hub.web.environment import STATIC
from hub.web.keys import CHANNELS, DB
from hub.web.origin import base_url
from hub.web.pages import render
from hub.web.problems import Problem
from hub.web.shell import OUTAGE, POLICY

SCRIPT = "forms.js"
SCRIPT_LASTS = "public, max-age=300"  # a changed form is drawn anew everywhere within five minutes
MARKS, MARK = 20, 500  # how many marks of a link are taken along, and how long


class Hidden(msgspec.Struct, frozen=True):
    """Something that the page knows and does not ask."""

    name: str
    placeholder: str
    kind: str = "hidden"
    required: bool = False
    choices: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True):
    """A form as its page shows it."""

    title: str
    intro: str
    fields: tuple[FormField | Hidden, ...]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A form as the script draws it, in a page that is not ours."""

    token: str
    action: str
    challenge: str
    title: str
    intro: str
    thanks: str
    thanks_address: str
    words: Mapping[str, str]
    fields: tuple[FormField, ...]


def routes() -> list[web.RouteDef]:
    """Give the public addresses of forms; a script's also reads as a page's, so it comes first."""
    return [
        web.get("/forms/{token}.js", script),
        web.get("/forms/{token}/thanks", thanks),
        web.get("/forms/{token}/challenge", challenge),
        web.get("/forms/{token}", form),
    ]


async def form(request: web.Request) -> web.StreamResponse:
    """Show the form. It is made for one visit: a kept copy would carry another visit's nonce."""
    channel, settings = _form(request)
    asked = Asked(settings.title, settings.intro, (*settings.fields, *_marks(request)))
    response = await render(
        request, "form_page.html", action=_intake(channel), nonce=ulid(), ts=round(now().timestamp(), 1),
        settings=asked, values={}, errors={}, challenge=await _challenge(request),
    )  # fmt: skip
    return _public(response, settings)


async def thanks(request: web.Request) -> web.StreamResponse:
    """Show what a visitor reads after sending, and the way back to the site."""
    _channel, settings = _form(request)
    back = next((origin for origin in settings.origins if origin != "*"), "")
    return _public(await render(request, "form_thanks.html", settings=settings, back=back), settings)


async def script(request: web.Request) -> web.StreamResponse:
    """Give the script that draws this form where it stands: the form's definition, then what draws it."""
    channel, settings = _form(request)
    drawn = Drawn(
        token=channel.token, action=base_url(request) + _intake(channel),
        challenge=f"{base_url(request)}/forms/{channel.token}/challenge", title=settings.title, intro=settings.intro,
        thanks=settings.thanks, thanks_address=settings.thanks_address, words=_words(),
        fields=settings.fields,
    )  # fmt: skip
    text = f"{{const FORM={msgspec.json.encode(drawn).decode()};{drawing()}}}"
    headers = {"Cache-Control": SCRIPT_LASTS, "Access-Control-Allow-Origin": "*",
               "Cross-Origin-Resource-Policy": "cross-origin", "Vary": "Accept-Language"}  # fmt: skip
    return web.Response(text=text, content_type="text/javascript", headers=headers)


async def challenge(request: web.Request) -> web.StreamResponse:
    """Give the script the work that its browser is to do for one request."""
    _form(request)
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*",
               "Cross-Origin-Resource-Policy": "cross-origin"}  # fmt: skip
    return web.json_response({"challenge": await _challenge(request)}, headers=headers)


async def _challenge(request: web.Request) -> str:
    """Give a new challenge, "" while the store is away: a form can do without."""
    db = request.app[DB]
    with suppress(*OUTAGE):
        if db not in _keys:
            _keys[db] = await db.write(proofs.make_key)
        return proofs.challenge(_keys[db], now())
    return ""


_keys: WeakKeyDictionary[Database, str] = WeakKeyDictionary()  # it never changes


def _form(request: web.Request) -> tuple[LiveChannel, FormSettings]:
    channel = request.app[CHANNELS].by_token(request.match_info["token"])
    settings = channel.connector.settings if channel else None
    if channel is None or not isinstance(settings, FormSettings):
        raise Problem(404, _("There is no form at this address. It may have been replaced by another one."))
    return channel, settings.told()


def _words() -> dict[str, str]:
    """Give what the script itself says, in the visitor's language."""
    return {
        "optional": _("optional"),
        "send": _("Send"),
        "sending": _("Sending …"),
        "wrong": _("Please look at the marked fields."),
        "waiting": _("The line is down. Your answers wait in this browser and go as soon as it is back."),
        "refused": _("This could not be taken. Please call us instead."),
        "thanks": _("Thank you, we have it."),
        "arrived": _("Your earlier answers have arrived now."),
        "trap": _("Leave this empty"),
        "choose": _("Choose"),
    }


def _intake(channel: LiveChannel) -> str:
    return f"/in/{channel.name}/{channel.token}"


def _marks(request: web.Request) -> Iterator[Hidden]:
    """Take along what a marked link says about where the visitor comes from."""
    for name, value in list(request.query.items())[:MARKS]:
        if is_origin(name) and value:
            yield Hidden(name, value[:MARK])


def _public(response: web.Response, settings: FormSettings) -> web.Response:
    """Let the form's own sites frame the page and be where sending leads."""
    sites = " ".join(settings.origins)
    leads = (
        "https: http:" if "*" in settings.origins else f"{sites} {site_of(settings.thanks_address)}".strip()
    )
    policy = POLICY.replace("form-action 'self'", f"form-action 'self' {leads}".rstrip())
    response.headers["Content-Security-Policy"] = f"{policy}frame-ancestors 'self' {sites}".rstrip()
    response.headers["Cache-Control"] = "no-store"
    return response


@cache
def drawing() -> str:
    """Give the script that draws any form, as it was built."""
    return (STATIC / SCRIPT).read_text(encoding="utf-8")
