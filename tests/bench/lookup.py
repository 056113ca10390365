"""(e): a number looked up among a million handles, against the raw indexed query in a thread of its own.

Neither may stall the event loop, so both pay for the way to a thread and back.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm.contacts import PHONE, find
from hub.sqlite import driver
from hub.store import database_file, open_store

HANDLES = 1_000_000
LOOKUPS = 2_000
ROUNDS = 5


async def measure(folder: Path) -> tuple[float, float]:
    """Give the microseconds of one look-up, ours and the raw one's."""
    numbers = [f"+467{random.randrange(HANDLES):08d}" for _ in range(LOOKUPS)]  # noqa: S311 - any will do
    async with open_store(folder) as db:
        await db.write(_people)
        raw = driver().connect(database_file(folder), check_same_thread=False)
        thread = ThreadPoolExecutor(1)

        async def ours(number: str) -> int | None:
            return await db.read(find, PHONE, number)

        async def bare(number: str) -> int | None:
            return await asyncio.get_running_loop().run_in_executor(thread, _raw, raw, number)

        ours_took, bare_took = [], []
        for _ in range(ROUNDS):
            bare_took.append(await _time(bare, numbers))
            ours_took.append(await _time(ours, numbers))
        thread.shutdown()
        raw.close()
    return sorted(ours_took)[ROUNDS // 2], sorted(bare_took)[ROUNDS // 2]


async def _time(find_one: Callable[[str], Awaitable[int | None]], numbers: list[str]) -> float:
    begun = time.perf_counter()
    for number in numbers:
        if await find_one(number) is None:
            raise LookupError(number)
    return (time.perf_counter() - begun) / len(numbers) * 1e6


def _raw(connection: sqlite3.Connection, number: str) -> int | None:
    row = connection.execute(
        "SELECT contact_id FROM handles WHERE value = ? AND kind = 'phone'", (number,)
    ).fetchone()
    return row[0] if row else None


def _people(session: Session) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last) "
    values = {"last": HANDLES - 1}
    session.execute(text(numbers + "INSERT INTO contacts (id, name, fields, made_at, changed_at) SELECT i + 1, "
                         "'Anna Berg ' || i, '{}', '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000' FROM n"),
                    values)  # fmt: skip
    session.execute(text(numbers + "INSERT INTO handles (contact_id, kind, value, made_at) SELECT i + 1, 'phone', "
                         "'+467' || printf('%08d', i), '2026-01-01 00:00:00.000000' FROM n"), values)  # fmt: skip
