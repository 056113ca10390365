"""The Asterisk connector: listens to a PBX, tells of its calls, and places those that somebody asked for.

What is kept in the journal is a call as it is at a moment, told about six times in its life. After each connection it
is told which calls live, so that none goes on for ever that ended while nobody listened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import msgspec
from msgspec import structs

from connectors.asterisk import survey
from connectors.asterisk.calls import Calls
from connectors.asterisk.catching_up import CallWritten, catch_up, found_in
from connectors.asterisk.link import Address, Link
from connectors.asterisk.operator import Operator
from connectors.asterisk.panel import WANTED, Panel
from connectors.asterisk.settings import AsteriskSettings
from connectors.asterisk.supervisor import Supervisor
from connectors.asterisk.words import Message
from hub.clock import now
from hub.connector import Connector, Line, Raw, Unavailable
from hub.events import ANSWERING, CALLING, CallChanged, CallsListed, CallState, Command, Event, ListCaller
from hub.exchange import KnownTelephone, Relay
from hub.said import said
from hub.shapes import decode

RELISTED = 60.0  # seconds between two lists of the queues
Told = CallChanged | CallsListed | CallWritten


class Asterisk(Connector):
    """One PBX."""

    kind: ClassVar[str] = "asterisk"
    settings_type: ClassVar[type[AsteriskSettings]] = AsteriskSettings
    carries: ClassVar[tuple[type, ...]] = (*CALLING, *ANSWERING, ListCaller)
    settings: AsteriskSettings

    def __init__(self, channel: str, token: str, settings: AsteriskSettings) -> None:
        """Know no call yet."""
        super().__init__(channel, token, settings)
        self._calls = Calls(settings.plan)
        self._listed_at = 0.0
        self._panel = Panel(settings.plan, lambda queue: settings.department_of(queue, ""))
        self._link: Link | None = None
        self._silent_since: float | None = None
        self._news = asyncio.Condition()
        self._asking: set[asyncio.Task[None]] = set()

    async def run(self, line: Line) -> None:
        """Listen to the PBX until the link is lost."""
        link = Link(self._address(), WANTED)
        try:
            await link.connect()
            await self._take_stock(line, link)
            self._link = link
            await line.up()
            self._catch_up(line)
            while True:
                events = await link.events()
                await self._keep(line, self._calls.hear(events))
                await self._look(line, link, events)
                async with self._news:
                    self._news.notify_all()
                self._ask_where(line, link, [message for message, _at in events])
                if link.lost_calls:
                    raise Unavailable(said("More came from the PBX than could be read."))
        finally:
            self._link = None
            for task in self._asking:
                task.cancel()
            self._silent_since = link.heard_at or self._silent_since
            link.close()

    def read(self, raw: Raw) -> tuple[Event, ...]:
        """Give what was kept; ValueError for anything else."""
        try:
            told = decode(raw.body, Told)
        except RecursionError:
            raise ValueError(said("It is nested too deeply.")) from None
        if isinstance(told, CallWritten):
            found = found_in(told, self.settings.plan, self.settings.recorded_in)
            return tuple(structs.replace(each, department=self._department(each.call)) for each in found)
        if isinstance(told, CallChanged):
            return (structs.replace(told, department=self._department(told.call)),)
        return (told,)

    async def send(self, command: Command) -> str:
        """Do at once what was asked for, or say why not; a call that was placed is known by its id from then on."""
        if self._link is None:
            raise Unavailable(said("There is no connection to the PBX."))
        if isinstance(command, ANSWERING):
            return await Supervisor(self.settings, self._link, self._calls, self._panel, self._news).do(
                command
            )
        return await Operator(self.settings, self._link, self._calls, self._news).do(command)

    @property
    def browsers_at(self) -> str:
        """Give where browsers come in as telephones."""
        return self.settings.webrtc

    @property
    def relays(self) -> Sequence[Relay]:
        """Give what helps the sound of browsers through networks."""
        return self.settings.relays

    async def bring(self, name: str, into: Path) -> None:
        """Write a recording of the PBX into a file of ours."""
        await self.settings.shelf.bring(name, into)

    async def survey(self) -> Sequence[KnownTelephone]:
        """Give the telephones that the PBX knows of staff, over a connection of its own."""
        return await survey.survey(self._address(), self.settings.plan)

    async def ring(self, extension: str) -> None:
        """Have a telephone ring, over a connection of its own."""
        await survey.ring(self._address(), self.settings.dial.format(extension=extension))

    async def _take_stock(self, line: Line, link: Link) -> None:
        snapshot = await link.snapshot(self._silent_since)
        changed = self._calls.resync(snapshot)
        await self._keep(line, changed)
        self._panel.resync(snapshot)
        self._listed_at = snapshot.at
        line.show(self._panel.board)
        await link.ask_devices()
        if snapshot.items is None:
            return
        heard = snapshot.silent_since
        listed = CallsListed(keys=self._calls.keys, at=datetime.fromtimestamp(snapshot.at, UTC),
                             silent_since=datetime.fromtimestamp(heard, UTC) if heard else None)  # fmt: skip
        await line.accept(f"listed {int(snapshot.at * 1000)}", _raw(listed))

    async def _look(self, line: Line, link: Link, events: Sequence[tuple[dict[str, str], float]]) -> None:
        """Keep the board up to date; now and then it is listed anew, for what no event said or nobody could read."""
        at = now().timestamp()
        if self._panel.hear(events) or at - self._listed_at > RELISTED:
            self._listed_at = at
            with suppress(TimeoutError):
                self._panel.resync(await link.snapshot())
        line.show(self._panel.board)

    def _catch_up(self, line: Line) -> None:
        """Find out aside what happened while nobody listened, where the PBX writes that down."""
        settings, until = self.settings, self._listed_at
        if settings.chronicle.is_kept:
            self._aside(catch_up(line, settings.chronicle, settings.plan, until, lambda: self._calls.keys))

    def _aside(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def _ask_where(self, line: Line, link: Link, messages: Iterable[Message]) -> None:
        """Find out aside to which files the recordings that began are written: no event says it."""
        for message in messages:
            if message.get("Event") == "MixMonitorStart":
                self._aside(self._find_recording(line, link, message))

    async def _find_recording(self, line: Line, link: Link, message: Message) -> None:
        with suppress(Unavailable, TimeoutError, ConnectionError):
            file = await link.recording(message.get("Channel", ""))
            if file:
                leg_id = message.get("Uniqueid", "")
                await self._keep(line, self._calls.record(leg_id, file, now().timestamp()))

    async def _keep(self, line: Line, changed: Iterable[CallChanged]) -> None:
        # Together, so that they share a commit; each is another call's, so none has to wait for another.
        await asyncio.gather(
            *(line.accept(f"{each.call.key} {each.number}", _raw(each), each.call.key) for each in changed)
        )

    def _department(self, call: CallState) -> str:
        return self.settings.department_of(call.queue, call.dialled)

    def _address(self) -> Address:
        try:
            return self.settings.address
        except OSError as error:
            raise Unavailable(
                said("A file of this channel's settings cannot be read: %(why)s", why=str(error))
            ) from error


def _raw(told: Told) -> Raw:
    headers = {"content-type": "application/json"}
    if isinstance(told, CallChanged) and told.call.direction == "inbound" and told.call.customer:
        headers["from"] = told.call.customer
    return Raw(body=msgspec.json.encode(told), headers=headers, received_at=now())
