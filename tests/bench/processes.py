"""Programs beside the bench, each in a process of its own, ended when the bench is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def beside(module: str, *arguments: str) -> AsyncIterator[tuple[int, list[str]]]:
    """Run `python -m module` and give its process id and the words of the first line it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        yield process.pid, line.decode().split()
    finally:
        process.terminate()
        await process.wait()


def resident_megabytes(pid: int) -> float:
    """Give the memory that a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError(pid)
