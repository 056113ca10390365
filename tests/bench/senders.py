"""(n): how long each sender waits for its answer at two hundred posts a second, the commit included."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import aiohttp
from msgspec import structs

from hub.channels import Channel, add_channel
from hub.clock import now
from hub.db import Database
from hub.store import open_store
from tests.bench.processes import beside
from tests.connectors.forms.recordings import Recording, recordings

RATE, SECONDS = 200, 10  # posts a second of each sender, and for how long
WARM = 100
CONNECTIONS = 64
KEPT = {"host", "content-length", "connection"}  # headers that the driver writes by itself


async def measure(folder: Path) -> Mapping[str, float]:
    """Give by sender the 99th percentile of its answers in milliseconds, from the moment each was due to be sent."""
    data = folder / "hub"
    found: dict[str, float] = {}
    async with beside("tests.bench.hub_process", str(data)) as (_, (port, _path)), open_store(data) as db:
        for each in _one_of_each():
            intake = await _channel(db, each)
            await asyncio.sleep(3)  # within which a hub takes up what another process configured
            below = each.raw.headers.get(":path", "")
            url = f"http://127.0.0.1:{port}{intake}/{below}".rstrip("/")
            await _rate(url, each, WARM)
            took = sorted(await _rate(url, each, RATE * SECONDS))
            found[each.sender] = 1000 * took[int(0.99 * len(took))]
    return found


def _one_of_each() -> list[Recording]:
    """Give one post of each sender that is no ping: the largest, which costs most."""
    found: dict[str, Recording] = {}
    for each in sorted(recordings(), key=lambda one: len(one.raw.body)):
        is_post = each.raw.headers[":method"] == "POST" and not each.expected.get("ping")
        if each.sender and is_post and each.expected.get("posts"):
            found[each.sender] = each
    return list(found.values())


async def _channel(db: Database, each: Recording) -> str:
    """Set up a channel for a sender, its secret included, and give the path of its intake."""
    settings = {"sender": each.sender, "title": each.sender, **each.expected.get("settings", {})}
    if "proof" in each.expected and not _is_timed(each):
        settings["secret"] = each.expected["proof"]
    name = f"bench-{each.sender}"
    row = cast("Channel", await db.write(add_channel, name, name, "form", settings))
    return f"/in/{name}/{row.token}"


def _is_timed(each: Recording) -> bool:
    """Tell whether it signs the moment it was recorded, which is long ago: such a one is taken without its proof."""
    return each.forms().doubt(structs.replace(each.raw, received_at=now())) is not None


async def _rate(url: str, each: Recording, count: int) -> list[float]:
    """Send so many posts at the rate, and give how many seconds each was answered after it was due.

    Each carries its sender's own key, so that all but the first are the same request sent again: what is measured is
    how long a sender waits, and that does not depend on what a post becomes.
    """
    query = each.raw.headers.get(":query", "")
    headers = {name: value for name, value in each.raw.headers.items() if name[0] != ":" and name not in KEPT}
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, skip_auto_headers=["User-Agent"]) as session:
        begun = time.perf_counter()

        async def send(number: int) -> float:
            due = begun + number / RATE
            await asyncio.sleep(due - time.perf_counter())
            address = f"{url}?{query}" if query else url
            async with session.post(address, data=each.raw.body, headers=headers) as answer:
                await answer.read()
                if answer.status >= 300:
                    raise RuntimeError(f"{each.name}: {answer.status}")
            return time.perf_counter() - due

        return await asyncio.gather(*(send(number) for number in range(count)))
