"""The carrier as the hub hears it: orders go there, and what hindered one comes back; the rest stands in its log."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from connectors.mail.bulk_orders import HEAD, Change, Done, Order, Setup, framed
from hub.said import said
from hub.troubles import Unavailable

if TYPE_CHECKING:
    from connectors.mail.account import Credentials
    from hub.bulk_mail import Batch, Log

FAREWELL = 5.0  # seconds in which it lets go of what is on its way
HERE = Path(__file__).parent.parent.parent
HANDED_DOWN = ("PATH", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR")
READY = 0  # the number of its first word


class Carriage:
    """One carrier that was started."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Listen to it."""
        self._process = process
        self._asked, self._told = cast(
            "tuple[asyncio.StreamWriter, asyncio.StreamReader]", (process.stdin, process.stdout)
        )
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count(READY + 1)
        self._orders: dict[int, asyncio.Future[Done]] = {READY: self._loop.create_future()}
        self._used_at = self._loop.time()
        self._hearing = asyncio.create_task(self._hear())

    @classmethod
    async def start(cls, setup: Setup) -> Carriage:
        """Start one and wait until it is there; OSError and Unavailable say that there is none."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "connectors.mail.bulk_carrier", cwd="/", start_new_session=True,
            env={name: os.environ[name] for name in HANDED_DOWN if name in os.environ} | {"PYTHONPATH": str(HERE)},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        started = cls(process)
        try:
            started._say(setup)
            await started._orders[READY]
        except BaseException:
            await started.close()
            raise
        return started

    @property
    def is_up(self) -> bool:
        """Tell whether it takes orders."""
        return not self._hearing.done()

    @property
    def process_id(self) -> int:
        """Give which process it is."""
        return self._process.pid

    @property
    def orders(self) -> int:
        """Tell how many orders it has in hand."""
        return len(self._orders)

    @property
    def idle_for(self) -> float:
        """Tell for how many seconds nobody has needed it."""
        return 0.0 if self._orders else self._loop.time() - self._used_at

    async def carry(self, batch: Batch, kept: Log, who: Credentials) -> None:
        """Have a batch sent; raises as `BulkSender.send_many` does. What became of each copy stands in the log."""
        if not self.is_up:
            raise _ended()
        number = next(self._numbers)
        self._orders[number] = self._loop.create_future()
        self._say(Order(number, str(kept.path), who, batch))
        kept.hand_over(lambda stop, withheld: self._say(Change(number, stop, withheld)))
        try:
            done = await asyncio.shield(self._orders[number])
        except asyncio.CancelledError:
            await self._let_go(number)
            raise
        done.check()

    async def close(self) -> None:
        """Have it end. Of what it has in hand nothing more is begun; what is on its way has some time."""
        if self._orders:
            for number in self._orders:
                self._say(Change(number, stop=True, withheld=frozenset()))
            await asyncio.wait(list(self._orders.values()), timeout=FAREWELL)
        self._asked.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), FAREWELL)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await self._hearing

    def _say(self, message: Setup | Order | Change) -> None:
        if not self._asked.is_closing():
            self._asked.write(framed(message))

    async def _let_go(self, number: int) -> None:
        """Have an order be broken off. Once this returns nothing more is written into its log."""
        waiting = self._orders.get(number)
        if waiting is None:
            return
        self._say(Change(number, stop=True, withheld=frozenset(), at_once=True))
        await asyncio.wait([waiting], timeout=FAREWELL)
        if not waiting.done():
            self._process.kill()
            await asyncio.wait([waiting])

    async def _hear(self) -> None:
        """Take its answers until it ends; who still waits then is told so."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = int.from_bytes(await self._told.readexactly(HEAD))
                done = msgspec.msgpack.decode(await self._told.readexactly(size), type=Done)
                self._used_at = self._loop.time()
                self._orders.pop(done.number).set_result(done)
        for waiting in self._orders.values():
            waiting.set_exception(_ended())
            waiting.exception()  # it may be that nobody waits
        self._orders.clear()


def _ended() -> Unavailable:
    return Unavailable(said("The process that sends letters to many has ended."))
