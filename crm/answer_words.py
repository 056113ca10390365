"""Answers as somebody reads them: days and hours as people write them, yes and no, numbers, and what holds several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from babel.numbers import format_decimal

from hub import days
from hub.languages import _, listener

DEEPEST = 3
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?")
# Without a mark between thousands: it may as well be a year, or the number of a house.
_NUMBER = "0.######"


def in_words(value: object, depth: int = 0) -> str:
    """Write an answer for whoever listens; what was typed as words stays what it is."""
    if value is None or depth > DEEPEST:
        return ""
    if isinstance(value, Mapping):
        return in_words(value["day"]) if [*value] == ["day"] else _record(value, depth)
    if isinstance(value, list | tuple):
        return ", ".join(in_words(each, depth + 1) for each in value)
    return _plain(value)


def _record(value: Mapping[str, object], depth: int) -> str:
    # By name: one of the databases forgets in which order they came.
    return ", ".join(f"{name}: {in_words(value[name], depth + 1)}" for name in sorted(value))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float):
        return format_decimal(Decimal(str(value)), _NUMBER, locale=listener().locale)
    return days.written(value) if isinstance(value, date) else _written(str(value))


def _written(text: str) -> str:
    if not _ISO.fullmatch(text):
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{days.written(moment.date())} {moment:%H:%M}" if "T" in text else days.written(moment.date())
