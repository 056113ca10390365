"""Stencils: what a campaign says, cut once and filled in as bytes for each recipient.

What is filled in is data: it is escaped for where it stands, holds no control characters, and is never read again.

    stencil("Hello ⟨first_name|there⟩", TEXT).fill({"first_name": "Karin"})    b"Hello Karin"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape, unescape
from typing import Literal
from urllib.parse import quote

import msgspec

from crm.campaign_places import END, LINK, NOT, OPEN, PART, SHUT, UNLINK, URL, WHEN

Kind = Literal["html", "text", "header"]
Values = Mapping[str, str]
LONGEST = 500  # letters of one value
CLICKS = "click_url"
"""The value under which the counted address of a recipient's links stands; without it they lead straight away."""
_MARKS = re.compile(
    f"{OPEN}(?P<slot>[^{SHUT}]*){SHUT}|{LINK}(?P<link>[^{UNLINK}]*){UNLINK}"
    f"|{WHEN}(?P<whom>[^{SHUT}]*){SHUT}(?P<within>[^{END}]*){END}"
)
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ue000-\ue00f]+")


class Slot(msgspec.Struct, frozen=True):
    """A place: which field, what stands there without it, and how a value is made harmless."""

    name: str
    fallback: bytes
    safe: Callable[[str], bytes]

    def fill(self, values: Values, into: list[bytes]) -> None:
        """Write the value, or what stands for it."""
        value = plain(values.get(self.name, ""))
        into.append(self.safe(value) if value else self.fallback)


class Link(msgspec.Struct, frozen=True):
    """A link: by our counted address where there is one, else where it leads."""

    number: int
    parts: Sequence[Part]

    def fill(self, values: Values, into: list[bytes]) -> None:
        """Write its address."""
        if base := values.get(CLICKS):
            into.append(f"{base}/{self.number}".encode())
        else:
            _fill(self.parts, values, into)


class Section(msgspec.Struct, frozen=True):
    """What stands there only for some: those who have a field (`value` ""), or who have this in it."""

    name: str
    value: str
    negated: bool
    parts: Sequence[Part]

    def fill(self, values: Values, into: list[bytes]) -> None:
        """Write it for whom it is meant."""
        if self.is_meant(values):
            _fill(self.parts, values, into)

    def is_meant(self, values: Values) -> bool:
        """Tell whether a recipient reads it."""
        known = plain(values.get(self.name, ""))
        holds = known.casefold() == self.value.casefold() if self.value else bool(known)
        return holds is not self.negated


Part = bytes | Slot | Link | Section


class Stencil(msgspec.Struct, frozen=True):
    """A text with its places cut out; `links` is where each counted link leads, its own places still open.

    `names` are all values that it may ask for.
    """

    parts: Sequence[Part]
    links: Sequence[Link]
    names: frozenset[str]

    def fill(self, values: Values) -> bytes:
        """Give the text for one recipient."""
        return _filled(self.parts, values)

    def pieces(self) -> tuple[str, ...]:
        """Give what everybody reads, in pieces between which stands what differs: one more than `between` gives."""
        found = [""]
        for part in self.parts:
            if isinstance(part, bytes):
                found[-1] += part.decode()
            else:
                found.append("")
        return tuple(found)

    def between(self, values: Values) -> list[str]:
        """Give what stands between the pieces for one recipient."""
        return [_filled((part,), values).decode() for part in self.parts if not isinstance(part, bytes)]


def fill(text: str, values: Values, kind: Kind = "html") -> bytes:
    """Fill a text in; it is cut once, however often it is filled."""
    return stencil(text, kind).fill(values)


@lru_cache(64)
def stencil(text: str, kind: Kind = "html") -> Stencil:
    """Cut a text. A header is one line, whatever is filled in."""
    if kind == "header":
        text = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).split())
    links: list[Link] = []
    parts = _cut(text, kind, links)
    return Stencil(parts, links, frozenset(_names(parts)))


def destination(link: Link, values: Values) -> str:
    """Give where a link leads for one recipient."""
    return unescape(_filled(link.parts, values).decode())


def plain(value: str) -> str:
    """Give a value as one line without anything that is not seen."""
    return _CONTROLS.sub(" ", value[:LONGEST]).strip()


def _names(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, bytes):
            continue
        yield CLICKS if isinstance(part, Link) else part.name
        if not isinstance(part, Slot):
            yield from _names(part.parts)


def _filled(parts: Sequence[Part], values: Values) -> bytes:
    into: list[bytes] = []
    _fill(parts, values, into)
    return b"".join(into)


def _fill(parts: Sequence[Part], values: Values, into: list[bytes]) -> None:
    for part in parts:
        if isinstance(part, bytes):
            into.append(part)
        else:
            part.fill(values, into)


def _cut(text: str, kind: Kind, links: list[Link]) -> list[Part]:
    parts: list[Part] = []
    at = 0
    for found in _MARKS.finditer(text):
        parts += [text[at : found.start()].encode()] if found.start() > at else []
        at = found.end()
        if found["slot"] is not None:
            parts.append(_slot(found["slot"], kind))
        elif found["link"] is not None:
            links.append(Link(len(links), _cut(found["link"], kind, [])))
            parts.append(links[-1])
        else:
            name, value, negated = found["whom"].split(PART)
            parts.append(Section(name, value, negated == NOT, _cut(found["within"], kind, links)))
    return [*parts, text[at:].encode()] if at < len(text) else parts


def _slot(said: str, kind: Kind) -> Slot:
    """Read a place; what stands in HTML has its fallback escaped already."""
    where, (name, _part, fallback) = said[0], said[1:].partition(PART)
    safe = _as_part_of_address if where == URL else _as_html if kind == "html" else str.encode
    return Slot(name, safe(plain(unescape(fallback) if kind == "html" else fallback)), safe)


def _as_html(value: str) -> bytes:
    return escape(value, quote=True).encode()


def _as_part_of_address(value: str) -> bytes:
    return quote(value, safe="").encode()
