"""How fast somebody may go: so many at once, and then so many a minute. Counted in memory, by each node for itself."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 20_000  # that are remembered; the one who was seen longest ago is forgotten first


class Pace:
    """Counts by key, such as a visitor or a network: a bucket of `most` that fills with `a_minute`."""

    def __init__(self, most: int, a_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with full buckets."""
        self._most = most
        self._a_second = a_minute / 60
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str, *, takes: bool = True) -> float:
        """Take one and give 0.0, or give for how many seconds to wait, and take none."""
        moment = self._clock()
        left, seen = self._left.pop(key, (float(self._most), moment))
        left = min(float(self._most), left + (moment - seen) * self._a_second)
        goes = left >= 1
        self._left[key] = (left - 1 if goes and takes else left, moment)
        if len(self._left) > MOST:
            self._left.popitem(last=False)
        return 0.0 if goes else (1 - left) / self._a_second
