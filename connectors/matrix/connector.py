"""The connector of Matrix: what a homeserver pushes to an application service, and what is sent by it.

Customers invite the service's user. Invitations are waited for where the homeserver keeps them, so that one that came
while the hub was away is found as well; everything else is pushed.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, unquote

from msgspec import structs

from connectors.matrix import reading
from connectors.matrix.api import FILE, Api
from connectors.matrix.examination import examine
from connectors.matrix.settings import MatrixSettings
from hub.chats import ChatChanged, MessageReceived, Rules, SendMessage, ShowTyping
from hub.connector import Answer, Connector, Doubt, Line, Raw, Refused, Unavailable
from hub.errors import describe
from hub.events import Command, Event
from hub.examination import Finding
from hub.introductions import Known
from hub.public_files import PublicFiles
from hub.said import said

log = logging.getLogger(__name__)

LARGEST = 8_000_000
"""Bytes of a transaction: a hundred events of 64 kB."""
JSON = {"Content-Type": "application/json"}
_TAKEN = Answer(status=200, headers=JSON, body=b"{}")
_DOUBTED = Answer(status=403, headers=JSON, body=b'{"errcode":"M_FORBIDDEN","error":"Bad token supplied"}')
_NOT_FOUND = Answer(status=404, headers=JSON, body=b'{"errcode":"M_NOT_FOUND","error":"There is none"}')
_UNKNOWN = Answer(
    status=404, headers=JSON, body=b'{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}'
)
_PATH = re.compile(
    r"(?:_matrix/app/(?:v1|unstable/fi\.mau\.msc2659)/)?(transactions|ping|users|rooms)(?:/(.{1,300}))?"
)
_METHODS = {"transactions": "PUT", "ping": "POST", "users": "GET", "rooms": "GET"}


class Matrix(Connector):
    """One application service."""

    kind: ClassVar[str] = "matrix"
    settings_type: ClassVar[type[MatrixSettings]] = MatrixSettings
    carries: ClassVar[tuple[type, ...]] = (SendMessage, ShowTyping)
    rules: ClassVar[Rules] = Rules(handle="matrix", text=10_000, caption=4_000, file=FILE, repeats=True)
    takes_puts: ClassVar[bool] = True
    settings: MatrixSettings
    public_files: ClassVar[PublicFiles] = PublicFiles()

    def __init__(self, channel: str, token: str, settings: MatrixSettings) -> None:
        """Know nobody yet."""
        super().__init__(channel, token, settings)
        self._api = Api(settings, channel)
        self._known = Known[str]()

    async def run(self, line: Line) -> None:
        """Enter the rooms to which customers invite us, until the homeserver is lost."""
        since = ""
        try:
            await self._api.be_there()
            while True:
                since, rooms = await self._api.invitations(since)
                await line.up()
                for room in rooms:
                    await self._enter(room)
        except Refused as error:
            raise Unavailable(describe(error)) from error

    def read(self, raw: Raw) -> tuple[Event, ...]:
        """Give what the events of a transaction tell; ValueError for what is none."""
        made = reading.read(raw, self.settings.user)
        return tuple(
            structs.replace(each, department=self.settings.department)
            if isinstance(each, MessageReceived)
            else each
            for each in made
        )

    def parts(self, raw: Raw) -> Sequence[Raw]:
        """Give the events of each room by themselves."""
        return reading.parts(raw, self.settings.user)

    async def introduce(self, events: Sequence[Event]) -> Sequence[Event]:
        """Ask the homeserver what those who write call themselves."""
        return [await self._introduced(each) for each in events]

    def refuse(self, raw: Raw) -> Answer | None:
        """Answer what is only asked, and refuse what is no part of the API."""
        if len(raw.body) > LARGEST:
            return Answer(status=413, headers=JSON, body=b'{"errcode":"M_TOO_LARGE"}')
        what, which = _asked(raw)
        if not what or raw.headers.get(":method") != _METHODS[what]:
            return _UNKNOWN
        if what == "transactions":
            return None
        if not self._is_proven(raw):
            return _DOUBTED
        return _TAKEN if what == "ping" or which == self.settings.user else _NOT_FOUND

    def asks(self, raw: Raw) -> bool:
        """Understand the questions whether a user or a room exists."""
        return _asked(raw)[0] in {"users", "rooms"}

    def doubt(self, raw: Raw) -> Doubt | None:
        """Say why a transaction is not proven to be the homeserver's: it carries the token of both."""
        return (
            None
            if self._is_proven(raw)
            else Doubt(said("It does not carry the homeserver's token."), _DOUBTED)
        )

    def key(self, raw: Raw) -> str:
        """Know a transaction that comes again; a homeserver that was set up anew counts from 1 once more."""
        return f"transaction {_asked(raw)[1]} {sha256(raw.body).hexdigest()[:24]}"

    def stream(self, raw: Raw) -> str:
        """Keep transactions in order, so that their parts are."""
        del raw
        return "transactions"

    def answer(self, raw: Raw) -> Answer:
        """Say what the homeserver waits for."""
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
            raise Refused(said("Matrix cannot do this."))
        return await self._api.send(command)

    async def bring(self, ref: str, into: Path) -> None:
        """Fetch a file that a customer sent."""
        await self._api.bring(ref, into, self.public_files)

    async def examine(self, *, send: bool) -> AsyncIterator[Finding]:
        """Say whether the homeserver knows us and reaches us, and what it has to read if not."""
        del send
        async for finding in examine(self._api, self.settings, self.channel, self.address):
            yield finding

    async def _enter(self, room: str) -> None:
        try:
            await self._api.join(room)
        except Refused as error:  # whoever invited us thought better of it
            log.info("channel %s: a room cannot be entered: %s", self.channel, type(error).__name__)

    async def _introduced(self, event: Event) -> Event:
        if not isinstance(event, MessageReceived | ChatChanged) or event.sender.name:
            return event
        try:
            name = await self._known.get(event.sender.id, self._api.name_of)
        except Refused:  # one without a profile
            return event
        return structs.replace(event, sender=structs.replace(event.sender, name=name))

    def _is_proven(self, raw: Raw) -> bool:
        """Tell whether it carries the token, as a bearer's or, as older homeservers have it, in its query."""
        scheme, _space, token = raw.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = (parse_qs(raw.headers.get(":query", "")).get("access_token") or [""])[0]
        secret = self.settings.their_secret
        return bool(secret) and hmac.compare_digest(token.strip().encode(errors="replace"), secret.encode())


def _asked(raw: Raw) -> tuple[str, str]:
    """Give which part of the API is asked, "" for none, and for what."""
    found = _PATH.fullmatch(raw.headers.get(":path", ""))
    return (found[1], unquote(found[2] or "")) if found else ("", "")
