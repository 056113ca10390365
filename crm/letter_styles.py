"""What remains of the styles of a stranger's letter: how text looks and stands, and nothing else.

Nothing that is fetched, lies over something else, moves or computes. What is not known to be harmless is left out.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 2_000  # characters of one style
KNOWN = 1_000  # styles that are remembered: a letter has few, again and again
_PROPERTIES = frozenset({
    "background", "background-color", "border", "border-bottom", "border-bottom-color", "border-bottom-style",
    "border-bottom-width", "border-collapse", "border-color", "border-left", "border-left-color", "border-left-style",
    "border-left-width", "border-radius", "border-right", "border-right-color", "border-right-style",
    "border-right-width", "border-spacing", "border-style", "border-top", "border-top-color", "border-top-style",
    "border-top-width", "border-width", "clear", "color", "direction", "display", "float", "font", "font-family",
    "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing", "line-height",
    "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-height",
    "max-width", "min-height", "min-width", "padding", "padding-bottom", "padding-left", "padding-right",
    "padding-top", "table-layout", "text-align", "text-decoration", "text-transform", "vertical-align",
    "white-space", "width", "word-break", "overflow-wrap", "word-wrap",
})  # fmt: skip
# No backslash, so that nothing is hidden behind an escape; no * or @, so no remarks and no rules.
_VALUE = re.compile(r"[\w\s#%.,()'\"+/!-]{1,300}")
_FUNCTION = re.compile(r"([\w-]*)\s*\(")
_FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla"})
_PICTURE = re.compile(r"url\s*\([^)]*\)?", re.IGNORECASE)
_SAYS = re.compile(r"[\w#%.,\s+-]{0,100}")


def harmless(style: str) -> str:
    """Give what may remain of a style attribute."""
    return _harmless(style[:LONGEST])


@lru_cache(KNOWN)
def _harmless(style: str) -> str:
    pairs = (each.partition(":") for each in style.split(";"))
    return ";".join(
        f"{name.strip().lower()}:{value.strip()}"
        for name, _colon, written in pairs
        if name.strip().lower() in _PROPERTIES
        and (value := _PICTURE.sub("", written))
        and _is_harmless(value)
    )


def plain_value(value: str) -> str:
    """Give the value of an attribute that says how something looks, such as a width, "" for what says more."""
    return value.strip() if _SAYS.fullmatch(value) else ""


def _is_harmless(value: str) -> bool:
    functions = {name.lower() for name in _FUNCTION.findall(value)}
    return bool(value.strip()) and _VALUE.fullmatch(value) is not None and functions <= _FUNCTIONS
