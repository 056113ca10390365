"""Appointments as programs send and get them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from crm.appointment_changes import ADDRESS, FARTHEST_WAY, LONGEST, PURPOSE, SHORTEST, WHY
from crm.web.api_shapes import Id, Plain
from hub.web.decoding import Body, Query
from hub.web.paging import Paging

Moment = Annotated[datetime, Meta(tz=True)]
Minutes = Annotated[int, Meta(ge=SHORTEST, le=LONGEST)]
Way = Annotated[int, Meta(ge=0, le=FARTHEST_WAY)]
Address = Annotated[str, Meta(max_length=ADDRESS)]
Purpose = Annotated[str, Meta(max_length=PURPOSE)]
State = Literal["planned", "done", "cancelled", "missed"]
Reminder = Literal["", "mail", "chat", "none"]
Answers = dict[str, Plain | None]
MOST_FREE = 20


class AppointmentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A visit. `zone` is that of the place; `before` and `after` are the minutes of the ways.

    `sequence` goes up with each change, `told` is the one that the customer was told of.
    """

    id: int
    contact: int
    deal: int | None
    task: int | None
    person: int
    state: State
    starts_at: datetime
    ends_at: datetime
    before: int
    after: int
    zone: str
    address: str
    purpose: str
    remind_by: Reminder
    invites: bool
    sequence: int
    told: int | None
    remind_at: datetime | None
    reminded_at: datetime | None
    trouble: str


class AppointmentIn(Body, frozen=True, kw_only=True):
    """A new visit: with `contact`, or for a `task` that needs a time. What is left out is as the company makes them."""

    person: Id
    starts_at: Moment
    contact: Id | None = None
    deal: Id | None = None
    task: Id | None = None
    minutes: Minutes | UnsetType = UNSET
    before: Way | UnsetType = UNSET
    after: Way | UnsetType = UNSET
    address: Address = ""
    purpose: Purpose = ""
    remind_by: Reminder = ""
    invites: bool = True


class AppointmentPatch(Body, frozen=True, kw_only=True):
    """What a visit is to be; what is left out stays."""

    person: Id | UnsetType = UNSET
    starts_at: Moment | UnsetType = UNSET
    minutes: Minutes | UnsetType = UNSET
    before: Way | UnsetType = UNSET
    after: Way | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    purpose: Purpose | UnsetType = UNSET
    remind_by: Reminder | UnsetType = UNSET
    invites: bool | UnsetType = UNSET


class Cancelled(Body, frozen=True, kw_only=True):
    """Why it does not take place."""

    why: Annotated[str, Meta(max_length=WHY)] = ""


class Done(Body, frozen=True, kw_only=True):
    """What the form of its task asks for, if it has one."""

    answers: Annotated[Answers, Meta(max_length=60)] = msgspec.field(default_factory=dict)


class FreeOut(msgspec.Struct, frozen=True, kw_only=True):
    """Times at which somebody could go."""

    times: list[datetime]


class AppointmentQuery(Paging, frozen=True, kw_only=True):
    """Which visits."""

    contact: Annotated[Id | None, Meta(description="Only those with the contact of this id")] = None
    deal: Annotated[Id | None, Meta(description="Only those of the deal of this id")] = None
    person: Annotated[Id | None, Meta(description="Only those of the user of this id")] = None


class FreeQuery(Query, frozen=True, kw_only=True):
    """Whose time, from when on, and for how long."""

    person: Annotated[Id, Meta(description="The user's id")]
    after: Annotated[datetime, Meta(tz=True, description="Not before this moment")]
    minutes: Annotated[int, Meta(ge=SHORTEST, le=LONGEST, description="How long the visit takes")] = 60
    travel: Annotated[int, Meta(ge=0, le=480, description="Minutes of each way")] = 0
    most: Annotated[int, Meta(ge=1, le=MOST_FREE, description="How many times at most")] = 3
