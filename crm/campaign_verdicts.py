"""Which of some letters did better, as far as that can be told.

A share that was seen among some says of all only that it lies within an interval. One letter is said to be better where
the interval of its lead over each other one (95 %, shared out among the comparisons) leaves no room for no lead at all.
Wilson's interval for a share, and for a difference of two that of Newcombe (1998, method 10), which is made of those
and holds for small numbers too.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import NamedTuple

NORMAL = (1.96, 1.96, 2.2414, 2.3940)
"""By how many others it is compared with: what 95 % are, of the normal distribution, on both sides (Bonferroni)."""


class Share(NamedTuple):
    """So many of so many, and between which shares that lies for all."""

    hits: int
    of: int
    low: float
    high: float


class Verdict(NamedTuple):
    """The one that is ahead, and whether that is more than chance; `tied` are those that are level with it."""

    best: str
    is_sure: bool
    tied: tuple[str, ...]
    shares: Mapping[str, Share]


def share(hits: int, of: int, z: float = NORMAL[0]) -> Share:
    """Give a share with its interval (Wilson 1927); of none nothing is known."""
    hits = min(hits, of)
    if of == 0:
        return Share(0, 0, 0.0, 1.0)
    seen, square = hits / of, z * z
    middle = (seen + square / (2 * of)) / (1 + square / of)
    reach = z * sqrt(seen * (1 - seen) / of + square / (4 * of * of)) / (1 + square / of)
    return Share(hits, of, max(0.0, middle - reach), min(1.0, middle + reach))


def lead(one: Share, other: Share) -> tuple[float, float]:
    """Give between what the lead of one share over another lies."""
    first, second = one.hits / (one.of or 1), other.hits / (other.of or 1)
    gap = first - second
    return (
        gap - sqrt((first - one.low) ** 2 + (other.high - second) ** 2),
        gap + sqrt((one.high - first) ** 2 + (second - other.low) ** 2),
    )


def verdict(counts: Mapping[str, tuple[int, int]]) -> Verdict:
    """Say which is ahead of some variants, of each (hits, of); among level ones the first."""
    shares = {name: share(hits, of) for name, (hits, of) in sorted(counts.items())}
    best = max(shares, key=lambda name: _seen(shares[name]))  # the first of those that are level
    others = [name for name in shares if name != best]
    tied = tuple(name for name in others if _seen(shares[name]) == _seen(shares[best]))
    z = NORMAL[min(len(others), len(NORMAL) - 1)]
    strict = {name: share(each.hits, each.of, z) for name, each in shares.items()}
    sure = bool(others) and all(
        shares[name].of > 0 and lead(strict[best], strict[name])[0] > 0 for name in others
    )
    return Verdict(best, sure, tied, shares)


def _seen(each: Share) -> float:
    return each.hits / each.of if each.of else 0.0
