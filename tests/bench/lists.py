"""(h): the list of contacts, in every order and by many filters, among 100,000 contacts and a million interactions.

Beside it stands the bare query of a page by raw sqlite3: fifty rows along an index, in a thread of their own.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import aiohttp
from sqlalchemy.orm import Session

from crm import listing
from hub import signin
from hub.sqlite import driver
from hub.store import database_file, open_store
from hub.users import find_user
from hub.web.shell import COOKIE
from tests import crowd
from tests.bench.console import signed_in
from tests.bench.processes import beside

CONTACTS = 100_000
INTERACTIONS = 1_000_000
ROUNDS = 6
AGENT = "elin.2@crowd.example"
LISTS = (
    *(f"sort={sign}{name}" for name in listing.CONTACTS.sorts for sign in ("", "-")),
    "department=2", "department=2&sort=name", "responsible=me", "responsible=none&sort=name", "open=any", "open=late",
    "open=none", "open=late&sort=name", "has=phone", "has=no-mail", "last.from=2026-11-01", "made.to=2024-06-30",
    "f.about=Windows", "f.newsletter=yes", "f.budget.from=300000", "organisation=7",
)  # fmt: skip
BARE = "SELECT id, name, last_at FROM contacts WHERE merged_into_id IS NULL ORDER BY last_at DESC, id DESC LIMIT 51"


async def measure(folder: Path) -> tuple[float, float, float]:
    """Give the 95th percentiles in milliseconds: an agent's pages, a manager's, and the bare query."""
    data = folder / "hub"
    async with open_store(data) as db:
        await db.write(crowd.fill, contacts=CONTACTS, interactions=INTERACTIONS)
        agent = {COOKIE: await db.write(_start)}
    manager = await signed_in(data)
    async with beside("tests.bench.hub_process", str(data)) as (_, (port, _path)):
        agents = await _pages(f"http://127.0.0.1:{port}", agent)
        managers = await _pages(f"http://127.0.0.1:{port}", manager)
    return _p95(agents), _p95(managers), _p95(await _bare(database_file(data)))


async def _pages(address: str, cookies: dict[str, str]) -> list[float]:
    """Open every list several times and give the milliseconds of each, those of the first round left out."""
    times: list[float] = []
    async with aiohttp.ClientSession(address, cookies=cookies) as session:
        for number in range(ROUNDS):
            for query in LISTS:
                begun = time.perf_counter()
                async with session.get(f"/contacts?{query}") as answer:
                    await answer.read()
                    answer.raise_for_status()
                if number:
                    times.append((time.perf_counter() - begun) * 1000)
    return times


async def _bare(file: Path) -> list[float]:
    raw = driver().connect(file, check_same_thread=False)
    loop, times = asyncio.get_running_loop(), []
    with ThreadPoolExecutor(1) as thread:
        for _ in range(ROUNDS * len(LISTS)):
            begun = time.perf_counter()
            await loop.run_in_executor(thread, _ask, raw)
            times.append((time.perf_counter() - begun) * 1000)
    raw.close()
    return times


def _ask(connection: sqlite3.Connection) -> list[object]:
    return connection.execute(BARE).fetchall()


def _start(session: Session) -> str:
    user = find_user(session, AGENT)
    return signin.start(session, user.id, lasts=timedelta(hours=1), address="127.0.0.1", agent="bench")


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
