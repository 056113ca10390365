"""Text of strangers, bounded, and without what no screen should obey: control characters and turned directions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.telegram.wire import Entity

TEXT = 8_192
"""The longest text in letters; Telegram's own is 4,096 of UTF-16, and hidden links are written into it."""
NAME = 200
"""The longest name of anything."""
_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINK, _MOST_LINKS = 500, 50


def clean(text: str, most: int = TEXT) -> str:
    """Give at most `most` letters; lines and tabs stay."""
    return _BAD.sub("", text[: 2 * most].replace("\r\n", "\n")).strip()[:most]


def line(text: str, most: int = NAME) -> str:
    """Give it on one line."""
    return " ".join(clean(text, most).split())


def spelled_out(text: str, entities: Sequence[Entity]) -> str:
    """Write behind each text that hides a link where that leads. Places are counted in UTF-16, as Telegram does."""
    links = [each for each in entities if each.type == "text_link" and each.url][:_MOST_LINKS]
    units = text.encode("utf-16-le", "surrogatepass")
    for link in sorted(links, key=lambda each: each.offset + each.length, reverse=True):
        end = 2 * (link.offset + link.length)
        if 0 <= end <= len(units):
            written = f" ({line(link.url, _LINK)})".encode("utf-16-le")
            units = units[:end] + written + units[end:]
    return units.decode("utf-16-le", "replace")
