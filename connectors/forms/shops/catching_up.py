"""Catching up: a shop is asked every few minutes, and at the start, which orders changed since it was asked last.

What it lists goes the way of what its web hook brings, under the same key, so nothing doubles.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from connectors.forms.shop import moment
from connectors.forms.shops.found import Shop
from hub.clock import now
from hub.connector import Line
from hub.said import nsaid

MARK = "orders"
EVERY = timedelta(minutes=3)
FIRST = timedelta(days=1)
"""How far back a shop is asked that never was before."""
OVERLAP = timedelta(minutes=5)
"""A change may be seen in the list that long after its time: a shop writes the time first, and then the order."""
GLANCE = 0.25  # seconds: how late a moved clock is noticed


class CatchingUp:
    """One shop that is asked again and again."""

    def __init__(self, shop: Shop) -> None:
        """Ask nothing yet."""
        self._shop = shop

    async def run(self, line: Line) -> None:
        """Ask until cancelled; raises Unavailable or AuthFailed."""
        while True:
            fetched = await self.ask(line)
            await line.up()
            if await line.missed_since() is not None:
                await line.filled(
                    nsaid("%(num)s order was fetched.", "%(num)s orders were fetched.", fetched)
                )
            until = now() + EVERY
            while now() < until:  # noqa: ASYNC110 - the clock tells nobody that it was moved
                await asyncio.sleep(GLANCE)

    async def ask(self, line: Line) -> int:
        """Ask once, and give how many orders changed since the mark."""
        mark = moment(await line.marked(MARK))
        fetched, reached = 0, min(mark or now() - FIRST, now())
        async for lot in self._shop.changed(reached - OVERLAP):
            for each in lot.orders:
                await line.accept(each.key, each.raw)
                fetched += mark is None or each.changed_at > mark
            reached = max(reached, min(lot.until or reached, now()))  # a shop may date an order as it likes
            await line.doing(nsaid("%(num)s order was fetched.", "%(num)s orders were fetched.", fetched))
            await self._keep(line, mark, reached)
        return fetched

    async def _keep(self, line: Line, before: datetime | None, reached: datetime) -> None:
        if reached != before:
            await line.mark(MARK, reached.isoformat())
