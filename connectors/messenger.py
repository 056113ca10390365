"""Messenger: not yet built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from hub.chats import Rules
from hub.connector import Connector, Raw
from hub.events import Event


class Messenger(Connector):
    """Not yet built."""

    kind: ClassVar[str] = "messenger"
    rules: ClassVar[Rules] = Rules(handle="messenger")

    def read(self, raw: Raw) -> Sequence[Event]:
        """Understand nothing yet."""
        del raw
        raise ValueError("not yet built")
