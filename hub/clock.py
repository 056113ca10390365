"""The one clock. Everything that asks for the time asks here, so that a test moves time by moving this.

Times are aware and in UTC, with microseconds; they become local on a screen and nowhere else.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """The system's time plus a shift, which only tests set."""

    def __init__(self) -> None:
        """Start in step with the system."""
        self.shift = timedelta()

    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""
        return datetime.now(UTC) + self.shift

    def advance(self, **spans: float) -> None:
        """Move on by `timedelta(**spans)`; whoever sleeps until a time must be woken by the caller."""
        self.shift += timedelta(**spans)


clock = Clock()
now = clock.now
