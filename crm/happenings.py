"""What happens to deals and contacts, told where it happens to those who may wait for it: the runs of processes.

Whatever moves a deal stands far below the runs, which move deals as well. So it says here what happened, in the same
transaction, and whoever hears of it is named once, where runs are moved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

FILLED = "filled_in"
"""Something was filled in on a deal or a card: nothing waits for it but what was refused because it was missing."""


class Hear(Protocol):
    """Takes what happened; see run_moves.hear."""

    def __call__(
        self, session: Session, message: str, *, deal_id: int | None = None, contact_id: int | None = None
    ) -> int:
        """Give how many runs went on or began by it."""


H = TypeVar("H", bound=Callable[..., int])

_hearers: list[Hear] = []


def heard_by(hear: H) -> H:
    """Have a function hear of everything that happens."""
    _hearers.append(hear)
    return hear


def tell(session: Session, message: str, *, deal_id: int | None = None, contact_id: int | None = None) -> int:
    """Tell what happened, one of process_elements.MESSAGES or FILLED, and give how many runs went on or began by it."""
    return sum(hear(session, message, deal_id=deal_id, contact_id=contact_id) for hear in _hearers)
