"""The business as programs see it: the shapes of `/api/v1`.

People outside build on these words. A field may be added; none is taken away or changes its meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from crm.derivation import Piece
from hub.web.pages import LARGEST_ID

MOST = 10**15  # what every reader of JSON keeps exactly, and more than anybody counts

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Line = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(max_length=20_000)]
Answer = str | list[str]
Plain = str | int | float | bool
Whole = Annotated[int, Meta(ge=-MOST, le=MOST)]
Direction = Literal["inbound", "outbound", "internal"]
Outcome = Literal["answered", "abandoned", "no-answer", "busy", "rejected", "failed", "unknown"]
DialState = Literal["left", "reached", "stopped"]
Number = Annotated[float, Meta(ge=-MOST, le=MOST)]


class HandleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A way to reach a contact: a `phone` in E.164, a `mail` address in small letters."""

    kind: str
    value: str


class ContactOut(msgspec.Struct, frozen=True, kw_only=True):
    """A contact. `organisation` and `department` are names, `responsible` is a user's id."""

    id: int
    name: str
    organisation: str | None
    handles: list[HandleOut]
    fields: dict[str, Plain]
    department: str | None
    responsible: int | None
    made_at: datetime
    changed_at: datetime


class AttachmentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file; `content` is the address that gives it."""

    id: int
    name: str
    type: str
    size: int
    content: str


class OrderLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order. Numbers are decimal text as the shop wrote them, "" where it says nothing."""

    name: str
    sku: str
    quantity: str
    price: str
    total: str


class OrderChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a shop told of an order, and when; `late`: it was of an earlier state, and changed nothing."""

    at: datetime
    words: list[str]
    late: bool


class OrderOut(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody ordered, as it stands now. Sums are decimal text as the shop wrote them.

    `state` is the shop's own word. `changed_at` is when the shop last changed it, `changes` what that was, in order.
    """

    number: str
    state: str
    cancelled: bool
    total: str
    currency: str
    lines: list[OrderLineOut]
    address: str
    payment: str
    delivery: str
    changed_at: datetime
    changes: list[OrderChangeOut]


class InteractionOut(msgspec.Struct, frozen=True, kw_only=True):
    """One touch with a contact (its id), on a channel (its name; a note has none).

    `fields` are a form's answers by label; a label that came several times has a list. `duplicates` are the
    times at which the same request came again. `order` is what was ordered, where the kind is `order`.
    """

    id: int
    contact: int
    channel: str | None
    kind: str
    direction: str
    at: datetime
    summary: str
    text: str
    fields: dict[str, Answer]
    origin: dict[str, Answer]
    remarks: list[str]
    attachments: list[AttachmentOut]
    duplicates: list[datetime]
    order: OrderOut | None = None


class DeadlineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A promise on a task. `derivation` says why it is due then, `pieces` the same to draw.

    `promise` says what was promised, in working time or in working days, "" where somebody set the time
    himself. While it is paused it has no `due_at`.
    """

    id: int
    task: int
    kind: str
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    paused_at: datetime | None
    breached_at: datetime | None
    promise: str
    derivation: str
    pieces: list[Piece]


class TaskOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do. `contact` and `assignee` are ids, `department` is a name, `url` opens it."""

    id: int
    title: str
    kind: str
    why: str
    contact: int | None
    assignee: int | None
    department: str | None
    created_at: datetime
    planned_for: datetime | None
    done_at: datetime | None
    deadlines: list[DeadlineOut]
    url: str


class TalkOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who talked with the customer, an extension or somebody "outside", and for how long, holding included."""

    extension: str
    seconds: float


class TransferOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who handed the call on to whom: `blind`, or `attended` after asking; `to` is "" where nobody says."""

    kind: Literal["blind", "attended"]
    by: str
    to: str


class CallOut(msgspec.Struct, frozen=True, kw_only=True):
    """One call on a channel (its name). `customer` is E.164, null where it is withheld, inside or no such number.

    `outcome` is null while it goes on. `cause` is the Q.850 cause with which it ended. `contact` is who it is with,
    `task` the call-back that a missed one asks for.
    """

    id: int
    channel: str
    direction: Direction
    customer: str | None
    name: str
    withheld: bool
    dialled: str
    queue: str
    rang: list[str]
    talks: list[TalkOut]
    holds: int
    transfers: list[TransferOut]
    outcome: Outcome | None
    ended_by: Literal["customer", "staff", "pbx"] | None
    cause: int | None
    recorded: bool
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    contact: int | None
    task: int | None


class ProgressOut(msgspec.Struct, frozen=True, kw_only=True):
    """How far a dialling list is, in people. Of `called` the telephone rang; `left`, `reached`, `stopped` are all."""

    people: int
    called: int
    left: int
    reached: int
    stopped: int


class ResultOut(msgspec.Struct, frozen=True, kw_only=True):
    """A result, and of how many it is the last one."""

    result: str
    people: int


class DialListOut(msgspec.Struct, frozen=True, kw_only=True):
    """A dialling list. `department` calls its people, who were in `view`; `left_out` had no number.

    They are called from `calls_from` to `calls_until` by their own clocks, `most_tries` times at most, again after
    `again_minutes`. Nobody is given out since `paused_at`.
    """

    id: int
    name: str
    department: str | None
    view: str
    script: str
    calls_from: str
    calls_until: str
    most_tries: int
    again_minutes: int
    left_out: int
    made_at: datetime
    paused_at: datetime | None
    progress: ProgressOut
    results: list[ResultOut]


class DialPersonOut(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on a dialling list. Who is `left` is called from `due_at` on; `why` says why somebody was stopped.

    `held_by` is the user who has him just now, `call` the last call to him, `result` what came of it.
    """

    id: int
    contact: int
    name: str
    number: str
    state: DialState
    due_at: datetime
    tries: int
    last_at: datetime | None
    reached_at: datetime | None
    stopped_at: datetime | None
    why: str
    held_by: int | None
    call: int | None
    result: str | None


def by_label(answers: Iterable[Mapping[str, str]]) -> dict[str, Answer]:
    """Lay a form's answers out by label; a label that is there several times gets the list of its answers."""
    found: dict[str, list[str]] = {}
    for answer in answers:
        found.setdefault(answer["label"], []).append(answer["value"])
    return {label: values[0] if len(values) == 1 else values for label, values in found.items()}
