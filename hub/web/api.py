"""How an endpoint of `/api/v1` is declared.

    class ContactQuery(Paging, frozen=True, kw_only=True):
        handle: str | None = None

    @endpoint("GET", "/contacts", scope="contacts:read", query=ContactQuery, returns=Page[ContactOut],
              summary="Find contacts")
    async def contacts(request: web.Request, query: ContactQuery) -> Page[ContactOut]:
        return await request.app[DB].read(find_contacts, viewer_of(request), query)

    @endpoint("PATCH", "/contacts/{id}", scope="contacts:write", body=ContactChange, returns=ContactOut,
              etag=tag_of, summary="Change a contact")
    async def change(request: web.Request, body: ContactChange) -> ContactOut:
        contact_id, match = path_id(request), if_match(request)
        return await write(request, change_contact, viewer_of(request), contact_id, body, match)

A handler gets the request, then the query struct and the body struct that it declared, and returns what
`returns` says (None with `returns=None` is 204, a response of octets with `returns=bytes`). It runs for a
program whose token has the scope and for a signed-in person, with that person's rights; `role` names the
least role. Changes go through `write`, which honours `Idempotency-Key` on POST: its function returns what the
endpoint returns. Refuse with `Problem`: 404 for what is not there or not to be seen, 409 for what the
business refuses; `errors` lists further statuses for the document. With `etag`, answers carry a tag and GET
honours If-None-Match; a change hands `if_match(request)` to its function, which calls `.check(tag)`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Concatenate, Literal, ParamSpec, TypeVar

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from hub.languages import _
from hub.said import to_json
from hub.tokens import opens
from hub.users import Role
from hub.web.bodies import read_body
from hub.web.decoding import Query, decode_body, decode_query
from hub.web.etags import if_none_match
from hub.web.frame import has_role
from hub.web.idempotency import Claim, Rendered, Replayed, answered, checked, write_once
from hub.web.keys import CALLER, DB, SETTINGS
from hub.web.pages import LEAST
from hub.web.problems import Problem

P = ParamSpec("P")
T = TypeVar("T")

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = Callable[..., Awaitable[object]]
Declared = TypeVar("Declared", bound=Handler)

ROOT = "/api/v1"
LARGEST_BODY = 1024 * 1024
OWN_TYPES = ("application/json", "application/merge-patch+json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One declared endpoint."""

    method: Method
    path: str
    scope: str
    summary: str
    handler: Handler
    role: Role
    query: type[Query] | None
    body: type[msgspec.Struct] | None
    returns: object
    status: int
    etag: Callable[[object], str] | None
    errors: frozenset[int]

    def render(self, value: object) -> Rendered:
        """Write what the handler returned."""
        body = b"" if value is None else to_json(value)
        return Rendered(self.status, body, self.etag(value) if self.etag and value is not None else None)


ENDPOINTS: list[Endpoint] = []
ENDPOINT = web.RequestKey("endpoint", Endpoint)
SENT = web.RequestKey("sent", bytes)


def endpoint(  # noqa: PLR0913 - a declaration names everything that an endpoint is
    method: Method,
    path: str,
    *,
    scope: str,
    summary: str,
    role: Role = "agent",
    query: type[Query] | None = None,
    body: type[msgspec.Struct] | None = None,
    returns: object = None,
    status: int | None = None,
    etag: Callable[[object], str] | None = None,
    errors: tuple[int, ...] = (),
) -> Callable[[Declared], Declared]:
    """Declare an endpoint; `install` adds it. The status is 200, or 204 without `returns`."""

    def declare(handler: Declared) -> Declared:
        ENDPOINTS.append(
            Endpoint(
                method=method,
                path=path,
                scope=scope,
                summary=summary,
                handler=handler,
                role=role,
                query=query,
                body=body,
                returns=returns,
                status=status or (204 if returns is None else 200),
                etag=etag,
                errors=frozenset(errors),
            )
        )
        return handler

    return declare


def add_endpoints(router: web.UrlDispatcher) -> None:
    """Route every declared endpoint."""
    for declared in ENDPOINTS:
        router.add_route(declared.method, ROOT + declared.path, _serving(declared))


async def write(
    request: web.Request, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run a change and return what the endpoint returns; a POST with an Idempotency-Key runs once."""
    claim = _claim(request)
    if claim is None:
        return await request.app[DB].write(fn, *args, **kwargs)
    return await write_once(request.app[DB], claim, request[ENDPOINT].render, fn, *args, **kwargs)


async def replay(request: web.Request) -> None:
    """Answer a POST with an Idempotency-Key as the first time, before a deed that `write` tells of only afterwards."""
    if (claim := _claim(request)) is not None:
        await request.app[DB].read(answered, claim)


def _claim(request: web.Request) -> Claim | None:
    key, caller = request.headers.get("Idempotency-Key"), request[CALLER]
    if request.method != "POST" or key is None:
        return None
    owner = (
        f"token:{caller.token}" if caller.token else f"user:{caller.viewer.user_id if caller.viewer else ''}"
    )
    sent = sha256(request.path_qs.encode() + b"\0" + request.get(SENT, b"")).hexdigest()
    return Claim(owner, checked(key), sent)


def _serving(declared: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        _admit(request, declared)
        request[ENDPOINT] = declared
        wanted: list[object] = []
        query = decode_query(request.query, declared.query or Query)
        if declared.query is not None:
            wanted.append(query)
        if declared.body is not None:
            request[SENT] = await _json(request)
            wanted.append(decode_body(request[SENT], declared.body))
        try:
            returned = await declared.handler(request, *wanted)
            if isinstance(returned, web.StreamResponse):
                return returned
            answer = declared.render(returned)
        except Replayed as replayed:
            response = _response(request, replayed.answer)
            response.headers["Idempotency-Replayed"] = "true"
            return response
        return _response(request, answer)

    return serve


def _admit(request: web.Request, declared: Endpoint) -> None:
    caller = request[CALLER]
    if caller.viewer is None:
        words = _("Send a token: Authorization: Bearer rb_…")
        raise Problem(401, words, headers={"WWW-Authenticate": "Bearer"})
    if caller.token is not None and not opens(caller.scopes, declared.scope):
        raise Problem(403, _("This token has no scope %(scope)s.", scope=declared.scope))
    if not has_role(caller.viewer, declared.role):
        raise Problem(403, _(LEAST[declared.role]))


async def _json(request: web.Request) -> bytes:
    if request.content_type not in OWN_TYPES:
        words = _("Send JSON: Content-Type: application/json.")
        raise Problem(415, words, headers={"Accept": "application/json"})
    return await read_body(request, LARGEST_BODY, request.app[SETTINGS].body_seconds)


def _response(request: web.Request, answer: Rendered) -> web.Response:
    headers = {"Cache-Control": "private, no-cache"}
    if answer.etag is not None:
        headers["ETag"] = f'"{answer.etag}"'
        if request.method == "GET" and if_none_match(request).allows(answer.etag):
            return web.Response(status=304, headers=headers)
    if not answer.body:
        return web.Response(status=answer.status, headers=headers)
    return web.Response(
        status=answer.status, headers=headers, body=answer.body, content_type="application/json"
    )
