"""A hub that hears one messenger: intake, journal and processor are real, the business notes what it hears."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.blobs import Blobs
from hub.bus import LocalBus
from hub.channels import Channels, LiveChannel, add_channel, connector_kinds
from hub.connector import Connector
from hub.db import Database, announce
from hub.events import Event
from hub.journal import Inbound, Outcome
from hub.processing import Processor
from hub.settings import Settings
from hub.web import keys
from hub.web.frame import Company
from hub.web.setup import install


class Heard(NamedTuple):
    """Announced with an event that was taken."""

    event: Event


class ChatHub:
    """What it heard, and where its channel is reached; over what is said in some chats it stumbles."""

    def __init__(self, db: Database, blobs: Blobs, server: TestServer, channels: Channels) -> None:
        """Have heard nothing."""
        self.db = db
        self.server = server
        self.channels = channels
        self.processor = Processor(db, blobs, channels, self.take)
        self.running: asyncio.Task[None] | None = None
        self.heard: list[Event] = []
        self.stumbles_over: set[str] = set()
        db.listen(Heard, lambda told: self.heard.append(told.event))

    @property
    def channel(self) -> LiveChannel:
        """Give its channel."""
        return next(iter(self.channels))

    @property
    def connector(self) -> Connector:
        """Give the connector at work."""
        return self.channel.connector

    @property
    def intake(self) -> str:
        """Give the address to which the messenger tells."""
        return str(self.server.make_url(f"/in/{self.channel.name}/{self.channel.token}"))

    def take(self, session: Session, _item: Inbound, _channel: LiveChannel, event: Event) -> Outcome:
        """Note an event once that is committed; it may be taken again where a neighbour in its commit failed."""
        if getattr(event, "chat", "") in self.stumbles_over:
            raise ValueError("not yet")
        announce(session, Heard(event))
        return Outcome("heard")

    async def sleeps(self) -> None:
        """Look no more for what waits in the journal."""
        if self.running is not None:
            self.running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.running

    async def kept(self) -> list[Inbound]:
        """Give what the journal holds."""
        return list(
            await self.db.read(lambda session: session.scalars(select(Inbound).order_by(Inbound.id)).all())
        )

    async def unproven(self) -> list[str]:
        """Give why items are kept apart."""
        return [item.set_aside_why or "" for item in await self.kept() if item.unproven_at is not None]


@asynccontextmanager
async def hearing(
    db: Database, folder: Path, kind: str, settings: Mapping[str, object]
) -> AsyncIterator[ChatHub]:
    """Start such a hub."""
    await db.write(add_channel, "chat", "Chat", kind, settings)
    channels, blobs = Channels(db), Blobs(folder / "blobs")
    await channels.load()
    app = web.Application()
    app[keys.DB], app[keys.BUS], app[keys.CHANNELS] = db, LocalBus(), channels
    app[keys.SETTINGS], app[keys.BLOBS] = Settings(), blobs
    server = TestServer(app)
    hub = ChatHub(db, blobs, server, channels)
    app[keys.PROCESSOR] = hub.processor
    install(app, company=lambda: Company(name="Klarruta", help="Annika"), refusals=[])
    app.router.add_routes(connector_kinds()[kind].routes())
    await server.start_server()
    hub.running = asyncio.create_task(hub.processor.run())
    try:
        yield hub
    finally:
        await hub.sleeps()
        await server.close()
