"""The postman: carries out what is due in the outbox, and notes what became of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import cast

from msgspec import structs
from sqlalchemy.orm import Session

from hub import rests
from hub.blobs import Blobs
from hub.channels import Channels
from hub.connector import AuthFailed, Blocked, Refused, Sender, Sent, Unavailable
from hub.db import Database
from hub.errors import describe
from hub.events import Command, FileLetter, SendLetter, SendMessage
from hub.lanes import CALLS, HINTS, LANES, LETTERS, MESSAGES, Lane
from hub.letters import Enclosure
from hub.outbox import Outgoing, Tell, earliest, end, nobody, put_off, release_claims, take
from hub.said import said
from hub.shapes import convert
from hub.timers import Timer

log = logging.getLogger(__name__)

# Told of a channel whose credentials the other side refuses, and in which words.
Mend = Callable[[Session, int, str], None]


def _no_one(_session: Session, _channel_id: int, _words: str) -> None:
    """Have nobody mend it."""


class Postman:
    """Carries out what is due. Each lane has a timer of its own: no call or chat waits for a slow mail server."""

    def __init__(
        self, db: Database, blobs: Blobs, channels: Channels, tell: Tell = nobody, mend: Mend = _no_one
    ) -> None:
        """Send by the connectors of these channels; `tell` hears of each end, in the transaction that writes it.

        `mend` hears of each attempt at which our credentials were refused.
        """
        self._db = db
        self._blobs = blobs
        self._channels = channels
        self._tell = tell
        self._mend = mend
        self.timers = {lane: self._made(lane) for lane in (CALLS, LETTERS, MESSAGES, HINTS)}

    async def run(self) -> None:
        """Take up what was in hand when we stopped, then serve until cancelled."""
        if not self._db.shared:
            await self._db.write(release_claims)
        async with asyncio.TaskGroup() as all_of_them:
            for timer in self.timers.values():
                all_of_them.create_task(timer.run())

    def _made(self, lane: Lane) -> Timer[Outgoing]:
        return Timer(
            lane.timer, self._db, earliest=partial(earliest, lane=lane),
            take=partial(take, tell=self._tell, lane=lane), fire=self._carry_out, taking_writes=True,
            at_once=lane.at_once,
        )  # fmt: skip

    async def _carry_out(self, row: Outgoing) -> None:
        may_have_left, lane = False, LANES[row.lane]
        try:
            sender = cast("Sender", (await self._channels.find(row.channel_id)).connector)
            command = await self._filled(convert(row.command, Command), again=row.attempts > 1)
            may_have_left = True
            told = await asyncio.wait_for(sender.send(command), lane.seconds)
        except Refused as error:
            why = {
                "error": describe(error),
                "blocked": isinstance(error, Blocked),
                "cause": error.cause,
            }
            await self._db.write(end, row.id, "failed_at", why, self._tell)
        except AuthFailed as error:
            await self._put_off(row, error, in_doubt=False, slowly=lane.patient)
            await self._db.write(self._mend, row.channel_id, describe(error))
        except Unavailable as error:
            await self._put_off(row, error, in_doubt=False, after=error.after)
        except Exception as error:  # noqa: BLE001 - a sender's failure is data on its row, shown to a person
            await self._put_off(row, error, in_doubt=may_have_left)
        else:
            sent = told if isinstance(told, Sent) else Sent(told)
            await self._db.write(rests.carried_out, row.id, sent, self._tell)

    async def _filled(self, command: Command, *, again: bool) -> Command:
        """Put the content of its files into a letter or a message; say of a copy whether it was tried before."""
        if isinstance(command, FileLetter):
            return structs.replace(command, letter=await self._letter(command.letter), again=again)
        if isinstance(command, SendMessage) and command.file:
            return structs.replace(command, file=await self._enclosed(command.file))
        return await self._letter(command) if isinstance(command, SendLetter) else command

    async def _letter(self, letter: SendLetter) -> SendLetter:
        return structs.replace(letter, files=tuple([await self._enclosed(file) for file in letter.files]))

    async def _enclosed(self, file: Enclosure) -> Enclosure:
        try:
            return structs.replace(file, content=await self._blobs.get(file.blob))
        except OSError as error:
            raise Refused(said("The file “%(name)s” is not there any more.", name=file.name)) from error

    async def _put_off(
        self, row: Outgoing, error: Exception, *, in_doubt: bool, slowly: bool = False, after: float | None = None
    ) -> None:  # fmt: skip
        log.warning("command %d failed: %s", row.id, type(error).__name__)
        await self._db.write(
            put_off, row.id, describe(error), in_doubt=in_doubt, slowly=slowly, after=after, tell=self._tell
        )
