"""The postman: carries out what is due in the outbox, and notes what became of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import cast

import msgspec
from msgspec import structs
from sqlalchemy.orm import Session

from hub import rests
from hub.blobs import Blobs
from hub.channels import Channels
from hub.connector import AuthFailed, Refused, Sender, Sent, Unavailable
from hub.db import Database
from hub.errors import describe
from hub.events import Command, FileLetter, SendLetter
from hub.letters import Enclosure
from hub.outbox import (
    LETTER_SECONDS,
    SEND_SECONDS,
    TIMER,
    Outgoing,
    Tell,
    earliest,
    end,
    nobody,
    put_off,
    release_claims,
    take,
)
from hub.said import said
from hub.timers import AT_ONCE, Timer

log = logging.getLogger(__name__)

LETTERS_AT_ONCE = 4
"""As many are in doubt when the hub is killed."""

# Told of a channel whose credentials the other side refuses, and in which words.
Mend = Callable[[Session, int, str], None]


def _no_one(_session: Session, _channel_id: int, _words: str) -> None:
    """Have nobody mend it."""


class Postman:
    """Carries out what is due. Letters have a timer of their own: no call waits for a slow mail server."""

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
        self.timer = self._made(patient=False)
        self.letters = self._made(patient=True, at_once=LETTERS_AT_ONCE)

    async def run(self) -> None:
        """Take up what was in hand when we stopped, then serve until cancelled."""
        if not self._db.shared:
            await self._db.write(release_claims)
        async with asyncio.TaskGroup() as both:
            both.create_task(self.timer.run())
            both.create_task(self.letters.run())

    def _made(self, *, patient: bool, at_once: int = AT_ONCE) -> Timer[Outgoing]:
        return Timer(
            TIMER, self._db, earliest=partial(earliest, patient=patient),
            take=partial(take, tell=self._tell, patient=patient), fire=self._carry_out, taking_writes=True,
            at_once=at_once,
        )  # fmt: skip

    async def _carry_out(self, row: Outgoing) -> None:
        may_have_left = False
        try:
            sender = cast("Sender", self._channels.get(row.channel_id).connector)
            command = await self._filled(msgspec.convert(row.command, Command), again=row.attempts > 1)
            may_have_left = True
            told = await asyncio.wait_for(
                sender.send(command), LETTER_SECONDS if row.patient else SEND_SECONDS
            )
        except Refused as error:
            await self._db.write(end, row.id, "failed_at", {"error": describe(error)}, self._tell)
        except AuthFailed as error:
            await self._put_off(row, error, in_doubt=False, slowly=row.patient)
            await self._db.write(self._mend, row.channel_id, describe(error))
        except Unavailable as error:
            await self._put_off(row, error, in_doubt=False)
        except Exception as error:  # noqa: BLE001 - a sender's failure is data on its row, shown to a person
            await self._put_off(row, error, in_doubt=may_have_left)
        else:
            sent = told if isinstance(told, Sent) else Sent(told)
            await self._db.write(rests.carried_out, row.id, sent, self._tell)

    async def _filled(self, command: Command, *, again: bool) -> Command:
        """Put the content of its files into a letter; say of a copy whether it was tried before."""
        if isinstance(command, FileLetter):
            return structs.replace(command, letter=await self._letter(command.letter), again=again)
        return await self._letter(command) if isinstance(command, SendLetter) else command

    async def _letter(self, letter: SendLetter) -> SendLetter:
        return structs.replace(letter, files=tuple([await self._enclosed(file) for file in letter.files]))

    async def _enclosed(self, file: Enclosure) -> Enclosure:
        try:
            return structs.replace(file, content=await self._blobs.get(file.blob))
        except OSError as error:
            raise Refused(said("The file “%(name)s” is not there any more.", name=file.name)) from error

    async def _put_off(
        self, row: Outgoing, error: Exception, *, in_doubt: bool, slowly: bool = False
    ) -> None:
        log.warning("command %d failed: %s", row.id, type(error).__name__)
        await self._db.write(
            put_off, row.id, describe(error), in_doubt=in_doubt, slowly=slowly, tell=self._tell
        )
