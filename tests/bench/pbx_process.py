"""A PBX that says everything as fast as it is read.

`python -m tests.bench.pbx_process COPIES` listens on a free port and prints it, and how many events it will tell.
Whoever logs in is told all of it, and then the connection is closed.
"""

from __future__ import annotations

import asyncio
import sys

from tests.ami import BANNER, EXPECTED, stream

EPOCH = b"1795449"  # with which every id and every time in the captures begins
PIECE = 256 * 1024
WHOLE = sorted(name for name in EXPECTED if stream(name).count(BANNER) == 1 and "firehose" not in name)


def everything(copies: int) -> bytes:
    """Give the events of all captured calls, in as many copies, each with ids of its own."""
    blocks = [
        block for name in WHOLE for block in stream(name).split(b"\r\n\r\n") if block.startswith(b"Event: ")
    ]
    once = b"".join(block + b"\r\n\r\n" for block in blocks if b"\r\nActionID: lab" not in block)
    return b"".join(once.replace(EPOCH, b"%07d" % (1_000_000 + copy)) for copy in range(copies))


async def main(copies: int) -> None:
    """Serve until killed."""
    data = everything(copies)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(BANNER + b"11.0.0\r\n")
        login = await reader.readuntil(b"\r\n\r\n")
        number = login.partition(b"ActionID: ")[2].partition(b"\r\n")[0]
        writer.write(
            b"Response: Success\r\nActionID: " + number + b"\r\nMessage: Authentication accepted\r\n\r\n"
        )
        for place in range(0, len(data), PIECE):
            writer.write(data[place : place + PIECE])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], data.count(b"Event: "), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
