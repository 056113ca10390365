"""What every connector is: settings, a pure reader, and as needed a listener, a sender and an intake address.

A connector is one class, named by an entry point of the group `ringback.connectors` (ours and others' alike).
It never touches the database. Three exceptions decide what happens when the other side fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, ClassVar, NamedTuple, Protocol

import msgspec
from aiohttp import web

from hub.board import Board
from hub.events import Command, Event


class Unavailable(Exception):
    """The other side is not there for now, in words for a person: the hub waits 1, 2, 4 … 60 s and tries again."""


class AuthFailed(Exception):
    """The other side refuses our credentials: stop, show the channel red, give the admin a task with the words."""


class Refused(Exception):
    """The command failed for good; the words are for the person who wanted it."""


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """One raw item as the journal keeps it.

    `headers` are in lower case; web intake adds `:method`, `:query` (raw query string) and `:remote` (address).
    `key` is the item's own key in the journal.
    """

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime
    key: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a web sender is told after its item was committed."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a channel: names, types and defaults; a `Meta` gives each a title and a sentence (N_).

    It is the manual, and the console makes its form of it. A `Secret` is never shown again; what has a page of
    its own says `extra={"place": "/form-builder/{id}"}`. Refuse what could never work with `WrongSetting`.
    """

    def rings(self, extension: str) -> bool:
        """Tell whether a colleague's telephone may be at the other side; where no setting says so, it may."""
        del extension
        return True


# Text that is kept, used and never shown again.
Secret = Annotated[str, msgspec.Meta(extra={"secret": True})]


class WrongSetting(ValueError):
    """A setting that could never work: which one, and what is wrong with it in words for a person."""

    def __init__(self, setting: str, words: str) -> None:
        """Keep both."""
        super().__init__(words)
        self.setting = setting


class Place(NamedTuple):
    """A page of a connector for one of its channels; `{id}` stands for the channel's."""

    words: str
    path: str
    icon: str


class Taken(msgspec.Struct, frozen=True):
    """What a reader took a part of an item for: "" keeps it as it is. `rule` says in words why."""

    label: str
    value: str
    meaning: str
    rule: str


class Connector:
    """Code for one protocol, made once per configured channel.

    `channel` is the channel's name, `token` the secret in its addresses; `carries` are the commands it carries out.
    """

    kind: ClassVar[str]
    settings_type: ClassVar[type[Settings]] = Settings
    places: ClassVar[Sequence[Place]] = ()
    templates: ClassVar[Path | None] = None
    carries: ClassVar[tuple[type, ...]] = ()

    def __init__(self, channel: str, token: str, settings: Settings) -> None:
        """Keep what the channel is called and how it is set up; do no I/O here."""
        self.channel = channel
        self.token = token
        self.settings = settings

    @classmethod
    def routes(cls) -> Iterable[web.RouteDef]:
        """Give the public addresses that this kind serves beside the intake, such as a form's page."""
        return ()

    def read(self, raw: Raw) -> Sequence[Event]:
        """Turn raw into events. Pure and total: junk raises ValueError and nothing else."""
        raise NotImplementedError

    def explain(self, raw: Raw) -> Sequence[Taken]:
        """Say what `read` takes each part for; as pure and total as that."""
        del raw
        return ()

    def trial(self) -> Raw | None:
        """Give a harmless item that goes the whole road and becomes nothing; None where there is none."""
        return None


class WebIntake(Protocol):
    """A connector that takes items at `POST /in/{channel}/{token}`."""

    def refuse(self, raw: Raw) -> Answer | None:
        """Say in an answer why this cannot be taken at all, or None. Must be quick: it runs before the commit."""

    def answer(self, raw: Raw) -> Answer:
        """Tell the sender that it was taken; `raw.key` is the receipt."""

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Give the CORS headers for a request with these headers (lower case); empty for a foreign origin."""


def takes_posts(connector: Connector | type[Connector]) -> bool:
    """Tell whether a connector is a `WebIntake`."""
    return hasattr(connector, "refuse")


class Line(Protocol):
    """What a listener has of the hub."""

    async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
        """Keep a raw item in the journal: once this returns it cannot be lost, and may be acknowledged.

        The same key again changes nothing, so after a gap what may be known is simply given once more. Items of
        one `stream` (a call, a thread) are processed in this order.
        """

    async def up(self) -> None:
        """Say that from now on everything is heard; said again it changes nothing."""

    async def doing(self, words: str) -> None:
        """Say what goes on until all is heard, such as how much of what was there before was read."""

    async def missed_since(self) -> datetime | None:
        """Give since when there is a time in which nothing was heard, up to now; None where there is none.

        It is the end of what was heard before, be it by another node, until `filled` says that this was made good.
        """

    async def filled(self, words: str) -> None:
        """Say that it was found out by other means what was missed, and in words what that was."""

    async def unfilled(self, words: str) -> None:
        """Say why that cannot be found out for now; said again it changes nothing."""

    async def mark(self, name: str, value: str) -> None:
        """Keep how far the other side was read, under a name of the connector's own.

        It is kept after what was read was accepted, so it may be older than that, never newer.
        """

    async def marked(self, name: str) -> str:
        """Give what was kept last, be it by another node; "" where nothing was."""

    def show(self, look: Callable[[], Board]) -> None:
        """Say that there is something new to be seen: `look` is asked how it looks, when it is time to show that.

        It is not kept: the last one counts, and none once the other side is not heard.
        """


class Listener(Protocol):
    """A connector that hears by itself, such as a telephone exchange or a mailbox."""

    async def run(self, line: Line) -> None:
        """Listen until cancelled, and let go of the other side then.

        It tries nothing again by itself: it raises Unavailable or AuthFailed, and the hub decides. Several may
        listen to the same for a moment, when one node takes over from another.
        """


def listens(connector: Connector | type[Connector]) -> bool:
    """Tell whether a connector is a `Listener`."""
    return hasattr(connector, "run")


class Sender(Protocol):
    """A connector that carries out commands."""

    async def send(self, command: Command) -> str:
        """Carry it out once and give the other side's id for it; raises one of the three exceptions."""


class Day(NamedTuple):
    """What a comparison found of one day: how many items the other side holds, and how many of them were missing."""

    day: date
    held: int
    missing: int


class Books(Protocol):
    """What a connector has of the hub when the other side is compared with the journal."""

    async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
        """Keep what is missing, as a listener keeps it."""

    async def marked(self, name: str) -> str:
        """Give how far the listener has read, see `Line.mark`."""

    async def places(self, since: datetime) -> frozenset[str]:
        """Give the header `place` of the items that were kept since a moment: their places over there."""

    async def holds(self, key: str) -> bool:
        """Tell whether an item of this key was kept, whatever became of it."""


class Comparable(Protocol):
    """A connector whose other side keeps what it gave, so that both can be compared."""

    async def compare(self, books: Books, since: date) -> Sequence[Day]:
        """Keep what the other side holds since a day and the journal does not; give the days, the oldest first.

        What the listener has not come to yet is left to it. Raises Unavailable or AuthFailed.
        """


def compares(connector: Connector | type[Connector]) -> bool:
    """Tell whether a connector is `Comparable`."""
    return hasattr(connector, "compare")


class Recorder(Protocol):
    """A connector whose other side records, and which can bring what it recorded."""

    async def bring(self, name: str, into: Path) -> None:
        """Write the recording of this name, as the other side told it, into a file of ours.

        Unavailable: it cannot be had yet. Refused: there is none, or it is none that we may have.
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
