"""A machine posts thousands of times: it makes no tasks beyond the first, and keeps no customer out."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.conversations import Interaction
from crm.tasks import Task
from hub import floods
from hub.db import Database
from hub.journal import Inbound
from hub.store import open_store
from tests.bench.driver import drive
from tests.eventually import eventually
from tests.hostile.sight import digested
from tests.hub.test_proofs import solve
from tests.servers.ringback import Hub

POSTS = int(os.environ.get("POSTS", "2000"))  # `make soak` has the ten thousand of a minute
NETWORKS, EACH = 20, 10
BOT, CUSTOMER = "203.0.113.7", "203.0.113.200"
PER_NETWORK = 10
DIGESTED = 500  # seconds


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    """Give a hub behind a proxy, which says from where posts come."""
    settings = tmp_path / "ringback.toml"
    settings.write_text("behind_proxy = true\n")
    made = Hub(tmp_path / "data", "--config", str(settings))
    made.start()
    try:
        await made.listening()
        yield made
        assert made.stop() == 0, made.words()
    finally:
        made.stop()


def spam(path: str, number: int, address: str) -> bytes:
    """Write what a machine posts: each time something else, so that nothing is the same request sent again."""
    body = f"name=Bot+{number}&phone=%2B46701{number:06d}&message=" + quote(f"Buy number {number} at once")
    head = (
        f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/x-www-form-urlencoded",
        "Accept: application/json", "Origin: https://klarruta.example", f"X-Forwarded-For: {address}",
        f"Content-Length: {len(body)}", "", body,
    )  # fmt: skip
    return "\r\n".join(head).encode()


async def post(hub: Hub, path: str, **answers: str) -> None:
    """Post as a customer of the same network does."""
    headers = {
        "X-Forwarded-For": CUSTOMER,
        "Origin": "https://klarruta.example",
        "Accept": "application/json",
    }
    async with aiohttp.request("POST", f"{hub.address}{path}", data=answers, headers=headers) as answer:
        assert answer.status == 200


async def proof(hub: Hub, path: str) -> str:
    """Do the work that the form's own page asks of a browser."""
    token = path.rpartition("/")[2]
    async with aiohttp.request("GET", f"{hub.address}/forms/{token}") as answer:
        found = re.search(r'data-challenge="([^"]+)"', await answer.text())
    assert found
    return solve(found[1])


@pytest.mark.timeout(900)
async def test_thousands_of_posts_fill_nothing_and_keep_nobody_out(hub: Hub) -> None:
    path = hub.tell("channel", "url", "website").removeprefix(hub.address)
    path = path[path.index("/in/") :]
    await drive(hub.port, [spam(path, number, BOT) for number in range(POSTS)])
    others = [spam(path, POSTS + each, f"198.51.{each % NETWORKS}.9") for each in range(NETWORKS * EACH)]
    await drive(hub.port, others)
    await post(hub, path, name="Karin Ekdahl", phone="070-174 06 12", _proof=await proof(hub, path))
    await eventually(lambda: digested(hub), DIGESTED)
    async with open_store(hub.data) as db:
        assert await tasks(db) == PER_NETWORK + 2  # and the one that tells of it
        assert await db.read(karin) == (1, 1)
        masses = await db.read(floods.waiting, 1)
        assert sum(mass.size for mass in masses) > 0.99 * (POSTS + NETWORKS * EACH)
        assert (
            len(masses) <= NETWORKS + 2
        )  # a line for each network; the first has one before the form itself is full


async def tasks(db: Database) -> int:
    return await db.read(lambda session: session.scalar(select(func.count(Task.id)))) or 0


def karin(session: Session) -> tuple[int, int]:
    """Count what the customer's request became."""
    touches = session.scalars(
        select(Interaction.id).where(Interaction.inbound_id == select(func.max(Inbound.id)).scalar_subquery())
    )
    ids = list(touches)
    made = session.scalar(select(func.count(Task.id)).where(Task.interaction_id.in_(ids))) or 0
    return len(ids), made
