"""The business says no: one exception, whose words are for the person who asked."""

from __future__ import annotations

WHY = 300  # characters of a reason


class Refusal(Exception):
    """The business says no; the words are for the person who asked.

    `field` is where the reason lies in what a program sent: "amount", "lines/2"; "" where it lies in no one field.
    """

    def __init__(self, *words: str, field: str = "") -> None:
        """Carry them."""
        super().__init__(*words)
        self.field = field
