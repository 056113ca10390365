"""Matrix: not yet built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from hub.chats import Rules
from hub.connector import Connector, Raw
from hub.events import Event


class Matrix(Connector):
    """Not yet built."""

    kind: ClassVar[str] = "matrix"
    rules: ClassVar[Rules] = Rules(handle="matrix")

    def read(self, raw: Raw) -> Sequence[Event]:
        """Understand nothing yet."""
        del raw
        raise ValueError("not yet built")
