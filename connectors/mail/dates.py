"""When a letter was sent, as its Date says, or else the server that took it last."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.mail.headers import Headers

_DATE = 100  # characters


def sent_at(headers: Headers) -> datetime | None:
    """Give the time in UTC; None where neither Date nor the uppermost Received can be read."""
    received = headers.first("received").rpartition(";")[2]
    return _read(headers.first("date")) or _read(received.strip())


def _read(written: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written[:_DATE])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
