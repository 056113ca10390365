"""The web side on a fresh store, with named people who are signed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from hub import signin
from hub.blobs import Blobs
from hub.bus import LocalBus, Notice
from hub.channels import Channel, Channels, LiveChannel
from hub.connector import Answer, Connector, Raw
from hub.db import Database
from hub.settings import Settings
from hub.users import add_user
from hub.web import setup
from hub.web.frame import Company
from hub.web.keys import BLOBS, BUS, CHANNELS, DB, SETTINGS

SignInAs = Callable[[str], Awaitable[str]]
Browser = TestClient[web.Request, web.Application]
Client = Callable[[web.Application], Awaitable[Browser]]


class Shop(Connector):
    """A connector that takes anything but an empty body, from the pages of one site."""

    kind: ClassVar[str] = "shop"

    def refuse(self, raw: Raw) -> Answer | None:
        """Refuse nothing at all."""
        return None if raw.body else Answer(status=400, body=b"nothing")

    def answer(self, raw: Raw) -> Answer:
        """Give the key."""
        return Answer(status=200, body=raw.key.encode())

    def preflight(self, headers: dict[str, str]) -> dict[str, str]:
        """Let one site in."""
        if headers.get("origin") == "https://klarruta.example":
            return {"Access-Control-Allow-Origin": "https://klarruta.example", "Vary": "Origin"}
        return {}


@pytest.fixture
async def channels(db: Database) -> Channels:
    """Know one channel, “shop”, with the token SECRET."""
    row = Channel(name="shop", title="Shop", kind="shop", token="SECRET", settings={})
    await db.write(lambda session: session.add(row))
    known = Channels(db)
    living = LiveChannel(row.id, "shop", "Shop", "shop", "SECRET", Shop("shop", "SECRET", Shop.settings_type()))
    known._by_id, known._by_name = {row.id: living}, {"shop": living}
    return known


@pytest.fixture
def bus(db: Database) -> LocalBus:
    """A bus that hears what is announced."""
    local = LocalBus()
    db.listen(Notice, local.publish)
    return local


@pytest.fixture
def settings() -> Settings:
    """Small bounds, so that passing them is quick."""
    return Settings(largest_body=100_000, body_seconds=0.3)


@pytest.fixture
def app(db: Database, channels: Channels, bus: LocalBus, settings: Settings, tmp_path: Path) -> web.Application:
    """The whole web side of the hub."""
    made = web.Application()
    made[DB], made[BUS], made[CHANNELS], made[SETTINGS] = db, bus, channels, settings
    made[BLOBS] = Blobs(tmp_path / "blobs")
    setup.install(made, company=lambda: Company(name="Klarruta", help="Annika Kron, 031-390 06 10"))
    return made


@pytest.fixture
async def browser(app: web.Application, aiohttp_client: Client) -> Browser:
    """Somebody who is not signed in."""
    return await aiohttp_client(app, server_kwargs={"auto_decompress": False})  # type: ignore[call-arg]


@pytest.fixture
def sign_in(db: Database, browser: Browser) -> SignInAs:
    """Make somebody of this role (Elin the agent, Sofia the head, Maria the manager, Annika the admin) the browser's user."""
    names = {"agent": "Elin Sandgren", "head": "Sofia Hjelm", "manager": "Maria Berg", "admin": "Annika Kron"}

    async def go(role: str) -> str:
        email = f"{names[role].split()[0].lower()}@klarruta.example"

        def add(session) -> str:  # noqa: ANN001 - told by its only use
            user = add_user(session, email, names[role], role)
            return signin.start(session, user.id, lasts=timedelta(days=1))

        token = await db.write(add)
        browser.session.cookie_jar.update_cookies({"ringback": token}, browser.make_url("/"))
        return token

    return go
