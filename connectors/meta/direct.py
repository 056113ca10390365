"""What Messenger and Instagram have in common: a page or an account to which people write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import ClassVar

from msgspec import structs

from connectors.meta.direct_examination import examine
from connectors.meta.direct_reading import things_of, understood
from connectors.meta.direct_writing import Limits, Writer
from connectors.meta.hooks import MetaConnector, Thing
from connectors.meta.settings import MetaSettings
from connectors.meta.told import Told, line
from hub.chats import ChatChanged, Chatter, MessageReceived, SendMessage, ShowTyping
from hub.connector import Sent
from hub.events import Command, Event
from hub.examination import Finding
from hub.introductions import Known
from hub.public_files import PublicFiles

LARGEST = 25_000_000  # bytes of a file, either way
WINDOW = 86_400.0


class Direct(MetaConnector):
    """A page or an account. `object` is what its posts are about, `profile` are the fields that say who somebody is."""

    object: ClassVar[str]
    profile: ClassVar[str]
    fields: ClassVar[frozenset[str]]
    limits: ClassVar[Limits]
    carries: ClassVar[tuple[type, ...]] = (SendMessage, ShowTyping)
    files = PublicFiles()

    def __init__(self, channel: str, token: str, settings: MetaSettings) -> None:
        """Know nobody yet."""
        super().__init__(channel, token, settings)
        self._known = Known[Chatter]()

    @property
    def own(self) -> str:
        """Give the id of our page or account, "" where it is not set up yet."""
        raise NotImplementedError

    @property
    def sends_as(self) -> str:
        """Give the id by which we write."""
        return self.own

    def things(self, told: Told) -> Sequence[Thing]:
        """Give what a post is made of."""
        return things_of(told, self.object)

    def understood(self, thing: Thing) -> Sequence[Event]:
        """Give what one thing means."""
        return tuple(understood(thing, self.own, self.settings.department))

    async def introduce(self, events: Sequence[Event]) -> Sequence[Event]:
        """Say who writes: Meta tells names only when it is asked."""
        return [await self._introduced(event) for event in events]

    async def send(self, command: Command) -> Sent:
        """Send a message, or show that one of us writes."""
        writer = Writer(self.graph, self.sends_as, self.limits)
        if isinstance(command, SendMessage):
            return await writer.send(command)
        if isinstance(command, ShowTyping):
            await writer.show_typing(command.to)
        return Sent("")

    async def bring(self, ref: str, into: Path) -> None:
        """Fetch a file from where the message says that it lies, which is anywhere in the public network."""
        await self.files.fetch(ref, into, LARGEST)

    async def examine(self, *, send: bool) -> AsyncIterator[Finding]:
        """Say whether Meta lets us in and posts to us; nothing is sent."""
        del send
        async for finding in examine(self, self.own, self.sends_as, self.fields):
            yield finding

    async def _introduced(self, event: Event) -> Event:
        if not isinstance(event, MessageReceived | ChatChanged):
            return event
        known = await self._known.get(event.chat, self._ask)
        return structs.replace(event, sender=structs.replace(known, id=event.sender.id))

    async def _ask(self, who: str) -> Chatter:
        told = await self.graph.get(who, {"fields": self.profile})
        name = line(told, "name") or " ".join(
            filter(None, (line(told, "first_name"), line(told, "last_name")))
        )
        return Chatter(id=who, name=name, username=line(told, "username"))
