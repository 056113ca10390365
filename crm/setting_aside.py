"""What looks like spam is set aside: nothing is made of it until somebody says that it is real."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from hub.journal import Inbound, Outcome
from hub.said import said


def set_aside(item: Inbound, suspicion: Sequence[str]) -> Outcome | None:
    """Set an item aside for these reasons; None where there are none, or it was released or taken before."""
    if not suspicion or item.released_at is not None or item.became_path is not None:
        return None
    why = reduce(lambda one, more: said("%(one)s; %(more)s", one=one, more=more), suspicion)
    return Outcome(said("set aside, nothing made"), set_aside_why=why)
