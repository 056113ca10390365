"""What a connector is whose other side takes browsers as telephones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from hub.connector import Connector


class Relay(msgspec.Struct, frozen=True, omit_defaults=True):
    """A server that helps sound through networks, STUN or TURN, as browsers take it (W3C WebRTC, RTCIceServer)."""

    urls: str
    username: str = ""
    credential: str = ""


class Exchange(Protocol):
    """A connector whose other side takes browsers as telephones."""

    @property
    def browsers_at(self) -> str:
        """Give the address of its websocket, "" where it takes none."""

    @property
    def relays(self) -> Sequence[Relay]:
        """Give the servers that help their sound through networks."""


def browsers_at(connector: Connector) -> str:
    """Give where a connector takes browsers as telephones, "" where it does not."""
    return str(getattr(connector, "browsers_at", ""))


def relays(connector: Connector) -> Sequence[Relay]:
    """Give what helps the sound of those browsers through networks."""
    return tuple(getattr(connector, "relays", ()))
