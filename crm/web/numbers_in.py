"""Numbers in any text, such as what somebody answered or what an item of the journal became: each can be called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from crm import numbers

MOST = 3
_MARKED = re.compile(r"[+0(]")  # without its prefix a number may as well be one of an order


@lru_cache(maxsize=4096)  # a page that is asked for again has the same texts
def numbers_in(text: str, country: str) -> Sequence[tuple[str, str]]:
    """Give the numbers in a text that are surely a telephone's, as pairs: E.164, and as `country` writes it."""
    found = (each for each in numbers.read_all(text, country) if each.sure and _MARKED.match(each.written))
    known = dict.fromkeys(each.e164 for each in found)
    return [(each, numbers.display(each, country)) for each in known][:MOST]
