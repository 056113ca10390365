"""Letters to many: what the business wants sent, who sends it, and what became of each. The seam between them.

The business claims copies (a `Batch`), a connector sends them and writes into a `Log` what it does, and the business
settles what stands there. A copy of which the log holds a final dot and no answer may have arrived, and nobody knows;
one without a dot surely did not leave. That is so whether a line was lost or all of the hub was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import msgspec

from hub.letters import Address

if TYPE_CHECKING:
    from hub.connector import Connector

Pieces = tuple[str, ...]
"""A text in pieces: between each two of them stands a value, which is each copy's own."""

End = Literal["sent", "refused", "later"]


class Mailing(msgspec.Struct, frozen=True, kw_only=True):
    """What copies have in common. An empty address of the sender's is the channel's own.

    `list_id` and `feedback_id` stand in headers as they are (RFC 2919; a:b:c:d); `list_name` is for people.
    """

    sender: Address = Address("", "")
    subject: Pieces
    text: Pieces
    html: Pieces
    list_id: str = ""
    list_name: str = ""
    feedback_id: str = ""


class Copy(NamedTuple):
    """One recipient's copy of the mailing of that number, the same at each try.

    `token` proves which copy it is: it stands in the address that its reports come back to, and is its Message-ID.
    `leave` are the addresses by which he leaves the list, https first. Values stand between the pieces; those of
    `html` are HTML.
    """

    id: int
    mailing: int
    to: Address
    token: str
    written_at: datetime
    leave: tuple[str, ...] = ()
    subject: Sequence[str] = ()
    text: Sequence[str] = ()
    html: Sequence[str] = ()


class Fate(msgspec.Struct, frozen=True, array_like=True):
    """What the other side said to a copy: its code (550), its enhanced one ("5.1.1", or "") and its words."""

    copy: int
    end: End
    code: int = 0
    enhanced: str = ""
    words: str = ""


class Batch(NamedTuple):
    """Copies that are claimed under one lease, and what they say."""

    channel_id: int
    mailings: Mapping[int, Mailing]
    copies: Sequence[Copy]


class Found(NamedTuple):
    """What a log tells: of which copies the dot may have left, and what became of some of them.

    Not `is_whole`: the dot of any other may have left as well.
    """

    dotted: frozenset[int]
    fates: tuple[Fate, ...]
    is_whole: bool


class Trouble(NamedTuple):
    """Why a batch did not get through though no copy is to blame; a person is needed where it is no use to `wait`."""

    words: str
    wait: timedelta | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Announced when nothing more of a campaign is to be begun, from now on."""

    campaign_id: int


@dataclass(frozen=True, slots=True)
class Withheld:
    """Announced when these copies are not to leave any more, though they are claimed; one that has begun has begun."""

    copies: frozenset[int]


class Log(Protocol):
    """Where is written what is done, before it is done."""

    @property
    def is_stopped(self) -> bool:
        """Tell whether nothing more is to be begun."""

    def is_withheld(self, copy_id: int) -> bool:
        """Tell whether a copy is not to be begun any more."""

    def is_untouched(self, copy_id: int) -> bool:
        """Tell whether a copy surely did not leave, and nothing was said of it."""

    def dot(self, copy_id: int) -> None:
        """Say that the final dot of a copy is about to leave. This, and what was told before, outlives us."""

    def tell(self, fate: Fate) -> None:
        """Say what became of one. It outlives us from the next dot on, or from when it is to be kept."""

    def keep(self) -> None:
        """Have outlive us what was told."""

    @property
    def path(self) -> Path:
        """Give the file in which it stands."""

    def hand_over(self, changed: Callable[[bool, frozenset[int]], None]) -> None:
        """Let another process write on in the file; from now on this one only reads it.

        `changed` is called where nothing more is to be begun, or some copies are not to be: with all that are by now.
        """


class BulkSender(Protocol):
    """A connector that sends to many."""

    async def send_many(self, batch: Batch, log: Log) -> None:
        """Send what can be sent, and say in the log what became of each; the others did not leave.

        Unavailable, AuthFailed and Refused say why no more could be sent, which is no copy's fault.
        """


def sends_many(connector: Connector | type[Connector]) -> bool:
    """Tell whether a connector is a `BulkSender`."""
    return hasattr(connector, "send_many")
