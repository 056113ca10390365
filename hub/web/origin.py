"""Where a request comes from: its address, whether it is encrypted, whether a page of ours sent it."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from hub.web.keys import SETTINGS


def remote(request: web.Request) -> str:
    """Give the sender's network address; behind a proxy, the one that the proxy saw."""
    if request.app[SETTINGS].behind_proxy:
        forwarded = request.headers.get("X-Forwarded-For", "")
        # The last entry is the proxy's own observation, everything before it is hearsay.
        nearest = forwarded.rpartition(",")[2].strip()
        if nearest:
            return nearest[:64]
    return request.remote or ""


def is_secure(request: web.Request) -> bool:
    """Tell whether the visitor's browser speaks https with us."""
    settings = request.app[SETTINGS]
    if settings.behind_proxy and request.headers.get("X-Forwarded-Proto", "").lower() == "https":
        return True
    return request.secure or settings.url.startswith("https://")


def base_url(request: web.Request) -> str:
    """Give the address under which people reach the hub, without a slash at its end."""
    settings = request.app[SETTINGS]
    if settings.url:
        return settings.url.rstrip("/")
    return f"{'https' if is_secure(request) else 'http'}://{request.host}"


def is_own(request: web.Request) -> bool:
    """Tell whether a page of ours sent it, or no browser at all; scripts cannot forge what browsers say."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    host = urlsplit(origin).netloc
    return host in {request.host, urlsplit(request.app[SETTINGS].url).netloc} and bool(host)


def local_path(address: str) -> str:
    """Give an address back when it is a path of our own, else ""."""
    # “//host” and “/\host” are other people's hosts to a browser.
    safe = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if safe and address.isprintable() else ""


def path_of(address: str) -> str:
    """Give path and query of an address that is written out, as a browser says where it is; else ""."""
    parts = urlsplit(address)
    return local_path(parts.path + (f"?{parts.query}" if parts.query else ""))


def came_from(request: web.Request) -> str:
    """Give the page of ours on which something was pressed, or ""."""
    return path_of(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
