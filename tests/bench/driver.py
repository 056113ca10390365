"""A load driver that costs little: raw HTTP over asyncio protocols, every request built beforehand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

CONNECTIONS = 32


def form_posts(path: str, count: int, first: int = 0) -> list[bytes]:
    """Build forms of invented people as whole HTTP requests."""
    return [post(path, form_body(number)) for number in range(first, first + count)]


def form_body(number: int) -> bytes:
    """Fill in one form."""
    return (
        f"name=Anna+Berg+{number}&phone=%2B46701{number:06d}&email=anna.{number}%40berg.example"
        f"&message=Two+windows+and+a+door&openings=4&roof=red"
    ).encode()


def post(path: str, body: bytes) -> bytes:
    """Write one request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Client(asyncio.Protocol):
    """One connection that sends the next request as soon as the last is answered."""

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None]) -> None:
        """Take requests from a shared iterator until it is empty."""
        self.requests = requests
        self.done = done
        self.answered = 0
        self.refused = 0
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """Count an answer once it is whole, and go on."""
        self._seen += data
        head, found, body = self._seen.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if len(body) < length:
            return
        self._seen = b""
        self.answered += 1
        self.refused += not head.startswith(b"HTTP/1.1 200")
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """End, well or badly."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))

    def _next(self) -> None:
        request = next(self.requests, None)
        if request is not None:
            self.transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)
            self.transport.close()


async def drive(port: int, requests: Sequence[bytes], connections: int = CONNECTIONS) -> float:
    """Send all requests over so many connections and give the seconds it took; every answer must be 200."""
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    clients: list[Client] = []
    ends = []
    begun = time.perf_counter()
    for _ in range(connections):
        ends.append(loop.create_future())
        _, client = await loop.create_connection(lambda end=ends[-1]: Client(waiting, end), "127.0.0.1", port)
        clients.append(client)
    await asyncio.gather(*ends)
    took = time.perf_counter() - begun
    if any(client.refused for client in clients) or sum(client.answered for client in clients) != len(
        requests
    ):
        raise RuntimeError("not every request was answered with 200")
    return took
