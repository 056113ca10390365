"""Bodies made to keep a reader busy: as large as is taken at all, and full of what is dear to read."""

from __future__ import annotations

import pytest

from tests.hostile.sender import FORM, JSON, PARTS, Sender

LARGEST = 31 * 1024 * 1024
PART = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nLisa Hed\r\n'


def filled(piece: bytes) -> bytes:
    """Repeat a piece until no more is taken."""
    return piece * (LARGEST // len(piece))


HEAVY = {
    "words in no known charset": (
        FORM,
        b"&".join(b"f%d=" % each + b"\xc0\xc0a" * 26_000 for each in range(398)),
    ),
    "escapes": (FORM, b"a=" + filled(b"%00")),
    "nothing but separators": (FORM, filled(b"&")),
    "ten million lists": (JSON, b"[" + filled(b"[],") + b"[]]"),
    "ten million things": (JSON, b"[" + filled(b"{},") + b"{}]"),
    "lists that are no JSON at their end": (JSON, b"[" + filled(b"[],") + b"NaN]"),
    "JSON written as JSON": (JSON, b'"[' + filled(b"[],") + b'[]]"'),
    "keys": (JSON, b"{" + b",".join(b'"%x":0' % each for each in range(3_000_000)) + b"}"),
    "one text in no known charset": (JSON, b'{"a":"' + filled(b"\xe5") + b'"}'),
    "as many values as are read": (JSON, b"[" + b"[]," * 66_000 + b"NaN]"),
    "line ends": (PARTS, PART + filled(b"\r")),
    "beginnings of an end": (PARTS, PART + filled(b"\r\n--")),
    "parts": (PARTS, filled(PART) + b"--b--"),
    "bare line feeds": (PARTS, filled(b"--b\n")),
    "options": (
        PARTS,
        b"--b\r\nContent-Disposition: form-data; " + filled(b'a="\\"";') + b"\r\n\r\nx\r\n--b--",
    ),
    "a label": (
        PARTS,
        b'--b\r\nContent-Disposition: form-data; name="' + filled(b"a") + b'"\r\n\r\nx\r\n--b--',
    ),
    "blanks": ("text/plain", filled(b" ") + b"x"),
    "lines": ("text/plain", filled(b"a=b\r\n")),
    "no text at all": ("", filled(b"\x00\x01\x02")),
}


@pytest.mark.parametrize("what", HEAVY)
async def test_a_body_that_is_dear_to_read_holds_nobody_up(sender: Sender, what: str) -> None:
    kind, body = HEAVY[what]
    assert (await sender.card(body, kind)).tasks == 1
