"""The Telegram connector: a bot by which customers write to us, fetched from or brought by Telegram."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import ClassVar

import msgspec

from connectors.telegram.peeking import number_in, query_in, stream_in
from connectors.telegram.reading import events_of
from connectors.telegram.settings import OFFICIAL, TelegramSettings
from connectors.telegram.wire import LARGEST
from hub.chats import NAME, Rules, SendMessage, ShowTyping
from hub.connector import Answer, Connector, Doubt, Line, Raw, Refused, Unavailable
from hub.events import Command, Event
from hub.examination import Finding
from hub.said import said

RULES = Rules(handle="telegram", text=4_096, caption=1_024, file=50_000_000, buttons=20,
              link="https://t.me/{name}?start={start}", many="text")  # fmt: skip
SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header


class Telegram(Connector):
    """One bot."""

    kind: ClassVar[str] = "telegram"
    settings_type: ClassVar[type[TelegramSettings]] = TelegramSettings
    carries: ClassVar[tuple[type, ...]] = (SendMessage, ShowTyping)
    rules: ClassVar[Rules] = RULES
    settings: TelegramSettings

    def __init__(self, channel: str, token: str, settings: TelegramSettings) -> None:
        """Connect to nothing yet."""
        from connectors.telegram.work import Work  # noqa: PLC0415 - loads a large library, which few hubs need

        super().__init__(channel, token, settings)
        self._work = Work(settings)

    async def run(self, line: Line) -> None:
        """Keep what happens to the bot, until Telegram is lost."""
        async with self._work.calls.at_hand() as api:
            await line.mark(NAME, (await api.bot.get_me()).username or "")
            listening = self._work.listening(line, api)
            if self.settings.mode == "webhook":
                await listening.have_brought(self._public_address(), self._secret())
            else:
                await listening.fetch()

    async def send(self, command: Command) -> str:
        """Say something, or show that one of us is writing."""
        if isinstance(command, ShowTyping):
            return await self._work.writer.show_typing(command)
        if isinstance(command, SendMessage):
            return await self._work.writer.say(command)
        raise Refused(said("A bot only writes messages."))

    async def bring(self, ref: str, into: Path) -> None:
        """Write a file that somebody sent into one of ours."""
        await self._work.bring(ref, into)

    async def examine(self, *, send: bool) -> AsyncIterator[Finding]:
        """Say which bot it is, and whether its messages come as they are set up to; nothing is sent."""
        del send
        async for finding in self._work.examine():
            yield finding

    def read(self, raw: Raw) -> tuple[Event, ...]:
        """Give what an update means; ValueError for what is none."""
        return events_of(raw.body, self.settings.department)

    def refuse(self, raw: Raw) -> Answer | None:
        """Refuse what is too large for an update."""
        return Answer(status=413) if len(raw.body) > LARGEST else None

    def doubt(self, raw: Raw) -> Doubt | None:
        """Doubt what does not bring along what we told Telegram when we asked it to bring things here."""
        try:
            expected = self._secret()
        except Unavailable:
            expected = ""
        given = raw.headers.get(SECRET, "")
        if expected and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            return None
        return Doubt(said("It does not name the secret that only Telegram knows."), Answer(status=401))

    def key(self, raw: Raw) -> str:
        """Give the number of an update, under which it comes however often it is brought."""
        number = number_in(raw.body)
        try:
            return raw.key if number is None else self._work.key(number)
        except Unavailable:  # then nobody could prove to be Telegram, either
            return raw.key

    def stream(self, raw: Raw) -> str:
        """Give its chat, so that what is said there stays in order."""
        return stream_in(raw.body)

    def answer(self, raw: Raw) -> Answer:
        """Say that it is taken, and to who pressed a button that this was heard: Telegram does what an answer names."""
        query = query_in(raw.body)
        if not query:
            return Answer(status=200)
        body = msgspec.json.encode({"method": "answerCallbackQuery", "callback_query_id": query})
        return Answer(status=200, headers={"Content-Type": "application/json"}, body=body)

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Let no browser bring anything."""
        del headers
        return {}

    def _secret(self) -> str:
        """Give what Telegram is to bring along: made of what the bot and its address are known by."""
        return hmac.new(self._work.calls.token.encode(), self.token.encode(), hashlib.sha256).hexdigest()

    def _public_address(self) -> str:
        """Give where Telegram brings things to; Unavailable where that is said nowhere, or is no address for it."""
        is_own = self.settings.base_url != OFFICIAL and self.address.startswith("http://")
        if not (is_own or self.address.startswith("https://")):
            raise Unavailable(said(
                "Telegram brings things to an https address alone: say in ringback.toml under which url the hub is "
                "reached, or have the hub fetch them.",
            ))  # fmt: skip
        return self.address
