"""What the world sees of campaigns: the web version of a copy, counted links, pictures. Nobody signs in for it.

A GET changes nothing but what is counted, and that only for who agreed to be counted by what the campaign says. A link
leads where the letter that was sent says, and nowhere that an address could name.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import NamedTuple

from aiohttp import web
from sqlalchemy.orm import Session

from crm import (
    campaign_contents,
    campaign_messages,
    campaign_pictures,
    campaign_values,
    copy_events,
    delivery_tokens,
)
from crm.campaign_pictures import CampaignPicture
from crm.campaign_places import PIXEL
from crm.campaign_stencils import destination
from crm.campaign_values import CLICK, OPEN, SEE
from crm.campaigns import Campaign, CampaignContent
from crm.copy_events import Link
from crm.deliveries import Delivery
from crm.delivery_tokens import LONGEST, Purpose
from hub.languages import Listener, _, speaking_to
from hub.web.keys import BLOBS, DB
from hub.web.origin import base_url
from hub.web.pages import page
from hub.web.problems import Problem

POLICY = (
    "default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)
PRIVATE = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
DOT = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
FOUND = 302
DIGITS = 4  # of a link's number
AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
NAMELESS = frozenset({"", "Mozilla/5.0"})
"""Names under which no browser asks; the second is that of Apple's mail program, which fetches before anybody reads."""
LONGEST_NAME = 500
_PROGRAM = re.compile(
    r"bot\b|crawl|spider|scan|preview|prefetch|headless|barracuda|proofpoint|mimecast|safelinks|python|curl/|wget/|"
    r"whatsapp/|go-http|java/|okhttp|libwww|aiohttp",
    re.IGNORECASE,
)


class Way(NamedTuple):
    """Where a link leads, which one it is, and the copy that it is counted for; None where nothing is counted."""

    address: str
    link: Link
    counted: int | None


@page("GET", f"{SEE}/{{token}}", role=None)
async def see(request: web.Request) -> web.StreamResponse:
    """Show a copy in the browser."""
    html = await request.app[DB].read(_seen, _token(request), base_url(request))
    return web.Response(body=html, content_type="text/html", charset="utf-8",
                        headers={**PRIVATE, "Content-Security-Policy": POLICY})  # fmt: skip


@page("GET", f"{CLICK}/{{token}}/{{number}}", role=None)
async def follow(request: web.Request) -> web.StreamResponse:
    """Lead where a link of a copy leads, and note that somebody followed one."""
    way = await request.app[DB].read(_led, _token(request), request.match_info["number"], base_url(request))
    if request.method == "GET" and way.counted is not None:
        await request.app[DB].write(
            copy_events.clicked, way.counted, way.link, by_program=_is_program(request)
        )
    return web.Response(status=FOUND, headers={**PRIVATE, "Location": way.address})


@page("GET", f"{OPEN}/{{token}}.gif", role=None)
async def opened(request: web.Request) -> web.StreamResponse:
    """Note that a copy was looked at, where its campaign counts that."""
    counted = await request.app[DB].read(_opened, _token(request))
    if request.method == "GET" and counted is not None:
        await request.app[DB].write(copy_events.opened, counted, by_program=_is_program(request))
    return web.Response(body=DOT, content_type="image/gif", headers=PRIVATE)


@page("GET", f"{campaign_pictures.PATH}/{{key}}", role=None)
async def picture(request: web.Request) -> web.StreamResponse:
    """Give a picture to who has its address."""
    row = await request.app[DB].read(campaign_pictures.picture, request.match_info["key"][:LONGEST])
    if row is None or not _is_there(request, row):
        raise _nothing()
    return web.FileResponse(request.app[BLOBS].path(row.blob), headers={
        "Content-Type": row.type, "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox", "Cross-Origin-Resource-Policy": "cross-origin",
    })  # fmt: skip


def _is_there(request: web.Request, row: CampaignPicture) -> bool:
    return request.app[BLOBS].path(row.blob).is_file()


def _token(request: web.Request) -> str:
    return request.match_info["token"][: LONGEST + 1]


def _seen(session: Session, token: str, base: str) -> bytes:
    delivery = _delivery(session, token, "see")
    content = _content(session, delivery)
    return campaign_contents.stencils(content).html.fill(values_of(session, delivery, base))


def _led(session: Session, token: str, number: str, base: str) -> Way:
    delivery = _delivery(session, token, "click")
    content = _content(session, delivery)
    message = campaign_messages.message_of(content) if content.message is not None else None
    links = () if message is not None else campaign_contents.stencils(content).html.links
    of = len(campaign_messages.links(message)) if message is not None else len(links)
    place = int(number) if number.isascii() and number.isdigit() and len(number) <= DIGITS else of
    if place >= of:
        raise _nothing()
    counts = session.get_one(Campaign, delivery.campaign_id).counts_clicks
    values = values_of(session, delivery, base)
    address = (campaign_messages.destination(message, place, values) if message is not None
               else destination(links[place], values))  # fmt: skip
    return Way(address, Link(place, of), delivery.id if counts else None)


def _opened(session: Session, token: str) -> int | None:
    delivery = delivery_tokens.proven(session, token, "open")
    counts = delivery is not None and session.get_one(Campaign, delivery.campaign_id).counts_opens
    return delivery.id if delivery is not None and counts else None


def _is_program(request: web.Request) -> bool:
    """Tell whether who asks says that nobody reads it now: a browser that fetches ahead, or a program by its name."""
    ahead = any("prefetch" in request.headers.get(each, "").lower() for each in AHEAD)
    name = request.headers.get("User-Agent", "")[:LONGEST_NAME].strip()
    return ahead or name in NAMELESS or _PROGRAM.search(name) is not None


def values_of(session: Session, delivery: Delivery, base: str) -> dict[str, str]:
    """Give what is filled in for one copy, as we know its recipient today."""
    campaign = session.get_one(Campaign, delivery.campaign_id)
    with speaking_to(Listener(campaign_contents.language_of(session, campaign))):
        known = campaign_values.values_of(session, [delivery.contact_id or 0]).get(
            delivery.contact_id or 0, {}
        )
    addresses = campaign_values.addresses(campaign, delivery.id, base)
    addresses.pop(PIXEL, None)  # who reads it here did not open the letter
    return {**campaign_values.common(session, campaign), **known, "email": delivery.address, **addresses}


def _delivery(session: Session, token: str, purpose: Purpose) -> Delivery:
    found = delivery_tokens.proven(session, token, purpose)
    if found is None:
        raise _nothing()
    return found


def _content(session: Session, delivery: Delivery) -> CampaignContent:
    """Give what a copy says; one that has not left says what its campaign says now."""
    content = session.get(CampaignContent, delivery.content_id) if delivery.content_id else None
    content = content or campaign_contents.newest(session, delivery.campaign_id, delivery.variant)
    if content is None:
        raise _nothing()
    return content


def _nothing() -> Problem:
    return Problem(404, _("There is nothing at this address."))
