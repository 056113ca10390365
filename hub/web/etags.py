"""Tags of versions: a program that changes what somebody else changed meanwhile is told so.

RFC 9110, 8.8.3 and 13.1. A tag is compared inside the transaction that changes the record, so nobody slips in
between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from aiohttp import web

from hub.languages import _
from hub.said import to_json
from hub.web.problems import Problem

TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def tag_of(value: object) -> str:
    """Give the tag of what an endpoint returns: the same content, the same tag."""
    # PostgreSQL keeps the keys of a document in an order of its own.
    return sha256(to_json(value, "deterministic")).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Match:
    """What a header asks for: any of these tags; None is no condition, `*` whatever is there."""

    tags: frozenset[str] | None

    def allows(self, tag: str) -> bool:
        """Tell whether the condition holds for a record with this tag."""
        return self.tags is None or "*" in self.tags or tag in self.tags

    def check(self, tag: str) -> None:
        """Refuse to change a record that is no longer what the program saw."""
        if not self.allows(tag):
            raise Problem(
                412,
                _("Somebody changed it meanwhile. Get it again and decide anew."),
                title=_("Changed meanwhile"),
                headers={"ETag": f'"{tag}"'},
            )


def if_match(request: web.Request) -> Match:
    """Give the condition under which a program wants a change; hand it to the function that changes."""
    return _match(request, "If-Match")


def if_none_match(request: web.Request) -> Match:
    """Give the versions that a program has already; no header is none of them."""
    return Match(_match(request, "If-None-Match").tags or frozenset())


def _match(request: web.Request, header: str) -> Match:
    lines = request.headers.getall(header, [])
    if not lines:
        return Match(None)
    text = ",".join(lines)
    return Match(frozenset({"*"} if text.strip() == "*" else TAG.findall(text)))
