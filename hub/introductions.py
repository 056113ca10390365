"""Who somebody is, where a messenger tells it only when it is asked: on the way from a reader to the business.

A name is worth a moment of waiting and no failure: whoever cannot be asked for stays as he is.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar, cast

from hub.clock import now
from hub.connector import Connector
from hub.events import Event

log = logging.getLogger(__name__)

SECONDS = 5.0
REMEMBERED = 1_000
LASTS = 24 * 3600.0

Person = TypeVar("Person")


class Introducer(Protocol):
    """A connector whose other side tells who writes only when it is asked."""

    async def introduce(self, events: Sequence[Event]) -> Sequence[Event]:
        """Give the events with who it is."""


async def introduced(connector: Connector, events: Sequence[Event]) -> Sequence[Event]:
    """Have a connector say who it is that writes; as they were where it does not, or cannot now."""
    if not events or not hasattr(connector, "introduce"):
        return events
    try:
        async with asyncio.timeout(SECONDS):
            return await cast("Introducer", connector).introduce(events)
    except Exception as error:  # noqa: BLE001 - a name must not cost anybody his message
        log.warning("channel %s: nobody says who writes: %s", connector.channel, type(error).__name__)
        return events


class Known(Generic[Person]):
    """Who was asked for lately, for a day."""

    def __init__(self) -> None:
        """Know nobody."""
        self._known: OrderedDict[str, tuple[float, Person]] = OrderedDict()

    async def get(self, who: str, ask: Callable[[str], Awaitable[Person]]) -> Person:
        """Give who it is, and ask where it is not known; whatever that raises is raised."""
        moment = now().timestamp()
        at, person = self._known.get(who, (0.0, None))
        if person is None or not at <= moment < at + LASTS:
            person = await ask(who)
            self._known[who] = (moment, person)
            self._known.move_to_end(who)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return person
