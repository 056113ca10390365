"""Which pages may have the chat: those of the channel's sites, and the hub's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aiohttp import web

from hub.web.origin import is_own

SAME = "same-origin"


def may_come(headers: Mapping[str, str], origins: Collection[str]) -> bool:
    """Tell whether a request with these headers (lower case) is of an allowed page; a browser cannot lie about it."""
    return headers.get("sec-fetch-site") == SAME or allows(headers.get("origin", ""), origins)


def request_may_come(request: web.Request, origins: Collection[str]) -> bool:
    """Tell the same of a request that is not journalled."""
    asking = request.headers.get("Origin", "")
    return allows(asking, origins) or (bool(asking) and is_own(request))


def allows(asking: str, origins: Collection[str]) -> bool:
    """Tell whether an origin is among those of the settings."""
    return bool(asking) and ("*" in origins or asking.lower() in origins)


def cors(headers: Mapping[str, str], origins: Collection[str]) -> dict[str, str]:
    """Give what lets the scripts of an allowed page read an answer."""
    asking = headers.get("origin", "")
    if not allows(asking, origins):
        return {}
    return {"Access-Control-Allow-Origin": "*" if "*" in origins else asking, "Vary": "Origin"}
