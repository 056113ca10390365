"""Viber: not yet built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from hub.chats import Rules
from hub.connector import Connector, Raw
from hub.events import Event


class Viber(Connector):
    """Not yet built."""

    kind: ClassVar[str] = "viber"
    rules: ClassVar[Rules] = Rules(handle="viber")

    def read(self, raw: Raw) -> Sequence[Event]:
        """Understand nothing yet."""
        del raw
        raise ValueError("not yet built")
