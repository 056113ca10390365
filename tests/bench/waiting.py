"""(d): what firing due timers costs with a thousand waiting and with a million."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm.deadlines import Deadline
from crm.setup import setup
from crm.sla import promise
from crm.tasks import add_task
from hub.app import deadlines, fill
from hub.clock import now
from hub.db import Database
from hub.settings import default_file
from hub.store import open_store

FEW, MANY = 1_000, 1_000_000
FIRED = 500
ROUNDS = 3
OWN = {"id", "task_id", "next_at"}  # what a copied deadline has for itself


async def measure(folder: Path) -> tuple[float, float]:
    """Give the microseconds a due timer costs, with MANY and with FEW waiting."""
    many, few = [], []
    async with open_store(folder / "many") as much, open_store(folder / "few") as little:
        for db, count in ((much, MANY), (little, FEW)):
            await fill(db, default_file("company.toml"))
            await db.write(_wait, count)
        for _ in range(ROUNDS):
            few.append(await _fire(little))
            many.append(await _fire(much))
    return sorted(many)[1], sorted(few)[1]


async def _fire(db: Database) -> float:
    """Make FIRED deadlines due and give the microseconds that each took until its step was taken."""
    await db.write(_make_due, FIRED)
    timer = deadlines(db)
    begun = time.perf_counter()
    running = asyncio.create_task(timer.run())
    while await db.read(_due) > 0:
        await asyncio.sleep(0.005)
    took = time.perf_counter() - begun
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return took / FIRED * 1e6


def _wait(session: Session, count: int) -> None:
    """Have so many tasks with deadlines wait, spread over a year to come: one real one, and copies of it."""
    at = now()
    task_id = add_task(session, title="Call back", kind="form", why="", why_me="", department_id=1,
                       assignee_id=None, created_at=at)  # fmt: skip
    promise(session, setup(session), task_id, "form", 1, at)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
    tasks = (
        "INSERT INTO tasks (id, title, kind, why, why_me, department_id, created_at) "
        "SELECT i, title, kind, why, why_me, department_id, created_at FROM n, tasks WHERE tasks.id = 1"
    )
    session.execute(text(numbers + tasks), {"count": count})
    copied = [column.name for column in Deadline.__table__.columns if column.name not in OWN]
    deadlines = (
        f"INSERT INTO deadlines (task_id, next_at, {', '.join(copied)}) "
        "SELECT i, strftime('%Y-%m-%d %H:%M:%S.000000', d.next_at, '+' || (86400 + i % 31000000) || ' seconds'), "
        f"{', '.join('d.' + name for name in copied)} FROM n, deadlines d WHERE d.id = 1"
    )
    session.execute(text(numbers + deadlines), {"count": count})


def _make_due(session: Session, count: int) -> None:
    session.execute(
        text("UPDATE deadlines SET next_at = :at WHERE id IN (SELECT id FROM deadlines WHERE next_at > :at "
             "ORDER BY next_at DESC LIMIT :count)"), {"at": _stored(-1), "count": count},
    )  # fmt: skip


def _due(session: Session) -> int:
    query = text("SELECT count(*) FROM deadlines WHERE next_at <= :at")
    return int(session.execute(query, {"at": _stored(0)}).scalar_one())


def _stored(seconds: float) -> str:
    return (now() + timedelta(seconds=seconds)).isoformat(" ", "microseconds")[:-6]
