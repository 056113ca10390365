"""Notices: what changed, and who may know. A browser that hears one asks again, with its own rights.

The interface is what in-process, PostgreSQL and NATS buses share: publish a notice, hear everybody's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

import msgspec

log = logging.getLogger(__name__)


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """Who may hear of it: these users, everybody of these departments, and the roles that see all."""

    users: frozenset[int] = frozenset()
    departments: frozenset[int] = frozenset()
    roles: frozenset[str] = frozenset()


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Record `id` of this kind changed. `why` tells those who are addressed, and no others, why them."""

    kind: str
    id: int
    audience: Audience
    why: str = ""


class Bus(Protocol):
    """Carries notices to every node, this one included. At most once: the truth is in the database."""

    def publish(self, notice: Notice) -> None:
        """Send it on its way; never waits and never fails."""

    def subscribe(self, hear: Callable[[Notice], None]) -> None:
        """Call `hear` for each notice of any node."""


class LocalBus:
    """The bus of a hub that is one process."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self._hearers: list[Callable[[Notice], None]] = []

    def publish(self, notice: Notice) -> None:
        """Tell everybody at once."""
        for hear in self._hearers:
            try:
                hear(notice)
            except Exception:
                # One who cannot listen must not keep the news from the others, nor trouble who told it.
                log.exception("a hearer failed on a notice of a %s", notice.kind)

    def subscribe(self, hear: Callable[[Notice], None]) -> None:
        """Add one who listens."""
        self._hearers.append(hear)
