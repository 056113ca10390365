"""What a connector is that can find out whether it would work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal, NamedTuple, Protocol

from hub.connector import Connector


class Finding(NamedTuple):
    """What was looked at, whether it is as it should be ("unknown": nobody can say), and the words to that."""

    what: str
    how: Literal["good", "bad", "unknown"]
    words: str


class Examiner(Protocol):
    """A connector that can find out whether it would work, for the admin who sets it up."""

    def examine(self, *, send: bool) -> AsyncIterator[Finding]:
        """Look at one thing after the other, over connections of its own; `send` sends something to ourselves."""


def examines(connector: Connector | type[Connector]) -> bool:
    """Tell whether a connector is an `Examiner`."""
    return hasattr(connector, "examine")


class Signing(Protocol):
    """A connector that signs what it sends with a key whose other half is published."""

    async def signing(self) -> Finding:
        """Tell whether the right key is published; "unknown" where it signs nothing, or nobody could be asked."""


def signs(connector: Connector | type[Connector]) -> bool:
    """Tell whether a connector is `Signing`."""
    return hasattr(connector, "signing")
