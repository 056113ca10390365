"""From declared pages to routes: each lets in who has its role, and sends others to sign in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import quote

from aiohttp import web

from hub.db import before_write
from hub.languages import _
from hub.web.frame import has_role
from hub.web.idempotency import Claim, Replayed, checked, claim_once, keep_place
from hub.web.keys import CALLER, DB
from hub.web.origin import came_from
from hub.web.pages import LARGEST_FORM, LEAST, Handler, Page, Toast, changed, form, is_fragment, see_other
from hub.web.problems import Problem

SEE_OTHER = 303


class Routes:
    """What was routed in this process, so that a second hub in it (a test has many) makes a thousand routes no more."""

    def __init__(self) -> None:
        """Begin with none."""
        self._declared: list[object] = []
        self._known: list[web.AbstractResource] = []

    def add(
        self, router: web.UrlDispatcher, declared: list[object], route: Callable[[web.UrlDispatcher], None]
    ) -> None:
        """Have a router lead where `route` leads one; that is asked again once something else is `declared`."""
        if declared != self._declared:
            made = web.UrlDispatcher()
            route(made)
            self._declared, self._known = declared, list(made.resources())
        for resource in self._known:
            router.register_resource(resource)


ROUTES = Routes()


def add_pages(router: web.UrlDispatcher, pages: Sequence[Page]) -> None:
    """Route every declared page."""
    by_path: dict[str, dict[str, Handler]] = {}
    for declared in pages:
        by_path.setdefault(declared.path, {})[declared.method] = _guarded(declared)
    for path, handlers in by_path.items():
        if "DELETE" in handlers:
            handlers["POST"] = _post_or_delete(handlers.get("POST"), handlers["DELETE"])
        for method, handler in handlers.items():
            if method == "GET":
                router.add_get(path, handler)
            else:
                router.add_route(method, path, handler)


def _guarded(declared: Page) -> Handler:
    """Let in who is signed in and has the role."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if declared.role is not None:
            viewer = request[CALLER].viewer
            if viewer is None:
                return _to_sign_in(request)
            if not has_role(viewer, declared.role):
                rule = _("Every page names the least role")
                raise Problem(403, _(LEAST[declared.role]), rule=rule)
        return await _once(request, declared.handler)

    return guarded


async def _once(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer; a change that the browser sends again, since it never heard of the first time, is done once.

    One that is sent as a page leads the second time where it led the first time.
    """
    viewer = request[CALLER].viewer
    key = await _key_of(request) if viewer is not None and request.method != "GET" else None
    if viewer is None or key is None:
        return await handler(request)
    claim = Claim(f"page:{viewer.user_id}", checked(key), f"{request.method} {request.path}")
    preceding = before_write.set([partial(claim_once, claim=claim)])
    try:
        answer = await handler(request)
    except Replayed as before:
        return await changed(request, Toast(text=_("It was saved already")), back=before.answer.body.decode())
    finally:
        before_write.reset(preceding)
    if answer.status == SEE_OTHER:
        await request.app[DB].write(keep_place, claim, answer.headers["Location"])
    return answer


async def _key_of(request: web.Request) -> str | None:
    """Give the key of a change: of a script's in its header, of a form's that is sent as a page in it."""
    key = request.headers.get("Idempotency-Key")
    is_plain = not is_fragment(request) and request.content_type == "application/x-www-form-urlencoded"
    if key is not None or not is_plain or (request.content_length or 0) > LARGEST_FORM:
        return key
    return (await form(request)).get("_once")


def _to_sign_in(request: web.Request) -> web.Response:
    """Send to sign in, and from there back; a change cannot be repeated, so back to the page it stood on."""
    if request.method in {"GET", "HEAD"} and not is_fragment(request):
        return see_other(f"/signin?next={quote(request.path_qs, safe='/')}")
    address = f"/signin?next={quote(came_from(request) or '/', safe='/')}"
    if is_fragment(request):
        return web.Response(status=401, headers={"HX-Redirect": address, "Cache-Control": "no-store"})
    return see_other(address)


def _post_or_delete(post: Handler | None, delete: Handler) -> Handler:
    async def post_or_delete(request: web.Request) -> web.StreamResponse:
        if (await form(request)).get("_method", "").lower() == "delete":
            return await delete(request)
        if post is None:
            raise web.HTTPMethodNotAllowed("POST", ["DELETE"])
        return await post(request)

    return post_or_delete
