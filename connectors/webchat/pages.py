"""A chat's public side: the script that puts it into anybody's page, and a page of its own.

The script carries how the chat is set up and its words in every language: which of them a visitor reads, the page that
he is on says, and else his browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec
from aiohttp import web

from connectors.webchat.desk import Desk, at_desk
from connectors.webchat.settings import MEGABYTE, ChatSettings
from hub.languages import LANGUAGES, Listener, _, speaking_to
from hub.web.environment import STATIC
from hub.web.origin import base_url
from hub.web.pages import render
from hub.web.shell import POLICY

SCRIPT = "chat.js"
SCRIPT_LASTS = "public, max-age=300"  # what was set up anew is so everywhere within five minutes
DARK, LIGHT = "#000000", "#ffffff"
NEARLY_BLACK = 0.04045


class Asked(msgspec.Struct, frozen=True):
    """A question as the script asks it. `kind` is what browsers call such an answer: name, tel, email, off."""

    label: str
    kind: str
    required: bool


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A chat as the script draws it."""

    token: str
    at: str
    intake: str
    colour: str
    ink: str
    side: str
    closed: str
    largest: int
    intro: str
    questions: tuple[Asked, ...]
    consent: str
    consent_address: str
    words: Mapping[str, Mapping[str, str]]


def routes() -> list[web.RouteDef]:
    """Give the addresses; a script's also reads as a page's, so it comes first."""
    return [web.get("/chat/{token}.js", script), web.get("/chat/{token}", own)]


async def script(request: web.Request) -> web.StreamResponse:
    """Give the script: how this chat is set up, then what draws it."""
    desk = at_desk(request, any_site=True)
    text = f"{{const CHAT={msgspec.json.encode(_drawn(request, desk)).decode()};{drawing()}}}"
    headers = {"Cache-Control": SCRIPT_LASTS, "Access-Control-Allow-Origin": "*",
               "Cross-Origin-Resource-Policy": "cross-origin"}  # fmt: skip
    return web.Response(text=text, content_type="text/javascript", headers=headers)


async def own(request: web.Request) -> web.StreamResponse:
    """Show the chat in a page of its own, for a link in a letter or below a name."""
    desk = at_desk(request, any_site=True)
    settings = desk.gate.settings.told()
    response = await render(request, "chat_page.html", settings=settings, token=desk.channel.token)
    sockets = base_url(request).replace("http", "ws", 1)  # 'self' covers no WebSocket in older browsers
    response.headers["Content-Security-Policy"] = (
        f"{POLICY}connect-src 'self' {sockets}; frame-ancestors 'self'"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def ink_on(colour: str) -> str:
    """Give black or white, whichever is clearer on a colour (WCAG 2.2, contrast ratio)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return LIGHT if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else DARK


@cache
def drawing() -> str:
    """Give the script that draws any chat, as it was built."""
    return (STATIC / SCRIPT).read_text(encoding="utf-8")


def _linear(part: float) -> float:
    """Give how much light a part of an sRGB colour is."""
    return part / 12.92 if part <= NEARLY_BLACK else ((part + 0.055) / 1.055) ** 2.4


def _drawn(request: web.Request, desk: Desk) -> Drawn:
    settings, channel, hub = desk.gate.settings, desk.channel, base_url(request)
    kinds = {"name": "name", "phone": "tel", "email": "email"}
    return Drawn(
        token=channel.token, at=f"{hub}/chat/{channel.token}", intake=f"{hub}/in/{channel.name}/{channel.token}",
        colour=settings.colour, ink=ink_on(settings.colour), side=settings.position, closed=settings.when_closed,
        largest=settings.largest_file * MEGABYTE, intro=settings.intro, consent=settings.consent,
        consent_address=settings.consent_address,
        questions=tuple(Asked(each.label, kinds.get(each.means, "off"), each.required) for each in settings.asked()),
        words={language: _words_in(language, settings) for language in LANGUAGES},
    )  # fmt: skip


def _words_in(language: str, settings: ChatSettings) -> dict[str, str]:
    with speaking_to(Listener(language)):
        told = settings.told()
        return {"title": told.title, "closedWords": told.closed_words, **_words(settings)}


def _words(settings: ChatSettings) -> dict[str, str]:
    """Give what the script itself says."""
    return {
        "open": _("Open the chat"),
        "close": _("Close the chat"),
        "write": _("Write a message"),
        "send": _("Send"),
        "attach": _("Attach a file"),
        "remove": _("Take the file away"),
        "drop": _("Take it away"),
        "log": _("Messages"),
        "empty": _("What can we help you with? Write it below."),
        "you": _("You"),
        "automatic": _("Automatic answer"),
        "writes": _("is writing …"),
        "somebody": _("Somebody is writing …"),
        "waiting": _("Waits for the line"),
        "sending": _("Sending …"),
        "refused": _("Not sent"),
        "offline": _("No connection. What you write is kept, and sent as soon as there is one."),
        "edited": _("edited"),
        "withdrawn": _("Message taken back"),
        "tooLarge": _("Files up to %(most)s MB can be sent.", most=settings.largest_file),
        "begin": _("Begin"),
        "optional": _("optional"),
        "wrong": _("Please fill this in."),
        "unread": _("new messages"),
        "name": _("Name"),
        "reach": _("Phone or email"),
        "message": _("Message"),
        "thanks": _("Thank you, we have it. Here you will see our answer."),
        "privacy": _("How we treat what you write"),
        "answers": _("answers you"),
        "earlier": _("Older messages are not shown."),
    }
