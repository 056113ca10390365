"""(h): the pages of a house with 100,000 contacts and a million interactions: every list, days, cards, search.

Beside them stands the bare query of a page by raw sqlite3: fifty rows along an index, in a thread of their own.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Sequence
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
from tests.bench.console import signed_in
from tests.bench.processes import beside

ROUNDS = 6
AGENT = "elin.2@crowd.example"
CARDS = 5
LISTS = (
    *(f"sort={sign}{name}" for name in listing.CONTACTS.sorts for sign in ("", "-")),
    "department=2", "department=2&sort=name", "responsible=me", "responsible=none&sort=name", "open=any", "open=late",
    "open=none", "open=late&sort=name", "has=phone", "has=no-mail", "last.from=2026-11-01", "made.to=2024-06-30",
    "f.about=Windows", "f.newsletter=yes", "f.budget.from=300000", "organisation=7", "q=anna", "q=berg+fonster",
)  # fmt: skip
ROOMS = (
    "/today", "/today?whose=mine", "/today?whose=team", "/tasks", "/tasks?whose=queue", "/tasks?due=late",
    "/tasks?state=done", "/organisations", "/organisations/7", "/calls", "/calls?outcome=missed",
    "/calls?callback=waits", "/calls?by=me", "/calls?queue=sales", "/calls?sort=started", "/duplicates", "/alarms",
    "/wallboard",
    "/people", "/absences", "/search?q=anna", "/search?q=fonster", "/search?q=0702", "/palette", "/preferences",
)  # fmt: skip
MANAGED = (
    "/today?whose=company",
    "/wallboard",
    "/journal",
    "/audit",
    "/policies",
    "/calendars",
    "/channels",
    "/fields",
    "/deeds",
)
BARE = "SELECT id, name, last_at FROM contacts WHERE merged_into_id IS NULL ORDER BY last_at DESC, id DESC LIMIT 51"


async def measure(data: Path) -> tuple[float, float, float]:
    """Give the 95th percentiles in milliseconds: an agent's pages, a manager's, and the bare query.

    `data` is a house that is full, indexed and looked through, so the hub has nothing else to do.
    """
    async with open_store(data) as db:
        agent = {COOKIE: await db.write(_start)}
    manager = await signed_in(data)
    async with beside("tests.bench.hub_process", str(data)) as (_, (port, _path)):
        address = f"http://127.0.0.1:{port}"
        agents = await _pages(address, agent, ROOMS)
        managers = await _pages(address, manager, (*ROOMS, *MANAGED))
    return _p95(agents), _p95(managers), _p95(await _bare(database_file(data)))


async def _pages(address: str, cookies: dict[str, str], rooms: Sequence[str]) -> list[float]:
    """Open every page several times and give the milliseconds of each, those of the first round left out."""
    times: list[float] = []
    async with aiohttp.ClientSession(address, cookies=cookies) as session:
        paths = [*rooms, *(f"/contacts?{query}" for query in LISTS), *await _cards(session)]
        for number in range(ROUNDS):
            for path in paths:
                begun = time.perf_counter()
                async with session.get(path) as answer:
                    await answer.read()
                    answer.raise_for_status()
                if number:
                    times.append((time.perf_counter() - begun) * 1000)
    return times


async def _cards(session: aiohttp.ClientSession) -> list[str]:
    """Give the first cards of the list."""
    async with session.get("/contacts") as answer:
        return list(dict.fromkeys(re.findall(r"/contacts/\d+(?=\")", await answer.text())))[:CARDS]


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
