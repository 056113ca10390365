"""What a telephone exchange shows at a moment: who waits in its queues, and who is there to answer.

It is shown and not kept: a board has no history, and one that is not of now says nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

State = Literal["free", "ringing", "talking", "off", "unknown"]
Ear = Literal["listen", "whisper", "join"]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A caller who waits: the key of his call, his number as the exchange has it ("" where withheld), since when."""

    call: str
    number: str
    since: datetime


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone that is in a queue. Paused, it is not rung; `reason` says why and `paused_at` since when."""

    extension: str
    name: str = ""
    paused: bool = False
    reason: str = ""
    paused_at: datetime | None = None


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """One queue: who waits, the longest first, and who answers. `department` is whose it is, "" if nothing says so."""

    name: str
    department: str = ""
    waiting: tuple[Waiting, ...] = ()
    members: tuple[Member, ...] = ()


class Telephone(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague's telephone, and how it is; `since` is None where that began before anybody listened."""

    extension: str
    state: State
    since: datetime | None = None


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """`by` hears `to` in a call: silently, speaking to `to` alone (whisper), or to both (join)."""

    call: str
    by: str
    to: str
    how: Ear = "listen"


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """All of one exchange, in the order of names."""

    queues: tuple[Queue, ...] = ()
    telephones: tuple[Telephone, ...] = ()
    listening: tuple[Listening, ...] = ()
