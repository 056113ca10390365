"""Listening to a bot: fetching what happened, or having it brought; either way Telegram keeps it for 24 hours.

What was fetched is forgotten there by the next question alone, so it is always in the journal by then. How far that
was needs no keeping of our own: whoever begins anew is given what was not yet forgotten, and what is in the journal
already is known by its number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta

from telegram.error import BadRequest, Conflict, TelegramError

from connectors.telegram.calls import MOST, Api
from connectors.telegram.peeking import number_of, query_in, stream_in
from connectors.telegram.text import line as cleaned
from connectors.telegram.wire import ASKED
from hub.clock import now
from hub.connector import Line, Raw, Unavailable
from hub.errors import describe
from hub.said import nsaid, said

WAIT = 25
"""Seconds for which Telegram holds a question while nothing happens."""
KEPT = timedelta(hours=24)
"""For so long Telegram keeps what nobody took."""
LOOK = 60.0
"""Seconds between two looks at how Telegram fares with bringing."""
_TOLD = "gap"


class Listening:
    """One bot that is listened to. What nothing waits for, such as answering a button, is done aside."""

    def __init__(self, line: Line, api: Api) -> None:
        """Hear nothing yet."""
        self._line = line
        self._api = api
        self._aside: set[asyncio.Task[None]] = set()

    async def fetch(self) -> None:
        """Fetch what happens until cancelled."""
        try:
            offset, caught_up, count = 0, False, 0
            while True:
                lot = await self._updates(offset, WAIT if caught_up else 0)
                offset = await self._keep(lot)
                count += len(lot)
                if not caught_up and len(lot) < MOST:
                    caught_up = True
                    await self._line.up()
                    await tell_missed(self._line, count)
        finally:
            for task in self._aside:
                task.cancel()

    async def have_brought(self, address: str, secret: str) -> None:
        """Have it brought to an address until cancelled, and now and then look whether that works."""
        await self._set(address, secret)
        await self._line.up()
        await tell_missed(self._line, None)
        while True:
            since = now()
            await asyncio.sleep(LOOK)
            found = await self._api.bot.get_webhook_info()
            if found.url != address:
                await self._set(address, secret)
            if found.pending_update_count and found.last_error_date and found.last_error_date > since:
                why = cleaned(found.last_error_message or "")
                raise Unavailable(said("Telegram cannot bring what is written: %(why)s", why=why))

    async def _set(self, address: str, secret: str) -> None:
        try:
            await self._api.bot.set_webhook(
                address, secret_token=secret, allowed_updates=ASKED, drop_pending_updates=False
            )
        except BadRequest as error:
            raise Unavailable(
                said(
                    "Telegram does not bring anything to %(address)s: %(why)s",
                    address=address,
                    why=describe(error),
                )
            ) from error

    async def _updates(self, offset: int, wait: int) -> Sequence[bytes]:
        """Fetch; where another program has it brought, that is ended, and nothing that waits is dropped."""
        try:
            return await self._api.updates(offset, wait)
        except Conflict as error:
            if "webhook" not in error.message:
                raise
            await self._api.bot.delete_webhook(drop_pending_updates=False)
            return await self._api.updates(offset, wait)

    async def _keep(self, lot: Sequence[bytes]) -> int:
        """Keep what happened, that of one chat in its order; give from which number on to ask next.

        Where nothing waits that is the oldest again: after a silent week Telegram begins to count somewhere else.
        """
        streams: dict[str, list[tuple[int, bytes]]] = {}
        for body in lot:
            streams.setdefault(stream_in(body), []).append((number_of(body), body))
        await asyncio.gather(*(self._accept(stream, items) for stream, items in streams.items()))
        return max((number + 1 for items in streams.values() for number, _body in items), default=0)

    async def _accept(self, stream: str, items: Sequence[tuple[int, bytes]]) -> None:
        for number, body in items:
            raw = Raw(body=body, headers={"content-type": "application/json"}, received_at=now())
            await self._line.accept(key_of(self._api.bot.token, number), raw, stream or None)
            if query := query_in(body):
                self._do_aside(self._answer(query))

    async def _answer(self, query: str) -> None:
        """Tell the customer's program that his button was heard, so that it waits no longer."""
        with suppress(TelegramError):
            await self._api.bot.answer_callback_query(query)

    def _do_aside(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)


def key_of(token: str, number: int) -> str:
    """Give the key of an update in the journal: each bot counts for itself."""
    return f"{token.partition(':')[0]} {number}"


async def tell_missed(line: Line, count: int | None) -> None:
    """Say what became of a time in which nothing was heard: what Telegram kept came, and older it keeps nothing."""
    since = await line.missed_since()
    if since is None or await line.marked(_TOLD) == since.isoformat():
        return
    if now() - since > KEPT:
        await line.unfilled(said(
            "Nothing was heard for longer than the 24 hours for which Telegram keeps messages: what was written before "
            "them is lost here, and stands only in the chats themselves.",
        ))  # fmt: skip
        await line.mark(_TOLD, since.isoformat())
    elif count is None:
        await line.filled(said("Telegram brings what was written meanwhile."))
    else:
        await line.filled(
            nsaid(
                "Telegram kept %(num)s message meanwhile.", "Telegram kept %(num)s messages meanwhile.", count
            )
        )
