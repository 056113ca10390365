"""Where letters to many are handed over: what is much goes to carriers, processes beside the hub.

In one process they would wait for calls and pages at each of their steps, and these for them. What is little leaves
from here, and so does what comes before a carrier is there, or where none can be had.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.mail.carriage import Carriage
from hub.troubles import AuthFailed, Unavailable

if TYPE_CHECKING:
    from connectors.mail.account import Account
    from connectors.mail.bulk_orders import Setup
    from hub.bulk_mail import Batch, Log

log = logging.getLogger(__name__)

MUCH = 100  # copies
IDLE = 30.0  # seconds after which a carrier ends that nobody needs
AGAIN = 60.0  # seconds until the next one is tried where none could be had
SIGNING = min(2, os.cpu_count() or 1)  # carriers where letters are signed, which is most of the work on them


class BulkOffice:
    """Sends batches of copies for one mailbox."""

    def __init__(self, setup: Setup, account: Account) -> None:
        """Start nothing yet; ValueError for a key that cannot sign."""
        self._despatch = setup.despatch(account.enter)
        self._setup = setup
        self._account = account
        self._most = SIGNING if setup.selector else 1
        self._carriages: list[Carriage] = []
        self._starting: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self._watching: asyncio.Task[None] | None = None

    @property
    def carriers(self) -> Sequence[int]:
        """Give which processes carry for it."""
        return [each.process_id for each in self._carriages if each.is_up]

    async def send(self, batch: Batch, kept: Log) -> None:
        """Send a batch; raises as `BulkSender.send_many` does where something is left of it."""
        carriage = self._there() if len(batch.copies) >= MUCH else None
        if carriage is None:
            await self._despatch.send(batch, kept)
            return
        who = await self._account.credentials()
        try:
            await carriage.carry(batch, kept, who)
        except AuthFailed as error:
            if self._account.is_over(who):
                raise Unavailable(*error.args) from error
            raise

    async def close(self) -> None:
        """Let go of the server, and of the carriers."""
        self._despatch.close()
        tasks = [each for each in (self._starting, self._watching) if each is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._end(self._carriages)

    def _there(self) -> Carriage | None:
        """Give the carrier that has least to do; where there are too few, one more is on its way from now on."""
        up = [each for each in self._carriages if each.is_up]
        is_time = asyncio.get_running_loop().time() >= self._not_before
        if len(up) < self._most and is_time and (self._starting is None or self._starting.done()):
            self._starting = asyncio.create_task(self._start())
        return min(up, key=lambda each: each.orders, default=None)

    async def _start(self) -> None:
        await self._end([each for each in self._carriages if not each.is_up])
        try:
            self._carriages.append(await Carriage.start(self._setup))
        except (OSError, Unavailable) as error:
            self._not_before = asyncio.get_running_loop().time() + AGAIN
            log.warning("there is no process for letters to many (%r): they leave from here", error)
            return
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._end_once_idle())

    async def _end_once_idle(self) -> None:
        while self._carriages:
            await asyncio.sleep(IDLE / 2)
            await self._end([each for each in self._carriages if each.idle_for >= IDLE])

    async def _end(self, carriages: Sequence[Carriage]) -> None:
        self._carriages = [each for each in self._carriages if each not in carriages]
        for each in carriages:
            await each.close()
