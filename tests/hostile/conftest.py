"""A real hub that is treated badly, somebody who feels its pulse meanwhile, and a look at what it made of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from hub.db import Database
from hub.store import open_store
from tests.eventually import eventually
from tests.hostile.pulse import Pulse
from tests.servers.ringback import Hub

BODY_SECONDS = 2
STALL = 1.0  # seconds: a loop that answers later than this was stalled
DIGESTED = 60


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Give a hub that waits but two seconds for a body."""
    folder = tmp_path_factory.mktemp("hostile")
    settings = folder / "ringback.toml"
    settings.write_text(f"body_seconds = {BODY_SECONDS}\n")
    hub = Hub(folder / "data", "--config", str(settings))
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.words()


@pytest.fixture
async def hub(running: Hub) -> AsyncIterator[Hub]:
    """Give that hub; whatever a test does to it, it answers others in time and digests what it took."""
    await running.listening()
    with Pulse(running.port) as pulse:
        yield running
        gauges = await eventually(lambda: digested(running), DIGESTED)
    assert pulse.worst < STALL, f"nobody was answered for {pulse.worst:.2f} s"
    assert gauges["ringback_journal_failed"] == 0
    assert "Traceback" not in running.words()


@pytest.fixture
async def client(hub: Hub) -> AsyncIterator[aiohttp.ClientSession]:
    """Give somebody who sends to the hub."""
    async with aiohttp.ClientSession(hub.address) as session:
        yield session


@pytest.fixture
def intake(hub: Hub, path_of: dict[Hub, str]) -> str:
    """Give the path that forms are sent to."""
    if hub not in path_of:
        path_of[hub] = hub.tell("channel", "url", "website")
    return path_of[hub]


@pytest.fixture(scope="session")
def path_of() -> dict[Hub, str]:
    """Remember the path, for asking takes a second."""
    return {}


@pytest.fixture
async def db(hub: Hub) -> AsyncIterator[Database]:
    """Give the hub's own database, to look at beside it."""
    async with open_store(hub.data) as opened:
        yield opened


async def digested(hub: Hub) -> dict[str, int] | None:
    """Give the hub's gauges once nothing waits in its journal."""
    async with aiohttp.request("GET", f"{hub.address}/metrics") as answer:
        gauges = {name: int(value) for name, value in re.findall(r"^(\w+) (\d+)$", await answer.text(), re.M)}
    return gauges if gauges["ringback_journal_waiting"] == 0 else None
