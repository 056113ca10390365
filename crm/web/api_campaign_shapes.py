"""Campaigns as programs see them: the shapes of their endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from crm.campaign_contents import NAME
from crm.campaign_messages import ADDRESS, BUTTONS, LABEL, LONGEST, VALUE
from crm.campaign_whom import MOST_SEGMENTS
from crm.web.api_shapes import Id, Line
from hub.web.decoding import Body
from hub.web.paging import Paging

Ids = list[int]
Hours = list[str]
State = Literal["draft", "scheduled", "running", "paused", "done", "cancelled"]
Called = Annotated[str, Meta(min_length=1, max_length=NAME)]
Segments = Annotated[list[Id], Meta(max_length=MOST_SEGMENTS, description="Ids of segments")]
Hour = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Such as 08:00")]
Local = Annotated[
    str,
    Meta(pattern=r"^20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d$", description="Such as 2026-12-01T09:00"),
]


class CampaignOut(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign; `hours` from and until when it may leave, `own_clock` when by each recipient's clock, "" for none.

    `kind` is what it goes to: mail, telegram or whatsapp, as its channel is.
    """

    id: int
    name: str
    state: State
    paused_why: str
    subject: str
    list: int | None
    channel: int | None
    kind: str
    sender_name: str
    counts_clicks: bool
    counts_opens: bool
    segments: Ids
    without: Ids
    frozen: bool
    hours: Hours
    own_clock: str
    begins_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    next_at: datetime | None


class ReasonOut(msgspec.Struct, frozen=True, kw_only=True):
    """Why it goes no faster."""

    words: str
    until: datetime | None


class CampaignProgressOut(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is, in copies; `speed` a minute. `undecided` are the unknown ones that wait for a person.

    While it `grows`, the first copies leave and others are still being made: nobody can say then when it ends.
    """

    sent: int
    left: int
    refused: int
    unknown: int
    undecided: int
    left_out: int
    answered: int
    bounced: int
    unsubscribed: int
    complained: int
    speed: float
    ends_at: datetime | None
    grows: bool
    slow: list[ReasonOut]


class RecipientsOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many would get it if it began now, and by reason how many would not."""

    gets: int
    left_out: dict[str, int]


class CheckOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must hold."""

    name: str
    holds: bool
    words: str
    href: str


class ChecksOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it may begin, and by what that was told."""

    ready: bool
    checks: list[CheckOut]


class UnknownOut(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of which nobody knows whether it arrived."""

    id: int
    address: str
    contact: int | None


class DecidedOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many copies were decided on."""

    copies: int


class CampaignQuery(Paging, frozen=True, kw_only=True):
    """Which campaigns."""

    state: Annotated[State | None, Meta(description="Only those that are so")] = None


class CampaignIn(Body, frozen=True, kw_only=True):
    """A new campaign: a draft. It says what a ready start says; it is written in the console."""

    name: Called
    list: Id | None = None
    start: Literal["letter", "news", "offer"] = "letter"


class CampaignPatch(Body, frozen=True, kw_only=True):
    """What it is to be from now on; what is left out stays.

    `counts_clicks`: who follows links, or presses buttons that lead to the web; `counts_opens` is of letters alone.
    """

    name: Called | UnsetType = UNSET
    list: Id | UnsetType | None = UNSET
    channel: Id | UnsetType | None = UNSET
    sender_name: Line | UnsetType = UNSET
    counts_clicks: bool | UnsetType = UNSET
    counts_opens: bool | UnsetType = UNSET
    segments: Segments | UnsetType = UNSET
    without: Segments | UnsetType = UNSET
    frozen: bool | UnsetType = UNSET
    since: Hour | UnsetType = UNSET
    until: Hour | UnsetType = UNSET


class ButtonIn(Body, frozen=True, kw_only=True):
    """A button below the words, and the address of the web that it opens."""

    words: Annotated[str, Meta(min_length=1, max_length=LABEL)]
    href: Annotated[str, Meta(min_length=8, max_length=ADDRESS)]


class MessageIn(Body, frozen=True, kw_only=True):
    """What a campaign by a messenger says: words, with a picture (its key) and buttons; or an approved template.

    `language` names the template's where it has several, `values` fill it in. Words and values have personal places.
    With `version`, the one that was read, it is refused where somebody saved another one since.
    """

    version: Annotated[int, Meta(ge=0)] = 0
    text: Annotated[str, Meta(max_length=LONGEST)] = ""
    picture: Annotated[str, Meta(max_length=64)] = ""
    buttons: Annotated[tuple[ButtonIn, ...], Meta(max_length=BUTTONS)] = ()
    template: Annotated[str, Meta(max_length=300)] = ""
    language: Annotated[str, Meta(max_length=20)] = ""
    values: Annotated[tuple[Annotated[str, Meta(max_length=VALUE)], ...], Meta(max_length=20)] = ()


class ButtonOut(msgspec.Struct, frozen=True, kw_only=True):
    """A button."""

    words: str
    href: str


class MessageOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign by a messenger says, in its newest version; 0 where it says nothing yet."""

    version: int
    text: str
    picture: str
    buttons: list[ButtonOut]
    template: str
    language: str
    values: list[str]


class TestIn(Body, frozen=True, kw_only=True):
    """Which chat a test goes to: that of somebody of us."""

    chat: Id


class TestOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a test goes to."""

    name: str


class ScheduleIn(Body, frozen=True, kw_only=True):
    """When it begins: now, `at` a moment, or `own_clock` when each recipient's own clock shows this."""

    at: Annotated[datetime, Meta(tz=True)] | UnsetType = UNSET
    own_clock: Local | UnsetType = UNSET


class UnknownIn(Body, frozen=True, kw_only=True):
    """What is done with unknown copies: all of them, or one."""

    again: Annotated[bool, Meta(description="Send again; somebody may get it twice. False: leave them")]
    copy: Id | None = None
