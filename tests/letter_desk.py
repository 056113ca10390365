"""A desk at which letters are looked at in a real Chromium, and the world outside, which counts who asks it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec import structs
from playwright.async_api import Browser, Page
from sqlalchemy import func, select

from crm.letters import Letter
from hub import signin
from hub.app import make_app
from hub.forms import File
from hub.remote_images import IMAGES
from hub.settings import Settings
from hub.store import open_store
from hub.web.keys import BLOBS
from tests.crm.klarruta import Klarruta
from tests.crm.mailbox import Came, Mailbox, letter

# The smallest picture there is: one red dot.
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc00000030101"
    "0018dd8db00000000049454e44ae426082"
)


class Outside:
    """Somebody else's web server on loopback. `asked` are the paths that anybody asked for, with their headers."""

    def __init__(self) -> None:
        """Nobody asked yet."""
        self.asked: list[web.Request] = []
        self.server: TestServer

    @property
    def address(self) -> str:
        """Where it is, without a slash at its end."""
        return str(self.server.make_url("")).rstrip("/")

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Give whoever asks a red dot, whatever he asks for."""
        self.asked.append(request)
        return web.Response(body=DOT, content_type="image/png")

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Outside]:
        """Listen."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        async with TestServer(app) as self.server:
            yield self


class Desk:
    """Elin's browser and the company's mailbox."""

    def __init__(self, app: web.Application, mailbox: Mailbox, page: Page) -> None:
        """Sit down."""
        self.app = app
        self.mailbox = mailbox
        self.page = page

    async def gets(self, html: str, *files: File, number: int = 1, **headers: str) -> Came:
        """Have a letter of this HTML come from Karin."""
        plain = letter(key=f"{number}@tenant.example", subject=f"Letter {number}", **headers)
        event = structs.replace(self.mailbox.read(plain), html=html, files=files)
        for file in files:
            await self.app[BLOBS].put(file.content)
        return await self.mailbox.gets_event(event)

    async def latest(self) -> int:
        """Give the number of the letter that came last."""
        return await self.mailbox.db.read(
            lambda session: session.scalar(select(func.max(Letter.interaction_id))) or 0
        )


@contextlib.asynccontextmanager
async def desk(browser: Browser, data: Path) -> AsyncIterator[Desk]:
    """Open a hub that may fetch pictures from loopback, and Elin's browser on it."""
    async with open_store(data, alone=True) as db, contextlib.AsyncExitStack() as house:
        firm = Klarruta(db)
        await firm.found()
        app = await make_app(db, data, Settings())
        app[IMAGES].is_public = lambda address: address == "127.0.0.1"
        server = await house.enter_async_context(TestServer(app))
        mailbox = Mailbox(firm)
        await mailbox.open()
        address = str(server.make_url("/"))
        context = await browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
        house.push_async_callback(context.close)
        elin = await firm.who("Elin")
        token = await db.write(signin.start, elin.user_id, lasts=timedelta(days=1))
        await context.add_cookies([{"name": "ringback", "value": token, "url": address, "sameSite": "Lax"}])
        yield Desk(app, mailbox, await context.new_page())
