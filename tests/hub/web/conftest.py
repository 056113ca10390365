"""The web side on a fresh store, with a connector that takes web posts, and people who sign in."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.orm import Session

from hub import channels as hub_channels
from hub import signin, tokens
from hub.blobs import Blobs
from hub.bus import LocalBus, Notice
from hub.channels import Channels, add_channel
from hub.connector import Answer, Connector, Doubt, Raw
from hub.db import Database
from hub.events import FormSubmitted
from hub.journal import Outcome
from hub.processing import Processor
from hub.settings import Settings
from hub.users import add_user
from hub.web import keys
from hub.web.frame import Company
from hub.web.setup import install

Visitor = TestClient[web.Request, web.Application]
SignIn = Callable[[str], Awaitable[str]]
Program = Callable[..., Awaitable[dict[str, str]]]

PEOPLE = {"agent": "Elin Sandgren", "head": "Sofia Hjelm", "manager": "Maria Berg", "admin": "Annika Kron"}
SITE = "https://klarruta.example"


class Shop(Connector):
    """Takes anything but an empty body, and lets scripts of one site send it."""

    kind: ClassVar[str] = "shop"
    asked_on: ClassVar[set[int]] = set()  # the threads on which it was asked something of an item

    def refuse(self, raw: Raw) -> Answer | None:
        """Refuse nothing at all."""
        self.asked_on.add(threading.get_ident())
        return None if raw.body else Answer(status=400, body=b"nothing")

    def doubt(self, raw: Raw) -> Doubt | None:
        """Doubt whoever says so himself."""
        self.asked_on.add(threading.get_ident())
        told = [Answer(status=401, body=body) for body in (b"forged", b"forged, and gone")]
        return Doubt("It says so itself.", *told) if "x-forged" in raw.headers else None

    def read(self, raw: Raw) -> Sequence[FormSubmitted]:
        """Give nothing for what the shop says of its goods, and break down over what nobody can read."""
        if raw.body == b"unreadable":
            raise ValueError
        return () if raw.body.startswith(b"goods") else (FormSubmitted(key=raw.key),)

    def answer(self, raw: Raw) -> Answer:
        """Give the key as the receipt."""
        self.asked_on.add(threading.get_ident())
        return Answer(status=200, body=raw.key.encode())

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Let the one site in."""
        return (
            {"Access-Control-Allow-Origin": SITE, "Vary": "Origin"} if headers.get("origin") == SITE else {}
        )


class RefusalError(Exception):
    """The business says no."""


@pytest.fixture
async def channels(db: Database, monkeypatch: pytest.MonkeyPatch) -> Channels:
    """Give the channels of a hub that has one, “shop”."""
    monkeypatch.setattr(hub_channels, "connector_kinds", lambda: {Shop.kind: Shop})
    await db.write(add_channel, "shop", "Shop", Shop.kind, {})
    known = Channels(db)
    await known.load()
    return known


@pytest.fixture
def intake(channels: Channels) -> str:
    """Give the address to which the shop sends."""
    return f"/in/shop/{channels.get(1).token}"


@pytest.fixture
def bus(db: Database) -> LocalBus:
    """Give a bus that hears what is announced."""
    local = LocalBus()
    db.listen(Notice, local.publish)
    return local


@pytest.fixture
def settings() -> Settings:
    """Give small bounds, so that passing them is quick."""
    return Settings(largest_body=100_000, body_seconds=2)


@pytest.fixture
def declared() -> None:
    """Declare nothing more; a test's own module may, before the web side is put together."""


@pytest.fixture
def app(
    db: Database, channels: Channels, bus: LocalBus, settings: Settings, tmp_path: Path, declared: None
) -> web.Application:
    """Give the whole web side of the hub."""
    assert declared is None
    made = web.Application()
    made[keys.DB], made[keys.BUS], made[keys.CHANNELS], made[keys.SETTINGS] = db, bus, channels, settings
    made[keys.BLOBS] = Blobs(tmp_path / "blobs")
    made[keys.PROCESSOR] = Processor(db, made[keys.BLOBS], channels, lambda *_event: Outcome("heard"))
    company = Company(name="Klarruta", help="Annika Kron, 031-390 06 10")
    install(made, company=lambda: company, refusals=[RefusalError])
    return made


@pytest.fixture
async def visitor(
    app: web.Application,
    aiohttp_server: Callable[..., Awaitable[TestServer]],
    aiohttp_client: Callable[..., Awaitable[Visitor]],
) -> Visitor:
    """Give somebody's browser, not signed in."""
    return await aiohttp_client(await aiohttp_server(app, auto_decompress=False))


@pytest.fixture
def sign_in(db: Database, visitor: Visitor) -> SignIn:
    """Give what signs the visitor in as somebody of a role: Elin, Sofia, Maria or Annika."""

    async def go(role: str) -> str:
        def add(session: Session) -> str:
            email = f"{PEOPLE[role].split()[0].lower()}@klarruta.example"
            return signin.start(
                session, add_user(session, email, PEOPLE[role], role).id, lasts=timedelta(days=1)
            )

        token = await db.write(add)
        visitor.session.cookie_jar.update_cookies({"ringback": token}, visitor.make_url("/"))
        return token

    return go


@pytest.fixture
def program(db: Database) -> Program:
    """Give what makes a token with some scopes, as the header that a program sends."""

    async def make(*scopes: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {await db.write(tokens.create, ' '.join(scopes), scopes)}"}

    return make
