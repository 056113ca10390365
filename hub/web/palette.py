"""The command palette (Ctrl K): go to any room, call a number, do something new, find somebody - while typing.

Who knows of more to be found adds a finder, which gives what the words mean to this viewer, best first:

    add_finder(find_people)        # (session, viewer, words) -> [Found(words="Karin Ekdahl", href="/contacts/3", …)]

It is asked on every key that is pressed, in one reading transaction with the others: a few milliseconds, a few
results. The words are trimmed and at most `LONGEST` letters; empty ones ask what is offered before anything is
typed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import ROOMS, Room, has_role
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, render, viewer_of

LONGEST = 100
MOST = 20
EACH = 8
WORTH = 4  # letters from which a word in the middle of a sentence is looked for


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be had. `about` stands faint beside it; with `dialog` it opens above the page."""

    words: str
    href: str
    icon: str
    about: str = ""
    dialog: bool = False


Finder = Callable[[Session, Viewer, str], Sequence[Found]]

FINDERS: list[tuple[int, Finder]] = []


def add_finder(finder: Finder, *, order: int = 50) -> Finder:
    """Ask this finder too; what a lower order finds stands above. Rooms have 80."""
    FINDERS.append((order, finder))
    return finder


def find(session: Session, viewer: Viewer, words: str) -> list[Found]:
    """Give what these words mean, from every finder some."""
    ordered = sorted(FINDERS, key=lambda pair: pair[0])
    return [found for _order, finder in ordered for found in list(finder(session, viewer, words))[:EACH]][
        :MOST
    ]


@page("GET", "/palette")
async def palette(request: web.Request) -> web.StreamResponse:
    """Show what is found; to the script that asks while somebody types, the list alone."""
    words = " ".join(request.query.get("q", "").replace("\0", "").split())[:LONGEST]
    found = await request.app[DB].read(find, viewer_of(request), words)
    if is_fragment(request):
        return await render(request, "_palette.html", q=words, found=found)
    return await render(request, "palette.html", title=_("Everything I can do here"), q=words, found=found)


def rooms(_session: Session, viewer: Viewer, words: str) -> list[Found]:
    """Find rooms by their name, and by what is said about them."""
    wanted = [room for room in ROOMS.values() if has_role(viewer, room.role)]
    typed = words.casefold().split()
    wanted.sort(key=lambda room: (room.within != "", room.order))
    return [_room(room) for room in wanted if all(_means(room, word) for word in typed)]


def _means(room: Room, word: str) -> bool:
    name, about = _(room.name).casefold(), _(room.about).casefold()
    return any(part.startswith(word) for part in name.split()) or (len(word) >= WORTH and word in about)


def _room(room: Room) -> Found:
    around = ROOMS.get(room.within)
    about = _(GO_WITHIN, name=_(around.name)) if around else _(GO)
    return Found(words=_(room.name), href=room.href, icon=room.icon, about=about)


GO = N_("Go to")
GO_WITHIN = N_("Go to, in %(name)s")

add_finder(rooms, order=80)
