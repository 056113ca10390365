"""A sink for letters in a process of its own; prints its port."""

from __future__ import annotations

import asyncio

from tests.servers.sink import sink


async def main() -> None:
    """Take letters until it is ended, and keep none."""
    async with sink() as made:
        print(made.port, flush=True)
        while True:
            await asyncio.sleep(0.1)
            made.letters.clear()
            made.heard.clear()


if __name__ == "__main__":
    asyncio.run(main())
