"""What every connector is: settings, a pure reader, and as needed a listener, a sender and an intake address.

A connector is one class, named by an entry point of the group `ringback.connectors` (ours and others' alike).
It never touches the database. What happens when the other side fails, its exceptions decide: see hub/troubles.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, ClassVar, NamedTuple, Protocol

import msgspec
from aiohttp import web

from hub.board import Board
from hub.chats import Rules, Template
from hub.events import Command, Event

# Said here as well: whoever writes a connector has it all of one place.
from hub.troubles import AuthFailed as AuthFailed  # noqa: PLC0414
from hub.troubles import Blocked as Blocked  # noqa: PLC0414
from hub.troubles import InDoubt as InDoubt  # noqa: PLC0414
from hub.troubles import Opposed as Opposed  # noqa: PLC0414
from hub.troubles import Ours as Ours  # noqa: PLC0414
from hub.troubles import Refused as Refused  # noqa: PLC0414
from hub.troubles import Unavailable as Unavailable  # noqa: PLC0414


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """One raw item as the journal keeps it.

    `headers` are in lower case; web intake adds `:method`, `:query` (raw query string), `:remote` (address) and, of
    what was sent below its address, `:path`. `key` is the item's own key in the journal.
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


class Doubt(msgspec.Struct, frozen=True):
    """Why an item is not proven to be from whom it says, as a sentence, and what its sender is told.

    `unkept` is what he is told where it is not even kept apart; None for the same.
    """

    why: str
    answer: Answer
    unkept: Answer | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a channel: names, types and defaults; a `Meta` gives each a title and a sentence (N_).

    It is the manual, and the console makes its form of it. A `Secret` is never shown again. `extra` may say the
    "place" of its own page, such as "/form-builder/{id}", that it is changed "by_command" alone, the "group" with
    which it stands together, folded up (those without any come first), and the words for its "choices" by value.
    Refuse what could never work with `WrongSetting`.
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


# Keeps a secret that the other side gave out in place of another: which setting, the one before, and the new one.
Renew = Callable[[str, str, str], Awaitable[None]]


async def forget(_setting: str, _before: str, _after: str) -> None:
    """Keep nothing."""


class Connector:
    """Code for one protocol, made once per configured channel.

    `channel` is the channel's name, `token` the secret in its addresses; `carries` are the commands it carries out.
    `learns` is the page where people say what the fields of an item mean: `{id}` is its channel's, `{item}` its own.
    `is_tried` says that others try and question it, so that only what became something shows that it works.
    `rules` are a messenger's, None for what is none; it says by `approved()` which templates it was set up with.
    `kept` is for how long those who send to it try again where they find nobody, None where nobody can say.
    `renew` is told of each secret of the settings that the other side gives out anew; the hub keeps it.
    `address` is where others send things to this channel, "" where nobody said under which address the hub is reached.
    """

    kind: ClassVar[str]
    settings_type: ClassVar[type[Settings]] = Settings
    places: ClassVar[Sequence[Place]] = ()
    templates: ClassVar[Path | None] = None
    carries: ClassVar[tuple[type, ...]] = ()
    learns: ClassVar[str] = ""
    is_tried: ClassVar[bool] = False
    rules: ClassVar[Rules | None] = None
    kept: ClassVar[timedelta | None] = None

    def __init__(self, channel: str, token: str, settings: Settings) -> None:
        """Keep what the channel is called and how it is set up; do no I/O here."""
        self.channel = channel
        self.token = token
        self.settings = settings
        self.renew: Renew = forget
        self.address = ""

    async def close(self) -> None:
        """Let go of the other side: the hub ends, and nothing is in hand any more."""

    @classmethod
    def routes(cls) -> Iterable[web.RouteDef]:
        """Give the public addresses that this kind serves beside the intake, such as a form's page."""
        return ()

    def read(self, raw: Raw) -> Sequence[Event]:
        """Turn raw into events. Pure and total: junk raises ValueError and nothing else."""
        raise NotImplementedError

    def parts(self, raw: Raw) -> Sequence[Raw]:
        """Give what an item is made of that holds several things, each as `read` takes it alone; as pure and total.

        None where it is one thing. Each becomes an item of its own, so that one in trouble holds up no other.
        """
        del raw
        return ()

    def explain(self, raw: Raw) -> Sequence[Taken]:
        """Say what `read` takes each part for; as pure and total as that."""
        del raw
        return ()

    def sent_by(self, raw: Raw) -> str:
        """Say in words which kind of sender an item is read as one of, "" where a channel has one kind alone."""
        del raw
        return ""

    def is_long(self, raw: Raw) -> bool:
        """Tell whether reading may take longer than the size says, as with what is packed: a thread does it then."""
        del raw
        return False

    def approved(self) -> Sequence[Template]:
        """Give the templates of a messenger that people may send."""
        return ()

    def called(self) -> str:
        """Give by which name its messenger knows the channel, where its settings say so; "" where they do not."""
        return ""

    def trial(self) -> Raw | None:
        """Give a harmless item that goes the whole road and becomes nothing; None where there is none."""
        return None


class WebIntake(Protocol):
    """Takes what is sent to `/in/{channel}/{token}`; may have `asks(raw)`, `takes_puts`, `key(raw)`, `stream(raw)`."""

    def refuse(self, raw: Raw) -> Answer | None:
        """Say in an answer why this cannot be taken at all, or None. Must be quick: it runs before the commit."""

    def doubt(self, raw: Raw) -> Doubt | None:
        """Say why it is not proven genuine, or None: it is kept apart then, and nothing is made of it. As quick."""

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

    async def unfilled(self, words: str, *, for_good: bool = False) -> None:
        """Say why that cannot be found out for now, or `for_good`; said again it changes nothing."""

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


class Rest(NamedTuple):
    """What of a command is still to be done, as a command of its own; `why` it is to wait, "" for at once."""

    command: Command
    why: str = ""


class Sent(NamedTuple):
    """What the other side calls it, what was not as it should be, "" for nothing, and the `rests` still to be done."""

    remote_id: str
    remark: str = ""
    rests: tuple[Rest, ...] = ()


class Sender(Protocol):
    """A connector that carries out commands."""

    async def send(self, command: Command) -> str | Sent:
        """Carry it out once and give the other side's id for it.

        Unavailable and AuthFailed say that it surely was not carried out, Refused that it never will be. After any
        other exception nobody knows, such as InDoubt.
        """
