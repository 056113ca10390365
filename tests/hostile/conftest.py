"""A real hub that is treated badly, and somebody who feels its pulse meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from hub.db import Database
from hub.store import open_store
from tests.eventually import eventually
from tests.hostile.pulse import Pulse
from tests.hostile.sender import BODY_SECONDS, DIGESTED, Sender
from tests.hostile.sight import digested
from tests.servers.ringback import Hub

STALL = 2.5  # seconds: a loop that answers so much later than a bare server was stalled
MEMORY = 800  # megabytes that the worst of it may cost, of which a hub at rest has 165


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Give a hub that waits but two seconds for a body."""
    folder = tmp_path_factory.mktemp("hostile")
    settings = folder / "ringback.toml"
    settings.write_text(f"body_seconds = {BODY_SECONDS}\n")
    hub = Hub(folder / "data", "--config", str(settings))
    hub.start()
    yield hub
    assert hub.memory() < MEMORY
    assert hub.stop() == 0, hub.words()
    assert "Traceback" not in hub.words()


@pytest.fixture(scope="session")
def path_of() -> dict[Hub, str]:
    """Remember where forms are sent to, for asking takes a second."""
    return {}


@pytest.fixture
async def hub(running: Hub) -> AsyncIterator[Hub]:
    """Give that hub; whatever a test does to it, it answers others in time and digests what it took."""
    await running.listening()
    with Pulse(running.port) as pulse:
        yield running
        gauges = await eventually(lambda: digested(running), DIGESTED)
    assert pulse.worst < STALL + pulse.usual, (
        f"nobody was answered for {pulse.worst:.2f} s, a bare server took {pulse.usual:.2f} s"
    )
    assert gauges is not None
    assert gauges["ringback_journal_failed"] == 0


@pytest.fixture
def intake(hub: Hub, path_of: dict[Hub, str]) -> str:
    """Give the path that forms are sent to."""
    if hub not in path_of:
        path_of[hub] = hub.tell("channel", "url", "website")
    return path_of[hub]


@pytest.fixture
async def sender(hub: Hub, intake: str) -> AsyncIterator[Sender]:
    """Give somebody with bad intentions."""
    async with aiohttp.ClientSession(hub.address) as client, open_store(hub.data) as db:
        yield Sender(client, hub, intake, db)


@pytest.fixture
async def db(hub: Hub) -> AsyncIterator[Database]:
    """Give the hub's own database, to look at beside it."""
    async with open_store(hub.data) as opened:
        yield opened
