"""(g): search while somebody types, among 100,000 contacts and a million interactions, against the bare query.

The index is filled as the hub fills it, by its own notes, and everybody is looked through for duplicates, so that the
house can be used by others after. What is typed are the beginnings of people's names, of words
of their messages, and numbers, letter after letter, as an agent and as a manager.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import search_feed
from crm.folding import words
from crm.search import Question, find
from hub.app import likely_duplicates
from hub.db import Database
from hub.sqlite import driver
from hub.store import database_file, open_store
from hub.users import User, Viewer, viewer
from tests import crowd

CONTACTS, INTERACTIONS = 100_000, 1_000_000
LOT = 4_000
TYPED = (
    "Karin Lindqvist",
    "Håkan Öh",
    "Eriksson",
    "window",
    "fönster kost",
    "070-174 06",
    "example.com",
    "brf ek",
)
BARE = "SELECT rowid FROM search_{kind} WHERE search_{kind} MATCH ? ORDER BY rowid DESC LIMIT 101"
KINDS = ("contact", "organisation", "task", "interaction")


async def measure(
    folder: Path, contacts: int = CONTACTS, interactions: int = INTERACTIONS
) -> tuple[float, float, float]:
    """Give the 95th percentile in milliseconds of an agent's search, of a manager's, and of the bare queries."""
    async with open_store(folder) as db:
        await db.write(crowd.fill, contacts=contacts, interactions=interactions)
        await db.write(search_feed.install)
        while lot := await db.read(search_feed.gather, LOT):
            await db.write(search_feed.index, lot)
        doubles = likely_duplicates(db)
        while await doubles.step():
            pass
        agent, manager = await db.read(_viewers)
        texts = [text[:end] for text in TYPED for end in range(2, len(text) + 1)]
        await _times(db, manager, texts)  # warm
        return (
            _p95(await _times(db, agent, texts)),
            _p95(await _times(db, manager, texts)),
            _p95(await _bare_times(database_file(folder), texts)),
        )


async def _times(db: Database, who: Viewer, texts: Sequence[str]) -> list[float]:
    times = []
    for text in texts:
        begun = time.perf_counter()
        await db.read(find, who, Question(text=text))
        times.append((time.perf_counter() - begun) * 1000)
    return times


async def _bare_times(file: Path, texts: Sequence[str]) -> list[float]:
    """Ask each kind's table for the same words, from a thread of its own."""
    connection, thread, times = driver().connect(file, check_same_thread=False), ThreadPoolExecutor(1), []
    for text in texts:
        wanted = " AND ".join(f'"{word}"*' for word in words(text))
        begun = time.perf_counter()
        await asyncio.get_running_loop().run_in_executor(thread, _ask, connection, wanted)
        times.append((time.perf_counter() - begun) * 1000)
    thread.shutdown()
    connection.close()
    return times


def _ask(connection: sqlite3.Connection, wanted: str) -> None:
    for kind in KINDS:
        connection.execute(BARE.format(kind=kind), (wanted,)).fetchall()


def _viewers(session: Session) -> tuple[Viewer, Viewer]:
    agent = session.scalars(select(User).where(User.role == "agent", User.department_id.is_not(None))).first()
    assert agent is not None
    return viewer(agent), Viewer(None, "manager", None, "Manager")


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
