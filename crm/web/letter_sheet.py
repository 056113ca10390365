"""A letter as it was sent, over its card or on a page: whom it is from, its pictures, and the frame that shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import picture_senders
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.letter_reading import TooMuchError, written
from crm.letters import Letter
from crm.rights import letter_for
from crm.web.letter_frame import ASKED, MAY, stranger
from crm.web.letter_words import pretends, wrote
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

Deed = Callable[[Session, Viewer, Letter], None]


class Framed(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _letter.html, and whose card it is on.

    `pictures` counts those that lie outside, None where the letter is shown as its text.
    """

    id: int
    card: int
    name: str
    subject: str
    who: str
    sender: str
    pretends: bool
    trusted: bool
    asked: bool
    may: str
    pictures: int | None = None


@page("GET", "/letters/{id}")
async def letter(request: web.Request) -> web.StreamResponse:
    """Show it, on a sheet over the card or on a page of its own."""
    view = await _view(request)
    template = "_letter_sheet.html" if is_fragment(request) else "letter.html"
    back = Back(f"/contacts/{view.card}", view.name or _("Contacts"))
    return await render(request, template, title=view.subject or _("Letter"), sub="", back=back, letter=view)


@page("GET", "/letters/{id}/shown")
async def again(request: web.Request) -> web.StreamResponse:
    """Show it again, as its pictures are asked for now."""
    return await render(request, "_letter.html", letter=await _view(request))


@page("POST", "/letters/{id}/pictures")
async def trust(request: web.Request) -> web.StreamResponse:
    """Have pictures of this sender be shown from now on."""
    await request.app[DB].write(_do, viewer_of(request), path_id(request), picture_senders.trust)
    return await _done(request, _("Pictures from this sender are shown from now on"))


@page("DELETE", "/letters/{id}/pictures")
async def distrust(request: web.Request) -> web.StreamResponse:
    """Have pictures of this sender wait until they are asked for."""
    await request.app[DB].write(_do, viewer_of(request), path_id(request), picture_senders.distrust)
    return await _done(request, _("Pictures from this sender wait until you ask for them"))


async def _done(request: web.Request, words: str) -> web.StreamResponse:
    """Answer with the letter as it is shown now, or without scripts with its page."""
    address = f"/letters/{path_id(request)}"
    if not is_fragment(request):
        return await changed(request, Toast(text=words), back=address)
    response = await render(request, "_letter.html", letter=await _view(request))
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = (
        f"#letter-{path_id(request)}",
        "outerHTML",
    )
    return response


async def _view(request: web.Request) -> Framed:
    viewer, letter_id = viewer_of(request), path_id(request)
    found = await request.app[DB].read(stranger, viewer, letter_id)
    view = await request.app[DB].read(_framed, viewer, letter_id, request.query.get("pictures") == ASKED)
    return msgspec.structs.replace(view, pictures=await asyncio.to_thread(_pictures, found.html))


def _framed(session: Session, viewer: Viewer, letter_id: int, asked: bool) -> Framed:  # noqa: FBT001 - a tick
    found = _letter(session, viewer, letter_id)
    card = session.get_one(Contact, session.get_one(Interaction, letter_id).contact_id)
    return Framed(
        id=letter_id, card=card.id, name=card.name,
        subject=found.subject, who=wrote(found), sender=found.sender, pretends=pretends(found),
        trusted=picture_senders.is_trusted(session, found), asked=asked, may=MAY,
    )  # fmt: skip


def _pictures(html: str) -> int | None:
    try:
        return written(html, lambda _source: "").pictures
    except TooMuchError:
        return None


def _do(session: Session, viewer: Viewer, letter_id: int, deed: Deed) -> None:
    deed(session, viewer, _letter(session, viewer, letter_id))


def _letter(session: Session, viewer: Viewer, letter_id: int) -> Letter:
    found = letter_for(session, viewer, letter_id)
    if found is None:
        raise Problem(404, _("There is no such letter, or it belongs to a contact of another department."))
    return found
