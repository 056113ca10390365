"""What a bot does by python-telegram-bot, a large library: loaded with the first bot, as few hubs have one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from connectors.telegram import bringing, examination
from connectors.telegram.calls import Api, Calls
from connectors.telegram.listening import Listening, key_of
from connectors.telegram.pace import Pace
from connectors.telegram.sending import Writer
from connectors.telegram.settings import TelegramSettings
from hub.connector import Line
from hub.examination import Finding


class Work:
    """One bot's calls, and who writes by them."""

    def __init__(self, settings: TelegramSettings) -> None:
        """Connect to nothing yet."""
        self.calls = Calls(settings)
        self.writer = Writer(self.calls, Pace())
        self._mode = settings.mode

    def listening(self, line: Line, api: Api) -> Listening:
        """Give what hears what happens to the bot."""
        return Listening(line, api)

    def key(self, number: int) -> str:
        """Give the key of an update; Unavailable where the bot has no token."""
        return key_of(self.calls.token, number)

    async def bring(self, ref: str, into: Path) -> None:
        """Write a file that somebody sent into one of ours."""
        await bringing.fetch(self.calls, ref, into)

    def examine(self) -> AsyncIterator[Finding]:
        """Say which bot it is, and whether its messages come as they are set up to."""
        return examination.examine(self.calls, self._mode)
