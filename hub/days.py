"""Days as people write them, in the language of whoever listens."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel import Locale
from babel.dates import format_date

from hub.languages import listener

FULL = "d MMMM y"
KNOWN = 4096  # written days that are kept: a list says the same few again and again


def written(day: date, pattern: str = FULL) -> str:
    """Write a day by a pattern of CLDR: 8 December 2026, or "EEE d MMM" for Tue 8 Dec."""
    return _written(day, pattern, listener().locale)


@lru_cache(KNOWN)
def _written(day: date, pattern: str, locale: Locale) -> str:
    return format_date(day, pattern, locale)
