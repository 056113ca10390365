"""How many a list holds: a count of many takes its time, so it is made aside and kept for a minute."""

from __future__ import annotations

from time import monotonic

from babel.numbers import format_decimal

from crm.listing import Asked
from hub.languages import listener
from hub.users import Viewer

KEPT_SECONDS = 60
MOST_KEPT = 1000

_counted: dict[tuple[object, ...], tuple[float, int]] = {}


def known_total(viewer: Viewer, asked: Asked, store: object) -> int | None:
    """Give a count that was made within the last minute."""
    kept = _counted.get(_key(viewer, asked, store))
    return kept[1] if kept and monotonic() - kept[0] < KEPT_SECONDS else None


def keep_total(viewer: Viewer, asked: Asked, store: object, number: int) -> None:
    """Keep a count for a minute."""
    if len(_counted) >= MOST_KEPT:
        _counted.clear()
    _counted[_key(viewer, asked, store)] = (monotonic(), number)


def forget_totals() -> None:
    """Count anew: somebody changed many."""
    _counted.clear()


def figure(number: int) -> str:
    """Write a number as the reader does."""
    return format_decimal(number, locale=listener().locale)


def _key(viewer: Viewer, asked: Asked, store: object) -> tuple[object, ...]:
    pairs = asked.but(sort="", columns=None).pairs()
    whose = (viewer.user_id, viewer.role, viewer.department_id, str(listener().zone))
    return (id(store), asked.kind.name, *whose, *sorted(pairs.items()))
