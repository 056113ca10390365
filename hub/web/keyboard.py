"""Every key of the console, said once: the sheet behind ? shows what stands here, and a test that it is true.

A page with a key of its own adds it beside its room:

    add_key("e", N_("Done"), LISTS)

The letters that follow G are those of the rooms, see hub/web/frame.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web

from hub.languages import N_, _
from hub.web.frame import rooms_for
from hub.web.pages import is_fragment, page, render, viewer_of

ANYWHERE, LISTS, WRITING = N_("Anywhere"), N_("Lists and tasks"), N_("Writing")
SECTIONS = (ANYWHERE, LISTS, WRITING)


class Key(msgspec.Struct, frozen=True):
    """What is pressed, one after the other or with Ctrl, and what it does."""

    keys: tuple[str, ...]
    words: str


class Section(msgspec.Struct, frozen=True):
    """Keys that belong together, as the sheet shows them."""

    name: str
    keys: Sequence[Key]


KEYS: dict[str, dict[tuple[str, ...], str]] = {section: {} for section in SECTIONS}


def add_key(keys: str, words: str, section: str = LISTS) -> None:
    """Show a key on the sheet, several with spaces: "Ctrl k". `words` is a text of the catalogue (N_)."""
    KEYS[section][tuple(keys.split())] = words


@page("GET", "/keys")
async def keys(request: web.Request) -> web.StreamResponse:
    """Show all keys; to the script that asks for it, as a dialog."""
    rooms = [room for room in rooms_for(viewer_of(request)) if room.key]
    known = sheet([Key(("g", room.key), _(GO_TO, name=_(room.name))) for room in rooms])
    template = "_keys.html" if is_fragment(request) else "keys.html"
    return await render(request, template, title=_("Keyboard"), sections=known)


def sheet(rooms: Sequence[Key] = ()) -> list[Section]:
    """Give every key with its words, said now."""
    sections = []
    for section in SECTIONS:
        own = [Key(pressed, _(words)) for pressed, words in KEYS[section].items()]
        sections.append(Section(_(section), [*own, *(rooms if section == ANYWHERE else ())]))
    return sections


GO_TO = N_("Go to %(name)s")

add_key("/", N_("Search"), ANYWHERE)
add_key("Ctrl k", N_("Everything I can do here"), ANYWHERE)
add_key("?", N_("This sheet"), ANYWHERE)
add_key("t", N_("New task"), ANYWHERE)
add_key("Esc", N_("One step back"), ANYWHERE)
add_key("j", N_("Down"))
add_key("k", N_("Up"))
add_key("Enter", N_("Open"))
add_key("n", N_("Take next"))
add_key("e", N_("Done"))
add_key("i", N_("Add one here"))
add_key("x", N_("Mark a row, to do something with several"))
add_key("m", N_("It is one person"))
add_key("u", N_("Undo"))
add_key("g", N_("Hand over"))
add_key("z", N_("Plan for later"))
add_key("Ctrl Enter", N_("Send or save"), WRITING)
