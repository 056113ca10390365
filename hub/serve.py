"""A hub that serves: opens the store, fills it when empty, listens, and stops in good order."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import signin
from hub.app import fill, make_app
from hub.channels import Channel
from hub.languages import LANGUAGES, catalogue
from hub.settings import Settings
from hub.store import open_store
from hub.users import User
from hub.web.along import compile_all

SHUTDOWN_SECONDS = 5.0
NEW_OBJECTS = 10_000  # after so many garbage is looked for: a page makes about a thousand that could be some
TURN = 0.0005  # seconds that a busy thread keeps the others waiting


@dataclass(frozen=True, slots=True)
class Started:
    """What the one who started it is told: where it is, the sample form, and the first admin's way in."""

    address: str
    form: str | None
    link: str | None


async def serve(
    data: Path,
    listen: tuple[str, int],
    settings: Settings,
    company: Path,
    *,
    started: Callable[[Started], None],
    beside: Callable[[web.Application], Coroutine[None, None, None]] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. `company` fills an empty store.

    `beside` runs along with it, such as the traffic of a demonstration.
    """
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_store(data, alone=True) as db:
        await fill(db, company)
        app = await make_app(db, data, settings)
        # Bodies are unpacked with a bound where they are read, never by the server.
        runner = web.AppRunner(app, auto_decompress=False, shutdown_timeout=SHUTDOWN_SECONDS, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, *listen, backlog=1024)
        try:
            await site.start()
            address = settings.url or f"http://{listen[0]}:{_port(runner)}"
            link = await db.write(first_link)
            form = await db.read(sample_form)
            started(Started(address, form and f"{address}{form}", link and f"{address}{link}"))
            settle(app)
            companion = asyncio.create_task(beside(app)) if beside else None
            await stop.wait()
            if companion:
                companion.cancel()
        finally:
            await runner.cleanup()


def settle(app: web.Application) -> None:
    """Look for garbage among what comes from now on: a quarter of a million objects stand here, and stay.

    What is said in each language is read now, and what is shown at a ring compiled: that takes a tenth of a second, in
    which nobody else has a turn.
    Threads take turns ten times as often as usual, so that a ring does not wait at each of its steps for who is busy.
    """
    sys.setswitchinterval(TURN)
    for language in LANGUAGES:
        catalogue(language)
    compile_all(app)
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)


def first_link(session: Session) -> str | None:
    """Give a single-use address for the first admin, as long as nobody is here."""
    if session.scalar(select(User.id).limit(1)) is not None:
        return None
    return f"/welcome/{signin.make_link(session, None)}"


def sample_form(session: Session) -> str | None:
    """Give the path of the first form's page."""
    token = session.scalar(select(Channel.token).where(Channel.kind == "form").order_by(Channel.id).limit(1))
    return f"/forms/{token}" if token else None


def _is_ours(record: logging.LogRecord) -> bool:
    """Keep out of the log what strangers send that is no HTTP: they were told, and it may hold a token."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _port(runner: web.AppRunner) -> int:
    return int(runner.addresses[0][1])
