"""What a connector is whose other side is a telephone exchange: browsers as telephones, recordings, a look around."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

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


class Recorder(Protocol):
    """A connector whose other side records, and which can bring what it recorded."""

    async def bring(self, name: str, into: Path) -> None:
        """Write the recording of this name, as the other side told it, into a file of ours.

        Unavailable: it cannot be had yet. Refused: there is none, or none that we may have, or it is too large.
        """


def records(connector: Connector) -> bool:
    """Tell whether a connector is a `Recorder`."""
    return hasattr(connector, "bring")


class KnownTelephone(NamedTuple):
    """A telephone that the other side knows: its extension, and how it is, in words."""

    extension: str
    words: str


class Surveyor(Protocol):
    """A connector that can look at the other side, for the admin who sets it up."""

    async def survey(self) -> Sequence[KnownTelephone]:
        """Connect, and give the telephones there; raises one of the three exceptions."""

    async def ring(self, extension: str) -> None:
        """Have a telephone ring; whoever picks it up hears himself. Refused says why it did not."""


def surveys(connector: Connector | type[Connector]) -> bool:
    """Tell whether a connector is a `Surveyor`."""
    return hasattr(connector, "survey")
