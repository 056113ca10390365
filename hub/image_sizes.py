"""How many pixels a picture has, read from its head: a small file may unfold into more than a browser can hold.

PNG (ISO/IEC 15948), GIF 89a, WebP (RFC 9649), JPEG (ISO/IEC 10918-1).
"""

from __future__ import annotations

import re

from hub.image_kinds import kind_of

MOST = 50_000_000  # pixels of a picture that is shown
HEAD = 300_000  # bytes within which a JPEG says its size, behind what cameras write
_MARK = re.compile(rb"\xff+([^\xff])", re.DOTALL)  # any number of them may fill
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers that begin a frame
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length


def is_bearable(content: bytes) -> bool:
    """Tell whether a picture says a size, and one that a browser bears."""
    width, height = size_of(content)
    return 0 < width * height <= MOST


def size_of(content: bytes) -> tuple[int, int]:
    """Give width and height in pixels, 0 and 0 where a picture does not say them."""
    kind = kind_of(content)
    if kind == "image/png":
        return _big(content[16:20]), _big(content[20:24])
    if kind == "image/gif":
        return _little(content[6:8]), _little(content[8:10])
    if kind == "image/webp":
        return _webp(content)
    return _jpeg(content[:HEAD]) if kind == "image/jpeg" else (0, 0)


def _webp(content: bytes) -> tuple[int, int]:
    variant = content[12:16]
    if variant == b"VP8X":
        return _little(content[24:27]) + 1, _little(content[27:30]) + 1
    if variant == b"VP8L":
        bits = _little(content[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(content[26:28]) & 0x3FFF, _little(content[28:30]) & 0x3FFF


def _jpeg(content: bytes) -> tuple[int, int]:
    """Walk from marker to marker until a frame begins."""
    at = 2
    while marked := _MARK.match(content, at):
        at, marker = marked.end(), _big(marked[1])
        if marker in _FRAMES:
            return _big(content[at + 5 : at + 7]), _big(content[at + 3 : at + 5])
        at += 0 if marker in _ALONE else max(_big(content[at : at + 2]), 2)
    return 0, 0


def _big(content: bytes) -> int:
    return int.from_bytes(content, "big")


def _little(content: bytes) -> int:
    return int.from_bytes(content, "little")
