"""(c): from the POST of a form to the notice at a console's WebSocket, against a bare echo with two commits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp

from tests.bench.console import signed_in
from tests.bench.driver import form_body
from tests.bench.processes import beside

FORMS = 400
PAUSE = 0.004  # seconds between two forms: a busy company, not a flood


async def measure(folder: Path) -> tuple[float, float]:
    """Give the 99th percentile in milliseconds, ours and the bare one's."""
    data = folder / "hub"
    async with (
        beside("tests.bench.bare", str(folder / "bare.db")) as (_, (bare_port,)),
        beside("tests.bench.hub_process", str(data)) as (_, (port, path)),
        aiohttp.ClientSession(f"http://127.0.0.1:{bare_port}") as bare,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookies=await signed_in(data)) as ours,
    ):
        bare_times = await notices(bare, "/notice", lambda _line: True)
        our_times = await notices(ours, path, lambda line: '"kind":"task"' in line)
    return p99(our_times), p99(bare_times)


async def notices(session: aiohttp.ClientSession, path: str, wanted: Callable[[str], bool]) -> list[float]:
    """Post forms one after the other and give the milliseconds until each was heard of."""
    times = []
    async with session.ws_connect("/live") as socket:
        for number in range(FORMS):
            begun = time.perf_counter()
            posting = asyncio.create_task(_post(session, path, number))
            while True:
                message = await asyncio.wait_for(socket.receive_str(), 10)
                if any(wanted(line) for line in message.splitlines()):
                    break
            times.append((time.perf_counter() - begun) * 1000)
            await posting
            await asyncio.sleep(PAUSE)
    return times[FORMS // 10 :]


async def _post(session: aiohttp.ClientSession, path: str, number: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    async with session.post(path, data=form_body(number), headers=headers) as answer:
        answer.raise_for_status()


def p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]
