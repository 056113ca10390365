"""A hub with a number, a page and an account at Meta, and Meta itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import journal, unproven
from hub.blobs import Blobs
from hub.bus import LocalBus
from hub.channels import Channels, LiveChannel, add_channel, find_channel, set_settings
from hub.clock import now
from hub.connector import WebIntake
from hub.db import Database
from hub.events import Event
from hub.journal import Inbound, Outcome
from hub.processing import Processor
from hub.settings import Settings
from hub.users import Department
from hub.web import keys
from hub.web.frame import Company
from hub.web.setup import install
from tests.eventually import eventually
from tests.servers import graph
from tests.servers.graph import APP_SECRET, INSTAGRAM, NUMBER, PAGE, Meta

OWN = {
    "whatsapp": {"phone_number_id": NUMBER},
    "messenger": {"page_id": PAGE},
    "instagram": {"account_id": INSTAGRAM},
}


class Hub:
    """A hub that takes what Meta posts, and notes what each item meant, in order."""

    def __init__(self, db: Database, channels: Channels, blobs: Blobs) -> None:
        """Have nothing yet."""
        self.db = db
        self.channels = channels
        self.understood: list[Event] = []
        self.address = ""
        self.processor = Processor(db, blobs, channels, self.take)

    def url(self, kind: str) -> str:
        """Give the address to which Meta posts for a channel, which is called like its kind."""
        found = next(each for each in self.channels if each.name == kind)
        return f"{self.address}/in/{kind}/{found.token}"

    def take(self, session: Session, _item: Inbound, _channel: LiveChannel, event: Event) -> Outcome:
        """Note an event."""
        session.add(Department(name=f"{len(self.understood)}"))
        self.understood.append(event)
        return Outcome("noted")

    async def settled(self) -> Sequence[Inbound]:
        """Give what is in the journal, once nothing of it waits for its turn."""

        async def ask() -> Sequence[Inbound]:
            items = await self.items()
            return items if all(item.due_at is None or item.attempts for item in items) else ()

        return await eventually(ask)

    async def items(self) -> Sequence[Inbound]:
        """Give what is in the journal."""
        return await self.db.read(lambda session: session.scalars(select(Inbound).order_by(Inbound.id)).all())

    async def pauses(self, kind: str) -> None:
        """Have a channel keep what comes for later."""
        await self.db.write(_pause, kind, now())
        await self.channels.load()

    async def goes_on(self, kind: str) -> None:
        """Have it take up what waits."""
        await self.db.write(_pause, kind, None)
        await self.channels.load()
        await self.db.write(lambda session: journal.make_due(session, find_channel(session, kind).id))

    async def proves(self, kind: str) -> None:
        """Prove again what a channel keeps apart, and let go on what is proven."""
        channel = next(each for each in self.channels if each.name == kind)
        reader = cast("WebIntake", channel.connector)
        await self.db.write(unproven.let_go, await unproven.proven_by_now(self.db, channel.id, reader))

    async def set_up(self, kind: str, **settings: object) -> None:
        """Change a channel's settings."""
        await self.db.write(set_settings, kind, settings)
        await self.channels.load()


def _pause(session: Session, kind: str, at: datetime | None) -> None:
    find_channel(session, kind).paused_at = at


@pytest.fixture
async def meta() -> AsyncIterator[Meta]:
    """Give Meta."""
    async with graph.running() as given:
        yield given


@pytest.fixture
async def hub(
    db: Database, meta: Meta, tmp_path: Path, aiohttp_server: Callable[..., Awaitable[TestServer]]
) -> AsyncIterator[Hub]:
    """Give the hub."""
    for kind, own in OWN.items():
        given = {"app_secret": APP_SECRET, "base_url": meta.address, "access_token": graph.TOKEN, **own}
        await db.write(add_channel, kind, kind, kind, given)
    channels, blobs = Channels(db), Blobs(tmp_path / "blobs")
    await channels.load()
    made = Hub(db, channels, blobs)
    app = web.Application()
    app[keys.DB], app[keys.BUS], app[keys.CHANNELS], app[keys.BLOBS] = db, LocalBus(), channels, blobs
    app[keys.SETTINGS], app[keys.PROCESSOR] = Settings(), made.processor
    install(app, company=lambda: Company(name="Klarruta", help=""), refusals=[])
    server = await aiohttp_server(app, auto_decompress=False)
    made.address = str(server.make_url("")).rstrip("/")
    running = asyncio.create_task(made.processor.run())
    yield made
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
