"""The sale as programs see it: deals, their lines and moves, pipelines, and the price list.

Sums are whole numbers in the smallest unit of their currency, quantities in thousandths, rates in hundredths of a
percent.
"""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from crm.deal_line_changes import LONGEST
from crm.deal_lines import HUNDRED_PERCENT, THOUSAND
from crm.money import MOST
from crm.web.api_shapes import Id, Line, Plain

Sum = Annotated[int, Meta(ge=0, le=MOST)]
Price = Annotated[int, Meta(ge=-MOST, le=MOST)]
Quantity = Annotated[int, Meta(ge=1, le=MOST)]
Rate = Annotated[
    int, Meta(ge=0, le=HUNDRED_PERCENT, description="In hundredths of a percent: 2500 is 25 %, 30 is 0.3 %")
]
Percent = Annotated[int, Meta(ge=0, le=100)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Day = Annotated[dt.date, Meta(description="A day such as 2026-12-24")]


class DealOut(msgspec.Struct, frozen=True, kw_only=True):
    """A deal. `contact`, `pipeline`, `stage`, `responsible` and `interaction` are ids, `department` is a name.

    `value` is without tax; `probability` is null where it is its stage's. Without `won_at` and `lost_at` it is open.
    """

    id: int
    title: str
    contact: int
    pipeline: int
    stage: int
    value: int
    currency: str
    probability: int | None
    expected_on: dt.date | None
    department: str | None
    responsible: int | None
    source: str
    interaction: int | None
    fields: dict[str, Plain]
    made_at: datetime
    changed_at: datetime
    stage_since: datetime
    won_at: datetime | None
    lost_at: datetime | None
    lost_reason: str | None
    lost_why: str
    url: str


class DealMoveOut(msgspec.Struct, frozen=True, kw_only=True):
    """A deal entered the stage `to`, from `from`, null where it began; `by` is a user's id."""

    id: int
    from_: int | None = msgspec.field(name="from")
    to: int
    at: datetime
    by: int | None
    why: str


class DealLineIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sold. What is left out is the product's; without a product it needs a name and a price."""

    product: Id | None = None
    name: Annotated[str, Meta(max_length=LONGEST)] = ""
    unit: Line | None = None
    quantity: Quantity = THOUSAND
    price: Price | None = None
    discount: Rate = 0
    tax: Rate | None = None


class DealLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is sold; `net` is what the line comes to after its discount, without tax."""

    product: int | None
    name: str
    unit: str
    quantity: int
    price: int
    discount: int
    tax: int
    net: int


class TaxOut(msgspec.Struct, frozen=True, kw_only=True):
    """What tax there is of one rate."""

    rate: int
    sum: int


class DealLinesOut(msgspec.Struct, frozen=True, kw_only=True):
    """All lines of a deal, and what they come to."""

    lines: list[DealLineOut]
    currency: str
    net: int
    taxes: list[TaxOut]
    gross: int


class DealPartOut(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody else who has to do with a deal: a contact's id, and as what."""

    contact: int
    role: str


class DealPartsOut(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody else who has to do with a deal."""

    parts: list[DealPartOut]


class StageOut(msgspec.Struct, frozen=True, kw_only=True):
    """A stage. `ends` is "won" or "lost" where deals end in it; `required` are the keys of fields that it asks for.

    `probability` is in percent; after `stale_days` a deal stands too long in it, 0 for never.
    """

    id: int
    name: str
    probability: int
    ends: str
    required: list[str]
    stale_days: int


class PipelineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline with its stages, in their order; requests of the channels `opened_by` open a deal in it."""

    id: int
    name: str
    opened_by: list[str]
    stages: list[StageOut]


class LostReasonOut(msgspec.Struct, frozen=True, kw_only=True):
    """A reason for which a deal is lost, to choose from."""

    id: int
    name: str


class ProductOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something on the price list. `price` is for one `unit`, without tax; since `retired_at` it is sold no more."""

    id: int
    code: str
    name: str
    unit: str
    price: int
    currency: str
    tax: int
    made_at: datetime
    changed_at: datetime
    retired_at: datetime | None
