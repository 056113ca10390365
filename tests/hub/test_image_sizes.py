"""How large a picture says to be, in each of the kinds that are shown."""

from __future__ import annotations

import pytest

from hub.image_sizes import is_bearable, size_of

EXIF = b"\xff\xe1\x00\x10Exif\0\0 and more"[:18]
FRAME = b"\xff\xc2\x00\x11\x08\x00\x02\x00\x03\x03 and so on"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02",
        b"GIF89a\x03\0\x02\0",
        b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x02\0\0\x01\0\0",
        b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x02\x40\0\0",
        b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x03\0\x02\0",
        b"\xff\xd8\xff\xe0\x00\x04JF" + EXIF + FRAME,
        b"\xff\xd8\xff\xff\xff\xd0" + FRAME,
    ],
    ids=["png", "gif", "webp-extended", "webp-lossless", "webp", "jpeg", "jpeg-filled"],
)
def test_a_picture_says_how_large_it_is(content: bytes) -> None:
    assert size_of(content) == (3, 2)
    assert is_bearable(content)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff" + b"\xff" * 400_000,
        b"\xff\xd8" + b"\xff\xe0\0\0" * 100_000,
        b"\xff\xd8" + b"\xff\xff\xd0" * 100_000,
        b"<svg width='9' height='9'/>",
        b"GIF89a\xff\xff\xff\xff",
        b"",
    ],
    ids=["png", "jpeg", "jpeg-filled", "jpeg-empty", "jpeg-alone", "svg", "gif-large", "nothing"],
)
def test_what_says_nothing_or_too_much_is_not_shown(content: bytes) -> None:
    assert not is_bearable(content)
