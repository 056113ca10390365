"""What the sender of a form is told: a receipt for scripts and servers, another page for people in a browser.

Site builders accept nothing but exactly 200, so only a browser that asks for a page is sent on with 303.
Nothing that was sent is ever echoed, except an address to go to whose origin the owner allowed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote, unquote_to_bytes, urlsplit

import msgspec

from hub.connector import Answer, Raw
from hub.languages import _

_NEXT = 2000
_NEXT_PART = re.compile(rb"[^\r\n]*\r\n(?:[^\r\n]+\r\n){0,4}\r\n([^\r\n]{1,2000})\r\n")
_UNPRINTED = re.compile(r"[\x00-\x20\x7f-\xa0\\]")


def wants_page(raw: Raw) -> bool:
    """Tell whether a person's browser waits for a page, rather than a script or a server for a receipt."""
    headers = raw.headers
    accept = headers.get("accept", "").lower()
    page, receipt = accept.find("text/html"), accept.find("application/json")
    if page < 0 or 0 <= receipt < page:
        return False
    kind = headers.get("content-type", "").lower()
    written_by_script = "json" in kind or (
        kind.startswith("text/plain") and raw.body.lstrip()[:1] in {b"{", b"["}
    )
    return headers.get("x-requested-with", "").lower() != "xmlhttprequest" and not written_by_script


def empty() -> Answer:
    """Refuse a request without a body, in the sender's language."""
    told = {
        "type": "about:blank",
        "title": _("The form was empty"),
        "status": 400,
        "detail": _("The request had no body. Send the answers as a form or as JSON."),
    }
    headers = {"Content-Type": "application/problem+json"}
    return Answer(status=400, headers=headers, body=msgspec.json.encode(told))


def receipt(key: str, cors: Mapping[str, str]) -> Answer:
    """Tell a script or a server that its form is kept, and under which key."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", **cors}
    return Answer(status=200, headers=headers, body=msgspec.json.encode({"ok": True, "id": key}))


def onward(address: str) -> Answer:
    """Send a browser to another page, which it fetches with GET."""
    return Answer(status=303, headers={"Location": address, "Cache-Control": "no-store"})


def next_address(body: bytes, origins: Collection[str]) -> str:
    """Give where `_next` leads when the owner allows its origin, or ""; the body is not parsed for it."""
    if b"_next" not in body:
        return ""
    sent = _sent_next(body).decode("utf-8", "replace").strip()
    if _UNPRINTED.search(sent):
        return ""
    try:
        parts = urlsplit(sent)
    except ValueError:
        return ""
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    allowed = parts.scheme in {"http", "https"} and origin in origins
    return quote(sent, safe="/:?#[]@!$&'()*+,;=%~") if allowed else ""


def cors_headers(asking: str, origins: Collection[str]) -> dict[str, str]:
    """Let scripts of the allowed origins post and read the receipt; nothing for others."""
    if "*" in origins:
        allowed = "*"
    elif asking and asking.lower() in origins:
        allowed = asking
    else:
        return {}
    return {"Access-Control-Allow-Origin": allowed, "Vary": "Origin"}


def _sent_next(body: bytes) -> bytes:
    """Find the value of `_next` in an urlencoded or multipart body."""
    found = 0 if body.startswith(b"_next=") else body.find(b"&_next=") + 1
    if found or body.startswith(b"_next="):
        value = body[found + 6 : found + 6 + 3 * _NEXT].partition(b"&")[0]
        return unquote_to_bytes(value.replace(b"+", b" "))
    part = body.find(b'name="_next"')
    match = _NEXT_PART.match(body, part) if part >= 0 else None
    return match[1] if match else b""
