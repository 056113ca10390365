"""What was heard and not yet looked at. The reader never waits: Asterisk cuts off a client that does not read."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence

MOST = 50_000
MOST_BYTES = 32 * 1024 * 1024
FEW = 50

Heard = tuple[bytes, float]
"""A message as it came, and when, in seconds since 1970."""


class Inbox:
    """A bounded queue for one consumer.

    When it is full, what makes no call goes first, the oldest of it. `dropped` counts that as "others"; "calls" are
    events of calls that found no room all the same: then the calls must be set against the PBX's lists.
    """

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        """Begin empty."""
        self.dropped: Counter[str] = Counter()
        self._most, self._most_bytes = most, most_bytes
        self._calls: deque[Heard] = deque()
        self._others: deque[Heard] = deque()
        self._bytes = 0
        self._some = asyncio.Event()
        self._is_closed = False

    def __len__(self) -> int:
        """Say how many messages wait."""
        return len(self._calls) + len(self._others)

    def put(self, calls: Sequence[bytes], others: Sequence[bytes], at: float) -> None:
        """Keep messages that make calls, and others, all heard at the same moment."""
        self._calls.extend([(message, at) for message in calls])
        self._others.extend([(message, at) for message in others])
        self._bytes += sum(map(len, calls)) + sum(map(len, others))
        while len(self) > self._most or self._bytes > self._most_bytes:
            self._drop()
        if len(self):
            self._some.set()

    def close(self) -> None:
        """Wake the consumer: nothing more will come."""
        self._is_closed = True
        self._some.set()

    async def take(self, most: int) -> list[Heard]:
        """Wait until there is something and give it, at most so many; nothing when it is closed and empty.

        Of what makes no call it is few, so that who waits for a page waits for few of them.
        """
        await self._some.wait()
        others = min(len(self._others), FEW)
        taken = [self._next() for _ in range(min(most, len(self._calls) + others))]
        if not len(self) and not self._is_closed:
            self._some.clear()
        return taken

    def _next(self) -> Heard:
        heard = (self._calls or self._others).popleft()
        self._bytes -= len(heard[0])
        return heard

    def _drop(self) -> None:
        word = "others" if self._others else "calls"
        message, _ = self._others.popleft() if self._others else self._calls.pop()
        self._bytes -= len(message)
        self.dropped[word] += 1
