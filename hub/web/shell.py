"""What happens around every request.

Errors become words, who asks is found out, foreign pages are kept from changing anything, answers are
compressed and carry the headers that keep browsers careful.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from socket import gaierror

from aiohttp import web
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub import signin, tokens
from hub.languages import _, listening
from hub.web import problems
from hub.web.keys import CALLER, DB, NOBODY, Caller
from hub.web.origin import is_own
from hub.web.pages import Toast, is_fragment, render
from hub.web.parts import dialling
from hub.web.problems import Problem

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COOKIE = "ringback"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Nobody is looked up for these: intake, public forms, chats, signing and letters have no visitor that we know.
ANONYMOUS = (
    "/in/", "/static/", "/forms/", "/chat/", "/sign/", "/letter/", "/go/", "/seen/", "/pictures/", "/unsubscribe/",
    "/confirm/", "/healthz", "/readyz", "/metrics",
)  # fmt: skip
OUTAGE = (OperationalError, InterfaceError, PoolTimeout, ConnectionError, TimeoutError, gaierror)
BAD, AWAY = 400, 503  # from here on a status is an error; the store does not answer
SMALL = 1000  # bytes, below which compressing gains nothing
COMPRESSED = frozenset(
    {
        "text/html",
        "text/plain",
        "text/css",
        "text/javascript",
        "application/json",
        problems.CONTENT_TYPE,
    }
)

POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
CLOSED = f"{POLICY}frame-ancestors 'none'"
# Sites and mail programs of others post here, and nobody's cookie counts.
FOREIGN = ("/in/", "/chat/", "/unsubscribe/", "/confirm/")

# For public forms: any site may frame them, and may be where a visitor is sent afterwards.
EMBEDDABLE = POLICY.replace("form-action 'self'", "form-action 'self' https: http:") + "frame-ancestors *"

REFUSALS = web.AppKey("refusals", tuple[type[Exception], ...])


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into words for the visitor; a traceback goes to the log and nowhere else."""
    try:
        return await handler(request)
    except Problem as problem:
        return await _told(request, problem)
    except web.HTTPException as error:
        if error.status < BAD:
            raise
        return await _told(request, problems.from_http(error))
    except request.app[REFUSALS] as refusal:
        return await _told(request, problems.refusal(str(refusal), getattr(refusal, "field", "")))
    except OUTAGE as error:
        log.error("no answer from the store: %s", type(error).__name__)  # noqa: TRY400 - expected, and not our fault
        return await _told(request, problems.outage())
    except Exception:
        fault = problems.unexpected()
        log.exception("fault %s in %s %s", fault.code, request.method, _place(request))
        return await _told(request, fault)


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress texts of some size for those who understand it."""
    response = await handler(request)
    if (
        isinstance(response, web.Response)
        and isinstance(response.body, bytes)
        and len(response.body) > SMALL
        and response.content_type in COMPRESSED
        and "Content-Encoding" not in response.headers
    ):
        response.headers["Vary"] = ", ".join(filter(None, (response.headers.get("Vary"), "Accept-Encoding")))
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.enable_compression(web.ContentCoding.gzip)
    return response


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who asks, for `request[CALLER]`, and speak his language."""
    request[CALLER] = NOBODY
    if not request.path.startswith(ANONYMOUS):
        bearer = request.headers.get("Authorization") if request.path.startswith("/api/") else None
        cookie = request.cookies.get(COOKIE)
        if bearer is not None:
            request[CALLER] = await _program(request, bearer)
        elif cookie:
            request[CALLER] = await _person(request, cookie)
    # Left set: an error is told after this returned, and the next request sets it anew.
    accepted = request.headers.get("Accept-Language", "")
    listening.set(request[CALLER].preferences.listener(accepted))
    dialling.set(bool(request[CALLER].extension))
    return await handler(request)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a change that a foreign page sends with our visitor's cookie; a token is proof enough."""
    if (
        request.method not in SAFE
        and not request.path.startswith(FOREIGN)
        and request[CALLER].token is None
        and not is_own(request)
    ):
        raise Problem(403, _("This came from another site. Open the page here and do it again."))
    return await handler(request)


async def careful(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that keep a browser careful, unless the page set its own."""
    headers = response.headers
    headers["Server"] = "Ringback"
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    if not request.path.startswith("/in/"):
        headers.setdefault("Content-Security-Policy", CLOSED)


def wants_document(request: web.Request) -> bool:
    """Tell whether a program asks, for which an error is a document rather than a page."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith(("/api/", "/in/")) or ("json" in accept and "text/html" not in accept)


async def _told(request: web.Request, problem: Problem) -> web.Response:
    if wants_document(request):
        return problem.response()
    try:
        return await _shown(request, problem)
    except Exception:
        log.exception("the error page itself failed")
        request[CALLER] = NOBODY
        return await _shown(request, problem)


async def _shown(request: web.Request, problem: Problem) -> web.Response:
    if problem.code == "" and problem.status == AWAY:
        request[CALLER] = NOBODY  # the frame needs the store, which does not answer
    if is_fragment(request):
        words = problem.detail or problems.phrase(problem.status)
        response = await render(
            request, "_toast.html", status=problem.status, toast=Toast(text=words, refused=True)
        )
    else:
        response = await render(
            request,
            "error.html",
            status=problem.status,
            title=problem.title,
            words=problem.detail,
            rule=problem.rule,
            code=problem.code,
        )
    response.headers.update(problem.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def _place(request: web.Request) -> str:
    """Give the declared address: a real one may hold a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "an unknown address"


async def _program(request: web.Request, authorization: str) -> Caller:
    scheme, _space, token = authorization.partition(" ")
    db = request.app[DB]
    found = await db.read(tokens.find, token.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise Problem(
            401,
            _("This token is not known, or was revoked."),
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    if found.stale:
        await db.write(tokens.touch, found.id)
    return Caller(found.viewer, token=found.id, scopes=frozenset(found.scopes))


async def _person(request: web.Request, token: str) -> Caller:
    db = request.app[DB]
    found = await db.read(signin.find, token)
    if found is None:
        return NOBODY
    if found.stale:
        await db.write(signin.touch, found.id)
    return Caller(
        found.viewer,
        sign_in=found.id,
        preferences=found.preferences,
        extension=found.extension,
        mail=found.mail,
    )


MIDDLEWARES = (errors, compress, identify, guard)
