"""(a) and (b): forms acknowledged a second against the bare limit, and forms turned into card and task."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from hub.sqlite import driver
from tests.bench.driver import drive, form_body, form_posts, post
from tests.bench.processes import beside

WARM = 300
ROUNDS = 3
FORMS = 4000


async def measure(folder: Path) -> tuple[float, float, float]:
    """Give forms a second: acknowledged by us, by the bare handler, and acknowledged and processed by us."""
    acknowledged, bare, processed = [], [], []
    data = folder / "hub"
    async with (
        beside("tests.bench.bare", str(folder / "bare.db")) as (_, (bare_port,)),
        beside("tests.bench.hub_process", str(data)) as (_, (port, path)),
    ):
        await drive(int(bare_port), [post("/", form_body(number)) for number in range(WARM)])
        await drive(int(port), form_posts(path, WARM))
        await _emptied(data)
        for turn in range(ROUNDS):
            bodies = [post("/", form_body(number)) for number in range(FORMS)]
            bare.append(FORMS / await drive(int(bare_port), bodies))
            begun = time.perf_counter()
            took = await drive(int(port), form_posts(path, FORMS, WARM + turn * FORMS))
            acknowledged.append(FORMS / took)
            await _emptied(data)
            processed.append(FORMS / (time.perf_counter() - begun))
    return sorted(acknowledged)[1], sorted(bare)[1], sorted(processed)[1]


async def _emptied(data: Path) -> None:
    """Wait until the journal has nothing open."""
    connection = driver().connect(data / "ringback.db")
    deadline = time.monotonic() + 120
    while connection.execute("SELECT 1 FROM inbound WHERE due_at IS NOT NULL LIMIT 1").fetchone():
        if time.monotonic() > deadline:
            raise TimeoutError("the journal was not emptied")
        await asyncio.sleep(0.02)
    connection.close()
