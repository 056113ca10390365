"""The connector of VK: what a community is told by the Callback API, and what is sent in its name."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from msgspec import structs

from connectors.chat_json import LARGEST, Told, told_or_nothing
from connectors.vk import reading
from connectors.vk.api import FILE, Api
from connectors.vk.examination import examine
from connectors.vk.settings import VkSettings
from hub.chats import ChatChanged, Chatter, MessageReceived, Rules, SendMessage, ShowTyping
from hub.connector import Answer, Connector, Doubt, Raw, Refused
from hub.events import Command, Event
from hub.examination import Finding
from hub.introductions import Known
from hub.public_files import PublicFiles
from hub.said import said

_TAKEN = Answer(status=200, headers={"Content-Type": "text/plain"}, body=b"ok")
_DOUBTED = Answer(status=403)


class Vk(Connector):
    """One community."""

    kind: ClassVar[str] = "vk"
    settings_type: ClassVar[type[VkSettings]] = VkSettings
    carries: ClassVar[tuple[type, ...]] = (SendMessage, ShowTyping)
    rules: ClassVar[Rules] = Rules(handle="vk", text=4_096, caption=4_096, file=FILE, buttons=6, repeats=True)
    settings: VkSettings
    public_files: ClassVar[PublicFiles] = PublicFiles()

    def __init__(self, channel: str, token: str, settings: VkSettings) -> None:
        """Know nobody yet."""
        super().__init__(channel, token, settings)
        self._api = Api(settings)
        self._known = Known[Chatter]()

    def read(self, raw: Raw) -> tuple[Event, ...]:
        """Give what an event tells; ValueError for what is none."""
        return reading.read(raw, self.settings.department)

    async def introduce(self, events: Sequence[Event]) -> Sequence[Event]:
        """Ask VK for the name of who writes: it tells his number alone."""
        return [
            structs.replace(each, sender=await self._known.get(each.sender.id, self._asked) or each.sender)
            if isinstance(each, MessageReceived | ChatChanged)
            else each
            for each in events
        ]

    def refuse(self, raw: Raw) -> Answer | None:
        """Confirm that the address is ours, and keep nothing of what becomes nothing, such as who is typing."""
        if len(raw.body) > LARGEST:
            return Answer(status=413)
        event = told_or_nothing(raw.body)
        if event.word("type") == "confirmation" and self._is_ours(event):
            words = self.settings.confirmation.strip()
            return Answer(status=200, headers={"Content-Type": "text/plain"}, body=words.encode())
        is_nothing = event.word("type") and not reading.is_of_interest(event)
        return _TAKEN if is_nothing and not self._doubt(event) else None

    def doubt(self, raw: Raw) -> Doubt | None:
        """Say why an event is not proven to be VK's: it carries the secret."""
        why = self._doubt(told_or_nothing(raw.body))
        return Doubt(why, _DOUBTED) if why else None

    def key(self, raw: Raw) -> str:
        """Know an event that comes again."""
        event = told_or_nothing(raw.body).word("event_id")
        return f"event {event}" if event else raw.key

    def stream(self, raw: Raw) -> str:
        """Keep what is said in one chat in order."""
        return reading.chat(told_or_nothing(raw.body))

    def answer(self, raw: Raw) -> Answer:
        """Say what VK waits for."""
        del raw
        return _TAKEN

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Let no browser send."""
        del headers
        return {}

    async def send(self, command: Command) -> str:
        """Send a message, or show that one is written; either may be tried again."""
        if isinstance(command, ShowTyping):
            await self._api.show_typing(command)
            return ""
        if not isinstance(command, SendMessage):
            raise Refused(said("VK cannot do this."))
        return await self._api.send(command)

    async def bring(self, ref: str, into: Path) -> None:
        """Fetch a file that a customer sent."""
        await self.public_files.fetch(ref, into, FILE)

    async def examine(self, *, send: bool) -> AsyncIterator[Finding]:
        """Say whether VK knows the community and the access key, and what it wants to hear of the address."""
        del send
        async for finding in examine(self._api, self.settings.confirmation.strip()):
            yield finding

    def _doubt(self, event: Told) -> str:
        settings = self.settings
        if settings.group_id and event and not self._is_ours(event):
            return said("It is about another community.")
        sent = event.text("secret")
        if settings.secret and not hmac.compare_digest(sent.encode(), settings.secret.encode()):
            return said("It does not carry the secret.") if not sent else said("It carries another secret.")
        return ""

    def _is_ours(self, event: Told) -> bool:
        return not self.settings.group_id or event.whole("group_id") == self.settings.group_id

    async def _asked(self, who: str) -> Chatter:
        """Give who somebody is, by VK."""
        people = await self._api.people([who]) if who.isdigit() else {}
        person = people.get(who, Told(None))
        name = " ".join(filter(None, (person.word("first_name"), person.word("last_name"))))
        screen_name = person.word("screen_name")
        return Chatter(id=who, name=name, username="" if screen_name == f"id{who}" else screen_name)
