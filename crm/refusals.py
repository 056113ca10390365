"""The business says no: one exception, whose words are for the person who asked."""

from __future__ import annotations

WHY = 300  # characters of a reason


class Refusal(Exception):
    """The business says no; the words are for the person who asked."""
