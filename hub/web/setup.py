"""Puts the web side together: middlewares, routing, intake, API, live consoles, files."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path

from aiohttp import web
from sqlalchemy.orm import Session

from hub.answers import Tally
from hub.live import LIVE, LivePool
from hub.users import Viewer
from hub.web import (
    api,
    api_journal,
    api_users,
    audit,
    channel_deeds,
    channels,
    console,
    counts,
    health,
    incoming,
    journal,
    journal_deeds,
    keyboard,
    me,
    openapi,
    pages,
    palette,
    preferences,
    routing,
    settings_room,
    shell,
    static_files,
)
from hub.web import signin as signin_pages
from hub.web.along import fragments
from hub.web.environment import environment
from hub.web.frame import COMPANY, FRAME, Company, Frame
from hub.web.keys import ANSWERS, BUS, DB, TEMPLATES
from hub.web.reads import READS, Reads, reading
from hub.web.targets import TARGETS, Targets, no_targets
from hub.web.tracing import TRACE, Trace, nothing

# The hub's own modules that declare pages and endpoints as they are loaded.
DECLARING = (
    signin_pages,
    counts,
    palette,
    keyboard,
    preferences,
    settings_room,
    channels,
    channel_deeds,
    journal,
    journal_deeds,
    audit,
    me,
    api_journal,
    api_users,
    openapi,
)


def install(
    app: web.Application,
    *,
    company: Callable[[], Company] = Company,
    frame: Callable[[Session, Viewer], Frame] = lambda _session, _viewer: Frame(),
    templates: Sequence[Path] = (),
    refusals: Sequence[type[Exception]] = (),
    trace: Trace = nothing,
    targets: Targets = no_targets,
) -> None:
    """Add the web side to an application that carries DB, BLOBS, CHANNELS, BUS and SETTINGS.

    `company` says whose hub it is at this moment, `frame` what waits for somebody; `templates` are more
    folders of templates; `refusals` are the exceptions by which the business says no, with words for the
    person; `trace` tells which records an item of the journal became, `targets` which fields
    of the business an answer may be. Pages and endpoints of the business are
    declared by loading their modules before. Serve it with `AppRunner(app, auto_decompress=False)`: bodies are
    unpacked here, with a bound.
    """
    app[COMPANY], app[FRAME], app[shell.REFUSALS] = company, frame, tuple(refusals)
    app[TRACE], app[TARGETS] = trace, targets
    app[TEMPLATES] = environment(templates, company)
    app[LIVE] = LivePool(app[DB], app[BUS])
    app[LIVE].along = fragments(app)
    app[READS] = Reads(app[DB])
    app[ANSWERS] = Tally(app[DB])
    app.middlewares.extend((*shell.MIDDLEWARES, reading))
    app.on_response_prepare.append(shell.careful)
    app.on_shutdown.append(_say_goodbye)
    app.cleanup_ctx.append(_beside(app[LIVE].watch))
    app.cleanup_ctx.append(_beside(app[READS].run))
    app.cleanup_ctx.append(_beside(app[ANSWERS].run))
    routing.ROUTES.add(app.router, [*pages.PAGES, *api.ENDPOINTS], _add_routes)


def _add_routes(router: web.UrlDispatcher) -> None:
    router.add_route("*", "/in/{channel}/{token}", incoming.incoming)
    router.add_route("*", "/in/{channel}/{token}/{path:.+}", incoming.incoming)
    router.add_get("/live", console.live)
    router.add_get("/static/{name}", static_files.static_file)
    router.add_get("/healthz", health.healthz)
    router.add_get("/readyz", health.readyz)
    router.add_get("/metrics", health.metrics)
    router.add_get("/api/openapi.json", openapi.document)
    routing.add_pages(router, pages.PAGES)
    api.add_endpoints(router)


async def _say_goodbye(app: web.Application) -> None:
    await app[LIVE].close()


def _beside(
    run: Callable[[], Coroutine[None, None, None]],
) -> Callable[[web.Application], AsyncIterator[None]]:
    """Have something run as long as the application does."""

    async def context(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(run())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    return context
