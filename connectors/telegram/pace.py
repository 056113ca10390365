"""How fast a bot may write: one message a second to one chat, and thirty a second in all.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import asyncio
import time

from hub.connector import Unavailable
from hub.said import said

PER_CHAT, IN_ALL = 1.0, 1 / 30
"""Seconds between two messages."""
LONGEST = 20.0
"""Seconds for which one is held here; what would have to wait longer goes back to the outbox."""


class Pace:
    """When the next may leave."""

    def __init__(self, per_chat: float = PER_CHAT, in_all: float = IN_ALL) -> None:
        """Have sent nothing yet."""
        self._per_chat = per_chat
        self._in_all = in_all
        self._next = 0.0
        self._next_of: dict[int, float] = {}

    async def keep(self, chat_id: int) -> None:
        """Wait until one may leave to a chat; Unavailable where that is too long."""
        at = time.monotonic()
        turn = max(at, self._next, self._next_of.get(chat_id, 0.0))
        wait = turn - at
        if wait > LONGEST:
            raise Unavailable(said("So much leaves by this bot that it has to wait."), after=wait)
        self._next, self._next_of[chat_id] = max(at, self._next) + self._in_all, turn + self._per_chat
        self._forget(at)
        if wait:
            await asyncio.sleep(wait)

    def hold(self, chat_id: int, seconds: float) -> None:
        """Send nothing to a chat for a while, as Telegram asks."""
        self._next_of[chat_id] = time.monotonic() + seconds

    def _forget(self, at: float) -> None:
        if len(self._next_of) > 1_000:  # noqa: PLR2004 - more than can be written to meanwhile
            self._next_of = {chat: turn for chat, turn in self._next_of.items() if turn > at}
