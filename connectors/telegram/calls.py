"""Calls of the Bot API: one client for all that is done with a bot at a time, let go of once nobody needs it."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from connectors.telegram.settings import TelegramSettings
from connectors.telegram.troubles import told
from connectors.telegram.wire import ASKED
from connectors.trust import trusted
from hub.connector import Unavailable
from hub.said import said
from hub.shapes import decode

ANSWERED = 20.0
"""Seconds for an answer to begin, or between two pieces of it."""
MOST = 100
"""Updates that are given at once."""
# The library's own way to say that pauses are spans of time; without it each one is a warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")
# Their lines name addresses, which hold the token, and what people wrote.
for _name, _level in (
    ("httpx", logging.WARNING),
    ("httpcore", logging.WARNING),
    ("telegram", logging.CRITICAL),
):
    logging.getLogger(_name).setLevel(_level)


class _Given(msgspec.Struct):
    result: list[msgspec.Raw]


class Api(NamedTuple):
    """The bot's calls, and beneath them the one that gives what happened as it was written."""

    bot: Bot
    request: HTTPXRequest

    async def updates(self, offset: int, wait: int) -> Sequence[bytes]:
        """Wait some seconds for what happened from a number on, and give each thing's JSON; 0 is the oldest.

        What stands before that number is forgotten there.
        """
        asked = {"limit": MOST, "timeout": wait, "allowed_updates": msgspec.json.encode(ASKED).decode()}
        if offset:
            asked["offset"] = offset
        address = f"{self.bot.base_url}/getUpdates?{urlencode(asked)}"
        answer = await self.request.retrieve(address, read_timeout=wait + ANSWERED)
        try:
            return [bytes(each) for each in decode(answer, _Given).result]
        except (msgspec.DecodeError, RecursionError):
            raise Unavailable(said("What Telegram answers cannot be read.")) from None


class Calls:
    """A bot, by its settings."""

    def __init__(self, settings: TelegramSettings) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._users = 0
        self._api: Api | None = None

    @asynccontextmanager
    async def at_hand(self, *, changes: bool = False) -> AsyncIterator[Api]:
        """Give the bot for a while; what it raises is told as the hub tells it apart."""
        api = self._api = self._api or self._opened()
        self._users += 1
        try:
            with in_our_words(changes=changes):
                yield api
        finally:
            self._users -= 1
            if not self._users:
                self._api = None
                await api.request.shutdown()

    @property
    def token(self) -> str:
        """Give the token; Unavailable where there is none."""
        try:
            token = self._settings.secret
        except (OSError, UnicodeDecodeError):
            raise Unavailable(said("The file with the token cannot be read.")) from None
        if not token:
            raise Unavailable(said("The bot has no token yet: BotFather gives one out."))
        return token

    def _opened(self) -> Api:
        base, request = self._settings.base_url.rstrip("/"), _made()
        bot = Bot(
            self.token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot",
            request=request, get_updates_request=request,
        )  # fmt: skip
        return Api(bot, request)


def _made() -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=64, read_timeout=ANSWERED, write_timeout=ANSWERED, connect_timeout=10.0,
        pool_timeout=5.0, media_write_timeout=40.0, httpx_kwargs={"verify": trusted()},
    )  # fmt: skip


@contextmanager
def in_our_words(*, changes: bool = False) -> Iterator[None]:
    """Have failures of Telegram told as the hub tells them apart."""
    try:
        yield
    except TelegramError as error:
        raise told(error, changes=changes) from error
