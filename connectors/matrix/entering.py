"""Entering the rooms to which we are invited, each beside the others.

Anybody on any server may invite us, and a homeserver must ask the one from which the invitation came: one that is
gone, or slow, holds up nobody but itself.
"""

from __future__ import annotations

import asyncio
import logging

from connectors.matrix.api import Api
from hub.connector import AuthFailed, Refused, Unavailable

log = logging.getLogger(__name__)

AT_ONCE = 32
"""Rooms that are asked for at the same moment; a server that is gone is waited for up to a minute."""
TRIES = 30
"""With the pauses between them these last about a day. A listener that begins anew is told of an invitation again."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
"""Seconds."""


class Entering:
    """The rooms that one listener is entering."""

    def __init__(self, api: Api, channel: str) -> None:
        """Enter none yet."""
        self._api = api
        self._channel = channel
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._going: dict[str, asyncio.Task[None]] = {}

    def enter(self, room: str) -> None:
        """Enter a room, now or later; one that is being entered is not asked for twice."""
        if room not in self._going:
            task = self._going[room] = asyncio.create_task(self._enter(room))
            task.add_done_callback(lambda _task: self._going.pop(room, None))

    def stop(self) -> None:
        """Enter no more."""
        for task in self._going.values():
            task.cancel()

    async def _enter(self, room: str) -> None:
        pause = FIRST_PAUSE
        for _try in range(TRIES):
            try:
                async with self._turns:
                    await self._api.join(room)
            except Unavailable as error:
                await asyncio.sleep(max(pause, error.after or 0.0))
                pause = min(2 * pause, LONGEST_PAUSE)
            except (Refused, AuthFailed) as error:
                # Whoever invited us thought better of it; or we are refused, as the next question of our listener is.
                log.info("channel %s: a room cannot be entered: %s", self._channel, type(error).__name__)
                return
            else:
                return
        log.info("channel %s: a room cannot be entered: its server is gone", self._channel)
