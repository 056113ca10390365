"""The Asterisk connector: listens to a PBX, tells of its calls, and places those that somebody asked for.

What is kept in the journal is a call as it is at a moment, told about six times in its life. After each connection it
is told which calls live, so that none goes on for ever that ended while nobody listened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

import msgspec
from msgspec import structs

from connectors.asterisk.calls import Calls
from connectors.asterisk.link import Address, Link
from connectors.asterisk.operator import Operator
from connectors.asterisk.settings import AsteriskSettings
from hub.clock import now
from hub.connector import Connector, Line, Raw, Unavailable
from hub.events import CALLING, CallChanged, CallsListed, Command, Event
from hub.said import said

Told = CallChanged | CallsListed


class Asterisk(Connector):
    """One PBX."""

    kind: ClassVar[str] = "asterisk"
    settings_type: ClassVar[type[AsteriskSettings]] = AsteriskSettings
    carries: ClassVar[tuple[type, ...]] = CALLING
    settings: AsteriskSettings

    def __init__(self, channel: str, token: str, settings: AsteriskSettings) -> None:
        """Know no call yet."""
        super().__init__(channel, token, settings)
        self._calls = Calls(settings.plan)
        self._link: Link | None = None
        self._silent_since: float | None = None
        self._news = asyncio.Condition()

    async def run(self, line: Line) -> None:
        """Listen to the PBX until the link is lost."""
        link = Link(self._address())
        try:
            await link.connect()
            await self._take_stock(line, link)
            self._link = link
            await line.up()
            while True:
                await self._keep(line, self._calls.hear(await link.events()))
                async with self._news:
                    self._news.notify_all()
                if link.dropped["calls"]:
                    raise Unavailable(said("More came from the PBX than could be read."))
        finally:
            self._link = None
            self._silent_since = link.heard_at or self._silent_since
            link.close()

    def read(self, raw: Raw) -> tuple[Event, ...]:
        """Give what was kept; ValueError for anything else."""
        told = msgspec.json.decode(raw.body, type=Told)
        if isinstance(told, CallChanged):
            department = self.settings.department_of(told.call.queue, told.call.dialled)
            return (structs.replace(told, department=department),)
        return (told,)

    async def send(self, command: Command) -> str:
        """Do at once what was asked for, or say why not; a call that was placed is known by its id from then on."""
        if self._link is None:
            raise Unavailable(said("There is no connection to the PBX."))
        return await Operator(self.settings, self._link, self._calls, self._news).do(command)

    async def _take_stock(self, line: Line, link: Link) -> None:
        snapshot = await link.snapshot(self._silent_since)
        changed = self._calls.resync(snapshot)
        await self._keep(line, changed)
        if snapshot.items is None:
            return
        heard = snapshot.silent_since
        listed = CallsListed(keys=self._calls.keys, at=datetime.fromtimestamp(snapshot.at, UTC),
                             silent_since=datetime.fromtimestamp(heard, UTC) if heard else None)  # fmt: skip
        await line.accept(f"listed {int(snapshot.at * 1000)}", _raw(listed))

    async def _keep(self, line: Line, changed: Iterable[CallChanged]) -> None:
        for each in changed:
            await line.accept(f"{each.call.key} {each.number}", _raw(each), each.call.key)

    def _address(self) -> Address:
        try:
            return self.settings.address
        except OSError as error:
            raise Unavailable(
                said("The file with the secret cannot be read: %(why)s", why=str(error))
            ) from error


def _raw(told: Told) -> Raw:
    return Raw(
        body=msgspec.json.encode(told), headers={"content-type": "application/json"}, received_at=now()
    )
