"""A small PBX for tests: it speaks AMI as Asterisk does, plays captures, and can be broken in many ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from connectors.asterisk.link import Address
from connectors.asterisk.messages import parse

SECRET = "sesame"  # noqa: S105 - of a PBX that exists in tests
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
BOOTED = b"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 100\r\nStatus: Fully Booted\r\n\r\n"


class FakePbx:
    """Answers actions with what `answers` holds for them, else with a bare Success.

    `is_mute`: it takes everything and says nothing any more. `actions` are those that came, `logins` how many tried.
    """

    def __init__(self, answers: Mapping[str, Sequence[bytes]] | None = None) -> None:
        """Listen nowhere yet."""
        self.answers = dict(answers or {})
        self.actions: list[dict[str, str]] = []
        self.logins = 0
        self.is_mute = False
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._talks: set[asyncio.Task[None]] = set()

    def address(self, secret: str = SECRET) -> Address:
        """Give where it is."""
        return Address("127.0.0.1", self.port, "hub", secret)

    def send(self, data: bytes) -> None:
        """Say something to everybody who is connected."""
        for writer in self._writers:
            writer.write(data)

    def cut_off(self) -> None:
        """Close all connections at once."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def close(self) -> None:
        """Cut everybody off, and see all of them gone."""
        self.cut_off()
        await asyncio.wait_for(asyncio.gather(*self._talks), 10)

    def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        self._talks.add(asyncio.create_task(self._talk(reader, writer)))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(BANNER)
        try:
            while True:
                action = parse((await reader.readuntil(b"\r\n\r\n"))[:-4])
                if not self._answer(action, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, action: dict[str, str], writer: asyncio.StreamWriter) -> bool:
        self.actions.append(action)
        number = f"ActionID: {action['ActionID']}\r\n".encode()
        if action["Action"] == "Login":
            self.logins += 1
            if action["Secret"] != SECRET:
                writer.write(b"Response: Error\r\n" + number + b"Message: Authentication failed\r\n\r\n")
                return False
            self._writers.append(writer)
            writer.write(
                b"Response: Success\r\n" + number + b"Message: Authentication accepted\r\n\r\n" + BOOTED
            )
        elif not self.is_mute:
            for answer in self.answers.get(action["Action"], [b"Response: Success\r\n"]):
                writer.write(answer + number + b"\r\n")
        return True


@asynccontextmanager
async def fake_pbx(answers: Mapping[str, Sequence[bytes]] | None = None) -> AsyncIterator[FakePbx]:
    """Run a PBX on a free port."""
    pbx = FakePbx(answers)
    server = await asyncio.start_server(pbx.talk, "127.0.0.1", 0)
    pbx.port = server.sockets[0].getsockname()[1]
    try:
        yield pbx
    finally:
        server.close()
        await pbx.close()
