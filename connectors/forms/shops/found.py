"""An order as a shop's list has it: what its web hook would have brought."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import msgspec

from connectors.forms.shop import Told, line, moment, read_told
from hub.clock import now
from hub.connector import Raw, Unavailable
from hub.said import said
from hub.shapes import decode


class Found(NamedTuple):
    """One order: its key in the journal, when it changed, and itself, as if its web hook had brought it."""

    key: str
    changed_at: datetime
    raw: Raw


class Lot(NamedTuple):
    """Some of the orders that changed. `until`: all that changed up to then was given; None says nothing of that."""

    orders: Sequence[Found]
    until: datetime | None


class Shop(Protocol):
    """A shop that can be asked."""

    def changed(self, since: datetime) -> AsyncIterator[Lot]:
        """Give, lot by lot, the orders that changed at `since` or later; raises Unavailable or AuthFailed."""


def listed(body: bytes, name: str = "") -> list[msgspec.Raw]:
    """Give the orders of a page, each in its own bytes; `name` is that of the list within it."""
    try:
        if not name:
            return decode(body, list[msgspec.Raw])
        return decode(body, dict[str, list[msgspec.Raw]]).get(name, [])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Unavailable(said("The shop answers with something that is no list of orders.")) from None


def found(
    order: msgspec.Raw, when: Sequence[str], what: Sequence[str], headers: Mapping[str, str]
) -> Found | None:
    """Make what came of one order; None for what cannot be told from others."""
    body = bytes(order)
    try:
        told: Told = read_told(body)
    except ValueError:
        return None
    changed_at, number = moment(line(told, *when)), line(told, "id")
    if changed_at is None or not number:
        return None
    # Two changes within one second differ in these.
    key = " ".join(
        ["listed", number, f"{changed_at:%Y-%m-%dT%H:%M:%S}", *(line(told, name) for name in what)]
    )
    raw = Raw(
        body=body, headers={"content-type": "application/json", **headers}, received_at=now(), key=key[:200]
    )
    return Found(raw.key, changed_at, raw)


def written(at: datetime) -> str:
    """Write a time as both shops read it, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
