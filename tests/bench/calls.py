"""(i): events a second from the socket to the derived call, against a bare asyncio line parser on the same stream.

The stream is all captured calls again and again, each time with ids of its own, from a process of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import panoramisk

from connectors.asterisk.calls import Calls
from connectors.asterisk.link import Address, Link
from hub.connector import Unavailable
from tests.ami import PLAN
from tests.bench.processes import beside

COPIES = 30
ROUNDS = 5
END = b"\r\n\r\n"


async def measure() -> tuple[float, float, float]:
    """Give events a second: ours, the bare parser's, and those of panoramisk with a handler that does nothing.

    The best of some rounds is taken for each: whatever else the machine does only takes away.
    """
    async with beside("tests.bench.pbx_process", str(COPIES)) as (_, (port, events)):
        rates = [[int(events) / await _seconds(way, int(port)) for way in WAYS] for _ in range(ROUNDS)]
    ours, bare, alone = map(max, zip(*rates, strict=True))
    return ours, bare, alone


async def _seconds(way: Callable[[int], Awaitable[None]], port: int) -> float:
    """Count the seconds of our own processor: all of it is work, and the machine may be busy with other things."""
    begun = time.process_time()
    await way(port)
    return time.process_time() - begun


async def _ours(port: int) -> None:
    link, calls, ended = Link(Address("127.0.0.1", port, "hub", "any")), Calls(PLAN), 0
    await link.connect()
    try:
        while True:
            ended += sum(change.call.outcome is not None for change in calls.hear(await link.events()))
    except Unavailable:
        link.close()
    assert ended > COPIES
    assert calls.living == 0
    assert not link.dropped


class _Lines(asyncio.Protocol):
    """Cuts, decodes and splits every message into a dictionary."""

    def __init__(self, done: asyncio.Future[None]) -> None:
        self.rest, self.done, self.seen = b"", done, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"Action: Login\r\nActionID: 1\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        *messages, self.rest = (self.rest + data).split(END)
        for message in messages:
            fields = {}
            for line in message.decode("utf-8", "replace").split("\r\n"):
                header, _, value = line.partition(": ")
                fields[header] = value
            self.seen += "Event" in fields

    def connection_lost(self, _exc: Exception | None) -> None:
        self.done.set_result(None)


async def _bare(port: int) -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    _, lines = await loop.create_connection(lambda: _Lines(done), "127.0.0.1", port)
    await done
    assert lines.seen > COPIES


async def _alone(port: int) -> None:
    done = asyncio.Event()
    quiet = logging.getLogger("quiet")
    quiet.setLevel(logging.CRITICAL)

    class Once(panoramisk.Manager):  # type: ignore[misc]
        def connection_lost(self, _exc: object) -> None:
            done.set()

    manager = Once(loop=asyncio.get_running_loop(), host="127.0.0.1", port=port, username="hub", secret="any",  # noqa: S106
                   log=quiet, ping_delay=3600)  # fmt: skip
    manager.register_event("*", lambda _manager, _event: None)
    await manager.connect()
    await done.wait()
    manager.close()


WAYS = (_ours, _bare, _alone)
