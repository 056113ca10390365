"""The carrier: a process that writes, signs and sends letters to many, beside the hub, whose calls do not wait for it.

Run by connectors/mail/carriage.py. It ends at once when the hub is gone: what it did stands in the logs, which it
holds for as long as it writes them.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from pathlib import Path

import msgspec

from connectors.mail.account import Credentials
from connectors.mail.bulk_orders import HEAD, Done, Message, Order, Setup, framed
from connectors.mail.smtp_line import Line
from hub import said
from hub.bulk_logs import BulkLog
from hub.errors import describe
from hub.troubles import AuthFailed, Refused, Unavailable

NEW_OBJECTS = 10_000  # after so many garbage is looked for
AT_ONCE = 8  # letters that are written one after the other: what writes and signs is at hand then


class Carrier:
    """Carries out orders, several at once."""

    def __init__(self, setup: Setup) -> None:
        """Connect when there is something to send."""
        self._who: Credentials
        self._orders: dict[int, tuple[asyncio.Task[None], BulkLog]] = {}
        self._despatch = setup.despatch(self._enter, AT_ONCE)

    def take(self, message: Message) -> None:
        """Begin an order, or change one."""
        if isinstance(message, Order):
            log = BulkLog.held(Path(message.log))
            self._orders[message.number] = asyncio.create_task(self._carry_out(message, log)), log
        elif message.number in self._orders:
            task, log = self._orders[message.number]
            if message.stop:
                log.stop()
            log.withhold(message.withheld)
            if message.at_once:
                task.cancel()

    async def _carry_out(self, order: Order, log: BulkLog) -> None:
        self._who = order.who
        done = Done(order.number)
        try:
            await self._despatch.send(order.batch, log)
        except Unavailable as error:
            done = Done(order.number, "unavailable", _kept(error), error.after)
        except Refused as error:
            done = Done(order.number, "refused", _kept(error))
        except AuthFailed as error:
            done = Done(order.number, "login", _kept(error))
        except asyncio.CancelledError:
            pass
        except Exception as error:  # noqa: BLE001 - the hub logs it
            done = Done(order.number, "fault", f"{type(error).__name__}: {error}")
        finally:
            log.close()
            del self._orders[order.number]
            _answer(done)

    async def _enter(self, line: Line) -> None:
        await line.log_in(self._who.user, self._who.secret, by_token=self._who.by_token)


def _kept(error: Exception) -> str:
    return said.keep(describe(error)) or ""


def _answer(done: Done) -> None:
    sys.stdout.buffer.write(framed(done))
    sys.stdout.buffer.flush()


async def _main() -> None:
    """Take orders until the hub says no more, or is gone."""
    for number in (signal.SIGTERM, signal.SIGINT):  # who ends the hub may mean us too: the hub says when
        signal.signal(number, signal.SIG_IGN)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    try:
        carrier = Carrier(msgspec.msgpack.decode(await _next(reader), type=Setup))
        _answer(Done(0))  # ready
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS)
        decoder = msgspec.msgpack.Decoder(Message)
        while True:
            carrier.take(decoder.decode(await _next(reader)))
    except asyncio.IncompleteReadError:
        os._exit(0)  # at once: nobody is there any more who would settle what we begin


async def _next(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(HEAD)))


if __name__ == "__main__":
    asyncio.run(_main())
