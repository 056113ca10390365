"""The HTML of a stranger's letter, made safe to look at in a frame of its own.

It is written anew (`crm.letter_reading`), which bounds it, and then sanitised by nh3, which is quadratic in the depth
of what it is given. Both take their time: use a thread.
"""

from __future__ import annotations

import re

import msgspec
import nh3

from crm.letter_elements import KEPT, LOOKS
from crm.letter_reading import Address, written

IMAGES = "/letters/"  # where our own addresses of pictures begin
DRAWN = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]+", re.IGNORECASE)
_BESIDE = ("noopener", "noreferrer", "nofollow")
_OPENED = ("http://", "https://", "mailto:", "tel:")


class Shown(msgspec.Struct, frozen=True):
    """What may be shown of a letter, and how many of the pictures that it asks for lie outside."""

    html: str
    pictures: int


def shown(html: str, address: Address) -> Shown:
    """Make a letter's HTML safe; `address` gives ours for a picture's, "" for one that is not shown.

    `letter_reading.TooMuchError` for what is too long or too deep.
    """
    letter = written(html, address)
    return Shown(_CLEANER.clean(letter.html()), letter.pictures)


def _kept(tag: str, name: str, value: str) -> str | None:
    """Look once more at addresses, whoever wrote them."""
    if name == "src":
        return value if value.startswith(IMAGES) or DRAWN.fullmatch(value) else None
    if name == "href":
        return value if tag == "a" and value.lower().startswith(_OPENED) else None
    return value


_CLEANER = nh3.Cleaner(
    tags={*KEPT, "br", "hr", "wbr", "img", "details", "summary"},
    clean_content_tags={"script", "style"},
    attributes={"*": {*LOOKS, "style", "title"}, "a": {"href"}, "img": {"src", "alt"}},
    attribute_filter=_kept,
    link_rel=" ".join(_BESIDE),
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_schemes={"http", "https", "mailto", "tel", "data"},
    allowed_classes={
        "span": {"leads", "blocked"},
        "p": {"MsoNormal"},
        "li": {"MsoNormal"},
        "div": {"MsoNormal"},
    },
)
