"""A small AMI client for the tests to look through: it logs in, asks, and keeps every event in order."""

from __future__ import annotations

import asyncio
import contextlib
import itertools

from tests.eventually import eventually

Message = dict[str, str]  # a name that comes several times has its values on lines
SECONDS = 10


class Ami:
    """A session. `events` holds what came since the login."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin to read."""
        self.events: list[Message] = []
        self._answers: dict[str, asyncio.Future[Message]] = {}
        self._numbers = itertools.count(1)
        self._writer = writer
        self._reading = asyncio.create_task(self._read(reader))

    @classmethod
    async def login(cls, port: int, user: str, secret: str) -> Ami:
        """Log in on this machine; PermissionError in Asterisk's words."""
        ami = cls(*await asyncio.open_connection("127.0.0.1", port))
        answer = await ami.ask("Login", Username=user, Secret=secret)
        if answer["Response"] != "Success":
            await ami.close()
            raise PermissionError(answer["Message"])
        await ami.event("FullyBooted")
        return ami

    async def ask(self, action: str, *variables: str, **fields: object) -> Message:
        """Do an action and give its response, whatever it says; TimeoutError. A list follows as events."""
        number = f"test-{next(self._numbers)}"
        lines = [f"Action: {action}", f"ActionID: {number}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        lines += [f"Variable: {each}" for each in variables]
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
        return await asyncio.wait_for(answer, SECONDS)

    async def listed(self, action: str, item: str, **fields: object) -> list[Message]:
        """Do an action that answers by a list, and give the items of this name."""
        answer = await self.ask(action, **fields)
        mine = answer["ActionID"]
        await eventually(lambda: self.having(ActionID=mine, EventList="Complete"))
        return self.having(ActionID=mine, Event=item)

    async def event(self, name: str, seconds: float = SECONDS, **fields: str) -> Message:
        """Give the first event, past or to come, of this name and these values."""
        return (await eventually(lambda: self.having(Event=name, **fields), seconds))[0]

    def having(self, **fields: str) -> list[Message]:
        """Give the events so far with these values."""
        return [each for each in self.events if fields.items() <= each.items()]

    @property
    def is_open(self) -> bool:
        """Whether Asterisk has not hung up."""
        return not self._reading.done()

    async def close(self) -> None:
        """Hang up the line."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        await self._reading

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readline()  # the banner
            while True:
                message = parse(await reader.readuntil(b"\r\n\r\n"))
                if "Event" in message:
                    self.events.append(message)
                elif answer := self._answers.pop(message.get("ActionID", ""), None):
                    answer.set_result(message)


def parse(block: bytes) -> Message:
    """Read one message."""
    message: Message = {}
    for line in block.decode(errors="replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            value = value.removeprefix(" ")
            message[name] = f"{message[name]}\n{value}" if name in message else value
    return message
