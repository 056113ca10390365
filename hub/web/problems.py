"""What a visitor is told when something cannot be had: one exception, shown as a page, a toast or a document.

For programs it is a problem document, RFC 9457.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec
from aiohttp import web

from hub.languages import _
from hub.said import to_json

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = "5"


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong: `pointer` leads to it in the body (RFC 6901), or `parameter` names it."""

    detail: str
    pointer: str = ""
    parameter: str = ""


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A problem as RFC 9457 writes it. `errors` lists field by field what is wrong with a request."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str = ""
    errors: tuple[Fault, ...] = ()


class Problem(Exception):
    """It cannot be had, and why. `rule` is what decided, `code` finds an unexpected fault in the log."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        title: str = "",
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        rule: str = "",
        code: str = "",
    ) -> None:
        """Keep it; an empty title takes the words of the status."""
        super().__init__(detail or title)
        self.status = status
        self.detail = detail
        self.title = title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.rule = rule
        self.code = code

    def response(self) -> web.Response:
        """Give it as a problem document."""
        document = ProblemDocument(
            title=self.title or phrase(self.status),
            status=self.status,
            detail=self.detail,
            errors=self.errors,
        )
        return web.Response(
            status=self.status,
            headers={**self.headers, "Cache-Control": "no-store"},
            body=to_json(document),
            content_type=CONTENT_TYPE,
        )


def refusal(words: str, field: str = "") -> Problem:
    """Say why something cannot be done, and which field of what was sent asks for it."""
    if not field:
        return Problem(409, words)
    return Problem(
        409, words, title=_("This cannot be done"), errors=[Fault(detail=words, pointer=f"/{field}")]
    )


def outage() -> Problem:
    """Say that the store does not answer for now."""
    return Problem(
        503,
        _("The hub cannot reach its store right now. Please try again in a moment."),
        headers={"Retry-After": RETRY_SECONDS},
    )


def unexpected() -> Problem:
    """Say that we failed, with a fresh code that also goes to the log."""
    code = base64.b32encode(os.urandom(5)).decode()[:6]
    return Problem(500, _("This is our fault, and it is written down under %(code)s.", code=code), code=code)


def from_http(error: web.HTTPException) -> Problem:
    """Take over what the web framework raised, with the headers that belong to it."""
    kept = {name: error.headers[name] for name in ("Allow", "Retry-After") if name in error.headers}
    return Problem(error.status, headers=kept)


def phrase(status: int) -> str:
    """Give the usual words for a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return HTTPStatus.INTERNAL_SERVER_ERROR.phrase
