"""(f): the memory of an idle hub, and with two hundred consoles open."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from tests.bench.console import signed_in
from tests.bench.driver import drive, form_posts
from tests.bench.processes import beside, resident_megabytes

CONSOLES = 200


async def measure(folder: Path) -> tuple[float, float]:
    """Give megabytes: idle after some work, and with all consoles open."""
    async with beside("tests.bench.hub_process", str(folder)) as (pid, (port, path)):
        await drive(int(port), form_posts(path, 100))
        await asyncio.sleep(2)
        idle = resident_megabytes(pid)
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(
                aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookies=await signed_in(folder),
                                      connector=aiohttp.TCPConnector(limit=0))
            )  # fmt: skip
            for _ in range(CONSOLES):
                await stack.enter_async_context(session.ws_connect("/live"))
            await drive(int(port), form_posts(path, 100, 100))
            await asyncio.sleep(2)
            return idle, resident_megabytes(pid)
