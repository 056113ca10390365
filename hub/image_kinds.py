"""The kinds of pictures that we hand to a browser, known by their first bytes.

What a sender says of them counts for nothing. An SVG is none of them, for it is a document.
"""

from __future__ import annotations

RIFF_SIZE = 4  # bytes of a length between RIFF and WEBP


def kind_of(content: bytes) -> str:
    """Give the media type of a picture, "" for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[4 + RIFF_SIZE :].startswith(b"WEBP"):
        return "image/webp"
    return ""
