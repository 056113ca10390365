"""The WhatsApp connector: one number of ours, by Meta's Cloud API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from connectors.meta.hooks import MetaConnector, Thing
from connectors.meta.told import Told, text
from connectors.whatsapp.examination import examine
from connectors.whatsapp.reading import things_of, understood
from connectors.whatsapp.settings import WhatsAppSettings
from connectors.whatsapp.writing import BODY, BUTTONS, LARGEST, Writer
from hub.chats import Rules, SendMessage, ShowTyping, Template
from hub.connector import Sent
from hub.events import Command, Event
from hub.examination import Finding

KEPT = timedelta(days=7)
"""https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview"""


class WhatsApp(MetaConnector):
    """A number of ours at WhatsApp."""

    kind: ClassVar[str] = "whatsapp"
    settings_type: ClassVar[type[WhatsAppSettings]] = WhatsAppSettings
    settings: WhatsAppSettings
    carries: ClassVar[tuple[type, ...]] = (SendMessage, ShowTyping)
    rules: ClassVar[Rules] = Rules(
        handle="whatsapp",
        file=LARGEST,
        buttons=BUTTONS,
        above_buttons=BODY,
        window=86_400,
        many="template",
        words_link="https://wa.me/{name}?text={text}",
    )
    kept: ClassVar[timedelta] = KEPT

    def __init__(self, channel: str, token: str, settings: WhatsAppSettings) -> None:
        """Know our number."""
        super().__init__(channel, token, settings)
        self._writer = Writer(self.graph, settings.phone_number_id)

    def things(self, told: Told) -> Sequence[Thing]:
        """Give what a post is made of."""
        return things_of(told)

    def understood(self, thing: Thing) -> Sequence[Event]:
        """Give what one thing means."""
        return tuple(understood(thing, self.settings.phone_number_id, self.settings.department))

    def approved(self) -> Sequence[Template]:
        """Give the templates that it was set up with."""
        return self.settings.approved()

    def called(self) -> str:
        """Give our number as WhatsApp's links write it."""
        return self.settings.digits

    async def send(self, command: Command) -> Sent:
        """Send a message, or show that one of us writes."""
        if isinstance(command, SendMessage):
            return await self._writer.send(command)
        if isinstance(command, ShowTyping):
            await self._writer.show_typing(command.seen)
        return Sent("")

    async def bring(self, ref: str, into: Path) -> None:
        """Fetch a file: its address is asked for first, and good for five minutes."""
        told = await self.graph.get(ref, {"phone_number_id": self.settings.phone_number_id})
        await self.graph.download(text(told, "url"), into, LARGEST)

    async def examine(self, *, send: bool) -> AsyncIterator[Finding]:
        """Say whether Meta lets us in, posts to us, and which templates it approved; nothing is sent."""
        del send
        async for finding in examine(self, self.settings):
            yield finding
