"""The business on both stores, in a company that people know by name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import hub.app  # noqa: F401 - every table: some refer to others that a test alone does not know
from hub.channels import connector_kinds
from hub.clock import Clock
from hub.db import Database
from tests.conftest import Store
from tests.crm.klarruta import Klarruta, found
from tests.crm.mailbox import Mailbox
from tests.crm.messenger import Messenger
from tests.crm.newsletter import Newsletter
from tests.crm.pigeons import Loft, Pigeon
from tests.crm.switchboard import Switchboard
from tests.crm.till import Till
from tests.crm.website import Website
from tests.crm.welcome import Welcome
from tests.furniture import Furniture

KLARRUTA = Furniture("klarruta", found)


@pytest.fixture
def furniture(request: pytest.FixtureRequest) -> Furniture | None:
    """Have the company in the store from the beginning, where a test begins with it."""
    return KLARRUTA if "firm" in request.fixturenames else None


@pytest.fixture
async def firm(db: Database, clock: Clock) -> Klarruta:  # noqa: ARG001 - it is set right again afterwards
    """Give a company with people in it."""
    made = Klarruta(db)
    await made.found()
    return made


@pytest.fixture
async def website(firm: Klarruta) -> Website:
    """Give the company's website."""
    site = Website(firm.db)
    await site.open()
    return site


@pytest.fixture
async def pbx(firm: Klarruta) -> Switchboard:
    """Give the company's PBX, as the hub hears it."""
    made = Switchboard(firm)
    await made.open()
    return made


@pytest.fixture
async def mailbox(firm: Klarruta) -> Mailbox:
    """Give the company's mailboxes."""
    made = Mailbox(firm)
    await made.open()
    return made


@pytest.fixture
async def newsletter(firm: Klarruta) -> Newsletter:
    """Give the company's newsletter."""
    made = Newsletter(firm)
    await made.found()
    return made


@pytest.fixture
async def welcome(firm: Klarruta) -> Welcome:
    """Give a welcome of three letters that is on."""
    made = Welcome(firm)
    await made.begins()
    return made


@pytest.fixture
async def messenger(firm: Klarruta) -> Messenger:
    """Give the company's messengers."""
    made = Messenger(firm)
    await made.open()
    return made


@pytest.fixture
async def loft(firm: Klarruta, monkeypatch: pytest.MonkeyPatch) -> Loft:
    """Give the company's pigeons."""
    monkeypatch.setitem(connector_kinds(), Pigeon.kind, Pigeon)  # type: ignore[arg-type]
    made = Loft(firm)
    await made.open()
    return made


@pytest.fixture
async def till(db: Database, clock: Clock) -> Till:
    """Give the company's till on a day in November."""
    clock.shift = datetime(2026, 11, 27, 10, tzinfo=UTC) - datetime.now(UTC)
    made = Till(db)
    await made.open()
    return made


@pytest.fixture
async def node(db: Database, store: Store) -> Database:
    """Give a second node where there can be one."""
    return db if store.engine == "sqlite" else await store.open()
