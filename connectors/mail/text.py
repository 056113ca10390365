"""What was written in a letter: its plain text, else what its HTML says, and that HTML."""

from __future__ import annotations

import re

import msgspec

from connectors.mail.bounds import HTML, TEXT
from connectors.mail.charset import decode
from connectors.mail.html_text import charset_of, text_of
from connectors.mail.letter import Flag
from connectors.mail.parts import Part
from connectors.mail.transfer import content_of

_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SHOWN = ("text/plain", "text/html")


class Written(msgspec.Struct, frozen=True):
    """What was written, and what was odd about it."""

    text: str
    html: str
    flags: frozenset[Flag]


def is_written(part: Part) -> bool:
    """Tell whether a part is what the letter says rather than a file that came along.

    Among other parts a name makes it a file; a letter that is one text is that text, whatever it is called.
    """
    named = part.within and part.name
    return part.type in _SHOWN and part.disposition.value != "attachment" and not named


def written_in(raw: memoryview, parts: list[Part]) -> Written:
    """Give what is written in these parts, which are in order; where a letter has both, plain text is the text."""
    flags: set[Flag] = set()
    plain = _all(raw, [part for part in parts if part.type == "text/plain"], TEXT, flags)
    pages = _all(raw, [part for part in parts if part.type == "text/html"], HTML, flags)
    html = "\n".join(filter(None, pages))
    text = "\n\n".join(filter(None, plain))
    if not text and html:
        text, whole = text_of(html)
        flags |= set() if whole else {Flag.TEXT_CUT}
    if len(text) > TEXT or len(html) > HTML:
        flags.add(Flag.TEXT_CUT)
    return Written(text[:TEXT].rstrip(), html[:HTML], frozenset(flags))


def plain_text(text: str) -> str:
    """Give text with one kind of line break, and without what is blank around it."""
    return _BREAKS.sub("\n", text).strip("\n ")


def _all(raw: memoryview, parts: list[Part], size: int, flags: set[Flag]) -> list[str]:
    """Give the texts of these parts, up to so many characters in all."""
    texts: list[str] = []
    for part in parts:
        if size <= 0:
            flags.add(Flag.TEXT_CUT)
            break
        text = _BREAKS.sub("\n", _read(raw, part, size, flags))
        size -= len(text)
        if part.type == "text/plain" and part.content.get("format").lower() == "flowed":
            text = _unflowed(text, joins=part.content.get("delsp").lower() == "yes")
        texts.append(text.strip("\n").rstrip())
    return texts


def _read(raw: memoryview, part: Part, size: int, flags: set[Flag]) -> str:
    """Decode a part that is a text; four bytes make a letter at most, and quoted-printable takes three for each."""
    place = raw[part.start : min(part.end, part.start + 12 * size)]
    data, _whole = content_of(place, part.headers.first("content-transfer-encoding"))
    if part.end - part.start > 12 * size or len(data) > 4 * size:
        flags.add(Flag.TEXT_CUT)
    charset = part.content.get("charset") or _named_inside(part, data)
    text, mended = decode(data[: 4 * size], charset)
    if mended:
        flags.add(Flag.MENDED)
    return text


def _named_inside(part: Part, data: bytes) -> str:
    return charset_of(data) if part.type == "text/html" else ""


def _unflowed(text: str, *, joins: bool) -> str:
    """Put lines together that were only broken on their way (RFC 3676); quoted lines stay as they are."""
    out: list[list[str]] = []
    flowing = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        content = line if quoted else line.removeprefix(" ")
        if not flowing or quoted or content == "-- ":
            out.append([])
        flowing = not quoted and content.endswith(" ") and content != "-- "
        out[-1].append(content[:-1] if flowing and joins else content)
    return "\n".join(map("".join, out))
