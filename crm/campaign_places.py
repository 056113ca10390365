"""Personal places in what a campaign says: {{first_name|"there"}} is filled in for each recipient.

While a letter is made, its places are held apart, so that nothing in it reads them as marks of its own. In what is
kept they are open again, between letters of Unicode's private area, which nobody can write into a campaign.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from html import escape

import msgspec

from hub.languages import N_
from hub.said import Said, said

OPEN, PART, SHUT, LINK, UNLINK, WHEN, END = (
    "\ue000",
    "\ue001",
    "\ue002",
    "\ue003",
    "\ue004",
    "\ue005",
    "\ue006",
)
PIXEL = "open_url"
"""The value that counts an opening: the address of a picture, for who is counted."""
ADDRESSES = frozenset({"unsubscribe_url", "web_url"})
GIVEN: Mapping[str, str] = {
    "first_name": N_("the first word of the contact's name"), "name": N_("the contact's name"),
    "organisation": N_("the contact's company"), "email": N_("the address it goes to"),
    "sender": N_("whom it is from"), "company": N_("our company"),
    "unsubscribe_url": N_("the address at which one leaves the list"),
    "web_url": N_("the address at which the letter can be seen"),
}  # fmt: skip
LACKING: Mapping[str, str] = {
    "first_name": N_("contacts without a name"), "name": N_("contacts without a name"),
    "organisation": N_("contacts without a company"),
}  # fmt: skip
FALLBACK = 200  # letters
NOT = "not"
TEXT, URL, ADDRESS = "t", "u", "a"  # where a place stands: in text, within an address, or being one
_PLACE = re.compile(r"\{\{(.{0,300}?)\}\}")
_SAID = re.compile(r"\s*([\w.]{1,60})\s*(?:\|\s*[\"“”]?(.*?)[\"“”]?\s*)?")
_PRIVATE = re.compile("[\ue000-\ue00f]")
_HELD = re.compile(f"{OPEN}(\\d+){SHUT}")
_HREF = re.compile(r'(<a\b[^<>]*?\shref=")(https?://[^"]*)(?=")', re.IGNORECASE)
_LED = re.compile(r"https?://[^\s()]*")
_LINKED = re.compile(f"{LINK}[^{UNLINK}]*{UNLINK}")


class Place(msgspec.Struct, frozen=True):
    """A field, and what stands there for who lacks it; None where nobody said."""

    name: str
    fallback: str | None = None


class Found(msgspec.Struct, frozen=True):
    """A place and the line it stands in, beginning with 1; with words where it cannot be read."""

    line: int
    place: Place | None
    fault: Said | None = None


class Holding:
    """Holds the places of one letter while it is made."""

    def __init__(self, *, keeps: bool = False) -> None:
        """Hold nothing yet; one that `keeps` lets places stand as they are typed."""
        self._places: list[Place] = []
        self._keeps = keeps

    def held(self, text: str) -> str:
        """Give a text with its places taken out; what cannot be read stays as it was written."""
        return without_marks(text) if self._keeps else _PLACE.sub(self._hold, without_marks(text))

    def opened(self, html: str) -> str:
        """Give finished HTML with its places open again."""
        linked = _LINKED.sub(lambda found: self._opened(found[0], URL), html)
        return self._opened(linked, TEXT)

    def opened_text(self, text: str) -> str:
        """Give plain text with its places open again."""
        led = _LED.sub(lambda found: self._opened_plain(found[0], URL), text)
        return self._opened_plain(led, TEXT)

    def _opened_plain(self, text: str, where: str) -> str:
        return _HELD.sub(lambda found: mark(self._places[int(found[1])], where), text)

    def _hold(self, found: re.Match[str]) -> str:
        place = _read(found[1])
        if place is None:
            return found[0]
        self._places.append(place)
        return f"{OPEN}{len(self._places) - 1}{SHUT}"

    def _opened(self, html: str, where: str) -> str:
        def opened(found: re.Match[str]) -> str:
            place = self._places[int(found[1])]
            written = mark(place, ADDRESS if place.name in ADDRESSES else where)
            return escape(written, quote=True)

        return _HELD.sub(opened, html)


def linked(html: str) -> str:
    """Mark where the links of finished HTML lead that are counted: those to the web."""
    return _HREF.sub(rf"\1{LINK}\2{UNLINK}", html)


def mark(place: Place, where: str) -> str:
    """Write a place as it is kept."""
    return f"{OPEN}{where}{place.name}{PART}{place.fallback or ''}{SHUT}"


def section(name: str, value: str, *, negated: bool) -> tuple[str, str]:
    """Write what begins and ends a part that stands there only for some, as it is kept."""
    return f"{WHEN}{name}{PART}{without_marks(value)}{PART}{NOT if negated else ''}{SHUT}", END


def without_marks(text: str) -> str:
    """Give a text without the letters that only we write."""
    return _PRIVATE.sub("", text)


def found(text: str) -> list[Found]:
    """Give every place of a text in order, and what only looks like one."""
    return [each for number, line in enumerate(text.splitlines(), start=1) for each in _in_line(number, line)]


def faults(text: str, known: Collection[str]) -> list[tuple[int, Said]]:
    """Say, with their lines, which places cannot be read or are filled in by nothing."""
    return [(each.line, words) for each in found(text) if (words := _fault(each, known))]


def _fault(each: Found, known: Collection[str]) -> Said | None:
    if each.place is None or each.place.name in known:
        return each.fault
    return said("There is no field “%(name)s”.", name=each.place.name)


def _in_line(number: int, line: str) -> list[Found]:
    rows = []
    for each in _PLACE.finditer(line):
        place = _read(each[1])
        fault = (
            None if place else said('“%(text)s” cannot be read: write {{field|"words"}}.', text=each[0][:60])
        )
        rows.append(Found(number, place, fault))
    rest = _PLACE.sub("", line)
    if "{{" in rest or "}}" in rest:
        rows.append(Found(number, None, said("A {{ has no }} in the same line, or the other way round.")))
    return rows


def _read(inside: str) -> Place | None:
    read = _SAID.fullmatch(inside)
    if read is None or len(read[2] or "") > FALLBACK or "{" in inside or "}" in inside:
        return None
    return Place(read[1], read[2])
