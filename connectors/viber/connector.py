"""The connector of Viber: what comes by web hook, signed with the bot's token, and what is sent by its API."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import msgspec
from aiohttp import web

from connectors.chat_json import LARGEST, told_or_nothing
from connectors.viber import files, reading
from connectors.viber.examination import examine
from connectors.viber.sending import FILE, Api
from connectors.viber.settings import NAME, ViberSettings
from hub.chats import Rules, SendMessage
from hub.connector import Answer, Connector, Doubt, Raw, Refused
from hub.events import Command, Event
from hub.examination import Finding
from hub.public_files import PublicFiles
from hub.said import said

MEDIA = 200_000_000
"""Bytes of a file that a customer sends; Viber takes no larger ones."""
SIGNATURE = "x-viber-content-signature"
_TAKEN = Answer(status=200)
_DOUBTED = Answer(status=403)


class Viber(Connector):
    """One bot."""

    kind: ClassVar[str] = "viber"
    settings_type: ClassVar[type[ViberSettings]] = ViberSettings
    carries: ClassVar[tuple[type, ...]] = (SendMessage,)
    rules: ClassVar[Rules] = Rules(handle="viber", text=7_000, caption=0, file=FILE, buttons=12)
    settings: ViberSettings
    public_files: ClassVar[PublicFiles] = PublicFiles()

    @classmethod
    def routes(cls) -> Iterable[web.RouteDef]:
        """Give where Viber fetches the files that are sent."""
        return (web.get(files.PATH, files.fetched),)

    def read(self, raw: Raw) -> tuple[Event, ...]:
        """Give what a callback tells; ValueError for what is none."""
        return reading.read(raw, self.settings.department)

    def refuse(self, raw: Raw) -> Answer | None:
        """Refuse what is too large to be a callback."""
        return Answer(status=413) if len(raw.body) > LARGEST else None

    def doubt(self, raw: Raw) -> Doubt | None:
        """Say why a callback is not proven to be Viber's: it is signed over its very bytes."""
        sent, secret = raw.headers.get(SIGNATURE, ""), self.settings.secret
        right = hmac.new(secret.encode(), raw.body, sha256).hexdigest()
        if not secret:
            return Doubt(said("The channel has no token by which it could be proven."), _DOUBTED)
        if not sent:
            return Doubt(said("It carries no signature."), _DOUBTED)
        if not hmac.compare_digest(sent.lower().encode(errors="replace"), right.encode()):
            return Doubt(said("Its signature was made with another secret, or over other words."), _DOUBTED)
        return None

    def key(self, raw: Raw) -> str:
        """Know a callback that comes again."""
        return reading.key(told_or_nothing(raw.body)) or raw.key

    def stream(self, raw: Raw) -> str:
        """Keep what one customer does in order."""
        return reading.chat(told_or_nothing(raw.body))

    def answer(self, raw: Raw) -> Answer:
        """Say that it was taken; who opens the chat may be welcomed in the answer."""
        welcome = self.settings.welcome
        if not welcome or told_or_nothing(raw.body).word("event") != "conversation_started":
            return _TAKEN
        sender = {"name": self.settings.name or self.channel[:NAME]}
        body = msgspec.json.encode({"type": "text", "text": welcome, "sender": sender})
        return Answer(status=200, headers={"Content-Type": "application/json"}, body=body)

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Let no browser send."""
        del headers
        return {}

    async def send(self, command: Command) -> str:
        """Send a message; InDoubt where nobody knows whether it left."""
        if not isinstance(command, SendMessage):
            raise Refused(said("Viber cannot do this."))
        return await self._api.send(command)

    async def bring(self, ref: str, into: Path) -> None:
        """Fetch a file that a customer sent."""
        await self.public_files.fetch(ref, into, MEDIA)

    async def examine(self, *, send: bool) -> AsyncIterator[Finding]:
        """Say whether Viber knows the bot and where it tells what happens; `send` tells it our address."""
        async for finding in examine(self._api, self.address, tell=send):
            yield finding

    @property
    def _api(self) -> Api:
        hub = self.address.removesuffix(f"/in/{self.channel}/{self.token}")
        return Api(self.settings, self.channel, hub)
