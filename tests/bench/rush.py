"""(k): fifty calls a second through a real Asterisk for a minute: all of them right, and the hub's memory flat."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.calls import Call
from hub.channels import add_channel
from hub.db import Database
from hub.store import open_store
from tests.bench.processes import beside, resident_megabytes
from tests.servers import asterisk as asterisk_server
from tests.servers.sipp import ANSWERED, crowd

RATE, SECONDS, TALK = 50, 60, 2.0
WARM = 500  # calls, after which nothing new is learnt
CALLS = RATE * SECONDS
HALF = CALLS // 2


async def measure(folder: Path) -> tuple[int, float, float]:
    """Give how many of CALLS ended as they were, and by how many megabytes the hub grew: in all, in the second half.

    It grows until what it holds for a while is full: the pages of the store, the ids of calls that ended. What leaks
    grows in the second half as it did in the first.
    """
    data = folder / "hub"
    with asterisk_server.running() as server, crowd(server, folder) as customers:
        async with beside("tests.bench.hub_process", str(data)) as (pid, _), open_store(data) as db:
            settings = {"port": server.ami_port, "secret": server.secret}
            await db.write(add_channel, "pbx", "Office", "asterisk", settings)
            await asyncio.sleep(2)
            customers.calls(ANSWERED, _numbers(0, WARM), rate=RATE, seconds=TALK)
            await _right(db, WARM)
            held = [resident_megabytes(pid)]
            for first in (WARM, WARM + HALF):
                customers.calls(ANSWERED, _numbers(first, HALF), rate=RATE, seconds=TALK)
                right = await _right(db, first + HALF)
                held.append(resident_megabytes(pid))
            return right - WARM, held[2] - held[0], held[2] - held[1]


def _numbers(first: int, count: int) -> list[str]:
    return [f"+467017{number:05}" for number in range(first, first + count)]


async def _right(db: Database, wanted: int) -> int:
    """Wait until so many calls ended as answered, as long as there are more and more of them."""
    known, patience = 0, 60
    while known < wanted and patience:
        await asyncio.sleep(1)
        now_known = await db.read(_answered)
        patience = patience - 1 if now_known == known else 60
        known = now_known
    return known


def _answered(session: Session) -> int:
    right = (Call.outcome == "answered", Call.ended_by == "customer", Call.answered_at.is_not(None))
    return session.scalar(select(func.count()).select_from(Call).where(*right)) or 0
