"""Reading what a sender sends: within a size, within a time, and unpacked without being blown up.

The server's own unpacking is off (`auto_decompress=False`), since it has no bound.
"""

from __future__ import annotations

import asyncio
import zlib

from aiohttp import web

from hub.languages import _
from hub.web.problems import Problem

# How zlib is told which wrapping to expect: gzip, zlib, or none.
GZIP, ZLIB, BARE = 31, 15, -15
ENCODINGS = {"gzip": (GZIP,), "x-gzip": (GZIP,), "deflate": (ZLIB, BARE)}
CHUNK = 256 * 1024


async def read_body(request: web.Request, largest: int, seconds: float) -> bytes:
    """Give the body as it was meant, unpacked; a Problem when it is too large, too slow or packed unknown."""
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ENCODINGS and encoding not in {"", "identity"}:
        raise Problem(
            415,
            _("The body is packed as “%(how)s”; send it plain, or as gzip or deflate.", how=encoding[:40]),
            headers={"Accept-Encoding": "gzip, deflate"},
        )
    if (request.content_length or 0) > largest:
        raise too_large(largest)
    content = request.content
    # A small body is here already, with its headers: no clock has to run for it.
    body = content.read_nowait() if content.is_eof() else await _read_slowly(request, largest, seconds)
    if len(body) > largest:
        raise too_large(largest)
    if encoding in ENCODINGS:
        return await asyncio.to_thread(unpack, body, encoding, largest)
    return body


def unpack(body: bytes, encoding: str, largest: int) -> bytes:
    """Unpack gzip or deflate, at most `largest` bytes of it."""
    for wrapping in ENCODINGS[encoding]:
        try:
            return _inflate(body, wrapping, largest)
        except zlib.error:
            continue
    raise Problem(
        400, _("The body says that it is packed as %(how)s, but it cannot be unpacked.", how=encoding)
    )


def too_large(largest: int) -> Problem:
    """Refuse a body by its size."""
    words = _("The body is larger than %(largest)s bytes, which is the most that is taken.", largest=largest)
    return Problem(413, words)


async def _read_slowly(request: web.Request, largest: int, seconds: float) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > largest:
                    raise too_large(largest)
    except TimeoutError:
        words = _("The body did not arrive within %(seconds)s seconds.", seconds=f"{seconds:g}")
        raise Problem(408, words, headers={"Connection": "close"}) from None
    except (web.PayloadAccessError, ConnectionError):
        raise Problem(400, _("The body did not arrive whole.")) from None
    return bytes(body)


def _inflate(body: bytes, wrapping: int, largest: int) -> bytes:
    """Unpack every member; zlib.error when one is broken or cut short."""
    out = bytearray()
    rest = body
    while rest or not out:
        unpacker = zlib.decompressobj(wrapping)
        while rest and not unpacker.eof:
            out += unpacker.decompress(rest, CHUNK)
            rest = unpacker.unconsumed_tail
            if len(out) > largest:
                raise too_large(largest)
        if not unpacker.eof:
            raise zlib.error("cut short")
        rest = unpacker.unused_data if wrapping == GZIP else b""
        if not rest:
            break
    return bytes(out)
