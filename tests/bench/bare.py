"""The limit: a bare aiohttp handler that reads the body and inserts it by raw sqlite3 in a group-committing thread.

`python -m tests.bench.bare FILE` listens on a free port of 127.0.0.1 and prints it. `POST /` is one commit and an
answer; `POST /notice` two commits one after the other, then a line to every WebSocket at `/live`.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from queue import Empty, SimpleQueue

from aiohttp import web

from hub.sqlite import driver

GROUP = 64


class Writer:
    """A thread that commits whatever waits."""

    def __init__(self, file: str) -> None:
        """Open the file durably."""
        self.queue: SimpleQueue[tuple[bytes, asyncio.Future[None]]] = SimpleQueue()
        self.file = file
        threading.Thread(target=self.serve, daemon=True).start()

    async def insert(self, body: bytes) -> None:
        """Return once the body is on disk."""
        future = asyncio.get_running_loop().create_future()
        self.queue.put((body, future))
        await future

    def serve(self) -> None:
        """Insert and commit for ever."""
        connection = driver().connect(self.file, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB)")
        while True:
            group = [self.queue.get()]
            while len(group) < GROUP:
                try:
                    group.append(self.queue.get_nowait())
                except Empty:
                    break
            connection.execute("BEGIN IMMEDIATE")
            for body, _ in group:
                connection.execute("INSERT INTO bodies (body) VALUES (?)", (body,))
            connection.execute("COMMIT")
            group[0][1].get_loop().call_soon_threadsafe(_tell, group)


def _tell(group: list[tuple[bytes, asyncio.Future[None]]]) -> None:
    for _, future in group:
        if not future.done():
            future.set_result(None)


async def main(file: str) -> None:
    """Serve until killed."""
    writer = Writer(file)
    sockets: set[web.WebSocketResponse] = set()

    async def keep(request: web.Request) -> web.Response:
        await writer.insert(await request.read())
        return web.Response(text="ok")

    async def notice(request: web.Request) -> web.Response:
        body = await request.read()
        await writer.insert(body)
        await writer.insert(body)
        for socket in sockets:
            await socket.send_str('{"kind":"task"}')
        return web.Response(text="ok")

    async def live(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        sockets.add(socket)
        async for _ in socket:
            pass
        return socket

    app = web.Application()
    app.router.add_post("/", keep)
    app.router.add_post("/notice", notice)
    app.router.add_get("/live", live)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
