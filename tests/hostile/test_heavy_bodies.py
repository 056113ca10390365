"""Bodies made to keep a reader busy: as large as is taken at all, and full of what is dear to read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hostile.sender import FORM, JSON, PARTS, Sender

LARGEST = 31 * 1024 * 1024
PART = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nLisa Hed\r\n'


def filled(piece: bytes) -> bytes:
    """Repeat a piece until no more is taken."""
    return piece * (LARGEST // len(piece))


# Made only where they are sent: together they are half a gigabyte.
HEAVY: dict[str, tuple[str, Callable[[], bytes]]] = {
    "words in no known charset": (
        FORM,
        lambda: b"&".join(b"f%d=" % each + b"\xc0\xc0a" * 26_000 for each in range(398)),
    ),
    "escapes": (FORM, lambda: b"a=" + filled(b"%00")),
    "nothing but separators": (FORM, lambda: filled(b"&")),
    "ten million lists": (JSON, lambda: b"[" + filled(b"[],") + b"[]]"),
    "ten million things": (JSON, lambda: b"[" + filled(b"{},") + b"{}]"),
    "lists that are no JSON at their end": (JSON, lambda: b"[" + filled(b"[],") + b"NaN]"),
    "JSON written as JSON": (JSON, lambda: b'"[' + filled(b"[],") + b'[]]"'),
    "keys": (JSON, lambda: b"{" + b",".join(b'"%x":0' % each for each in range(3_000_000)) + b"}"),
    "one text in no known charset": (JSON, lambda: b'{"a":"' + filled(b"\xe5") + b'"}'),
    "as many values as are read": (JSON, lambda: b"[" + b"[]," * 66_000 + b"NaN]"),
    "line ends": (PARTS, lambda: PART + filled(b"\r")),
    "beginnings of an end": (PARTS, lambda: PART + filled(b"\r\n--")),
    "parts": (PARTS, lambda: filled(PART) + b"--b--"),
    "bare line feeds": (PARTS, lambda: filled(b"--b\n")),
    "options": (
        PARTS,
        lambda: b"--b\r\nContent-Disposition: form-data; " + filled(b'a="\\"";') + b"\r\n\r\nx\r\n--b--",
    ),
    "a label": (
        PARTS,
        lambda: b'--b\r\nContent-Disposition: form-data; name="' + filled(b"a") + b'"\r\n\r\nx\r\n--b--',
    ),
    "blanks": ("text/plain", lambda: filled(b" ") + b"x"),
    "lines": ("text/plain", lambda: filled(b"a=b\r\n")),
    "no text at all": ("", lambda: filled(b"\x00\x01\x02")),
}


@pytest.mark.parametrize("what", HEAVY)
async def test_a_body_that_is_dear_to_read_holds_nobody_up(sender: Sender, what: str) -> None:
    kind, make = HEAVY[what]
    assert (await sender.card(make(), kind)).tasks == 1
