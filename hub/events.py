"""What an inbound item means (events) and what we want done outside (commands).

Connectors make events out of raw bytes and the business turns them into records; commands go the other way.
Both are frozen values without behaviour, so that they can be compared, stored and replayed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

# Said here as well: whoever makes or takes events has them all of one place.
from hub.chats import ChatChanged as ChatChanged  # noqa: PLC0414
from hub.chats import MessageEdited as MessageEdited  # noqa: PLC0414
from hub.chats import MessageFate as MessageFate  # noqa: PLC0414
from hub.chats import MessageReacted as MessageReacted  # noqa: PLC0414
from hub.chats import MessageReceived as MessageReceived  # noqa: PLC0414
from hub.chats import SendMessage as SendMessage  # noqa: PLC0414
from hub.chats import ShowTyping as ShowTyping  # noqa: PLC0414
from hub.forms import Field as Field  # noqa: PLC0414
from hub.forms import File as File  # noqa: PLC0414
from hub.forms import FormSubmitted as FormSubmitted  # noqa: PLC0414
from hub.forms import Guard as Guard  # noqa: PLC0414
from hub.letters import FileLetter as FileLetter  # noqa: PLC0414
from hub.letters import LetterReceived as LetterReceived  # noqa: PLC0414
from hub.letters import SendLetter as SendLetter  # noqa: PLC0414
from hub.payments import PaymentHeard as PaymentHeard  # noqa: PLC0414


class Talk(msgspec.Struct, frozen=True):
    """How long an extension, or somebody "outside", shared the line with the customer, holding included."""

    extension: str
    seconds: float


class Transfer(msgspec.Struct, frozen=True):
    """An extension handed the call on: `blind`, or `attended` after asking; `to` is "" where nobody says."""

    kind: Literal["blind", "attended"]
    by: str
    to: str


class CallState(msgspec.Struct, frozen=True, kw_only=True):
    """A call as its PBX tells it, at one moment. Texts from outside are cut and free of control characters.

    `key` is the PBX's id of the call. `customer` is E.164, None where it is withheld, inside or no such number;
    `written` is that number as the PBX had it. `dialled` is as dialled. `rang` are the extensions that rang, in
    order; `ringing`, `talking` with the customer, `inside` with or without him, and `on_hold` are of now, and `talks`
    grow until the call ends. The calls between colleagues have no talks: those are with customers.

    `outcome` is None while the call lives. "unknown": its end was missed; it came within `gap` seconds before
    `ended_at`. `cause` is the Q.850 cause with which it ended. `recording` is the file on the PBX, `silenced` says that
    nothing is heard in it for now; `parked` is the place where the customer waits. `own` is our own id of a call that
    we placed; `picked_up` says that whoever placed it took his own telephone, so that the customer's was called.
    """

    key: str
    direction: Literal["inbound", "outbound", "internal"]
    customer: str | None = None
    written: str = ""
    name: str = ""
    withheld: bool = False
    dialled: str = ""
    queue: str = ""
    rang: tuple[str, ...] = ()
    ringing: tuple[str, ...] = ()
    talking: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    on_hold: bool = False
    talks: tuple[Talk, ...] = ()
    holds: int = 0
    transfers: tuple[Transfer, ...] = ()
    outcome: Literal["answered", "abandoned", "no-answer", "busy", "rejected", "failed", "unknown"] | None = (
        None
    )
    ended_by: Literal["customer", "staff", "pbx"] | None = None
    cause: int | None = None
    recorded: bool = False
    recording: str = ""
    silenced: bool = False
    parked: str = ""
    own: str = ""
    picked_up: bool = False
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    gap: float = 0.0


class CallChanged(msgspec.Struct, frozen=True, tag=True):
    """A call as it is at this moment; a higher number replaces a lower one of the same key.

    `department` is whose call it is by the channel's settings, "" where they do not say.
    """

    call: CallState
    number: int
    department: str = ""


class CallsListed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The calls that live on a PBX, by key, asked for at `at` after a connection began: no other lives any more.

    `silent_since` is when it was last heard before that.
    """

    keys: tuple[str, ...]
    at: datetime
    silent_since: datetime | None = None


class CallFound(msgspec.Struct, frozen=True, tag=True):
    """A call at its end, found afterwards in what its PBX wrote down: `call.gap` seconds of it nobody heard.

    It says what nobody knows, and changes nothing that is known. `department` is as in CallChanged.
    """

    call: CallState
    department: str = ""


class CallNews(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One thing that happened to a call, by a PBX that says no more at a time: the hub puts the call together.

    `extensions` are those at which it happened; one that nobody knows is a name or a number as the PBX has it. `quiet`:
    it rings there no more. `seconds` is how long was talked, where the PBX counts that. `within` is after how many
    seconds without other news the call is taken for ended. The rest is as in CallState.
    """

    key: str
    what: Literal["rings", "quiet", "answered", "ended"]
    at: datetime
    direction: Literal["inbound", "outbound", "internal"] = "inbound"
    customer: str | None = None
    written: str = ""
    withheld: bool = False
    dialled: str = ""
    queue: str = ""
    extensions: tuple[str, ...] = ()
    seconds: float | None = None
    cause: int | None = None
    ended_by: Literal["customer", "staff", "pbx"] | None = None
    department: str = ""
    within: float = 14_400.0


Event = (
    FormSubmitted | LetterReceived | CallChanged | CallsListed | CallFound | CallNews
    | MessageReceived | MessageEdited | MessageReacted | MessageFate | ChatChanged | PaymentHeard
)  # fmt: skip


class PlaceCall(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ring a colleague's phone and then the customer's. At most once: nobody's phone rings an hour later.

    `device` is the colleague's extension, `number` E.164; `own` is the id by which the call will be known.
    `department` is whose call it is: the channel's settings say which number the customer is shown for it. `say` is
    played to the colleague before the customer is called: names of sounds of the PBX, with & between.
    """

    device: str
    number: str
    own: str = ""
    department: str = ""
    say: str = ""


class HangUp(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """End the part that an extension has in a call, known by its key."""

    call: str
    by: str


class HandOn(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give the one with whom `by` talks to another extension: at once, or `ask` that one first."""

    call: str
    by: str
    to: str
    ask: bool = False


class Park(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let the one with whom `by` talks wait with music where any telephone can fetch him."""

    call: str
    by: str


class Record(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let the recording of a call be silent, or be heard again when `on`."""

    call: str
    by: str
    on: bool


class EnterQueue(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Have an extension be rung for a queue; `name` is whose it is."""

    queue: str
    extension: str
    name: str = ""


class LeaveQueue(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Have an extension be rung for a queue no more."""

    queue: str
    extension: str


class Pause(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Have an extension be rung for none of its queues for a while, or again with `ends`; `reason` says why."""

    extension: str
    reason: str = ""
    ends: bool = False


class Listen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ring `by`, and let him hear how `to` talks in a call; whisper to him alone, or join and be heard by both."""

    call: str
    by: str
    to: str
    how: Literal["listen", "whisper", "join"] = "listen"


class ListCaller(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Write a number (E.164) on a list of the PBX's own, `blocked` or `vip`; an empty `value` takes it off."""

    number: str
    list: str
    value: str


Command = (
    SendMessage | ShowTyping | SendLetter | FileLetter | PlaceCall | HangUp | HandOn | Park | Record | ListCaller
    | EnterQueue | LeaveQueue | Pause | Listen
)  # fmt: skip
CALLING = (PlaceCall, HangUp, HandOn, Park, Record)
"""The commands that are about a call."""
ANSWERING = (EnterQueue, LeaveQueue, Pause, Listen)
"""The commands that are about who answers, and how."""
