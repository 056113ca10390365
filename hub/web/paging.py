"""Lists in pages: `{"items": […], "next": cursor or null}`, newest or oldest first, by id.

A cursor is the last id of a page in base 64: eleven characters that nobody should read anything into. Each
text of the documented pattern is a cursor, so whatever else comes is told to be none.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, Protocol, TypeVar, TypeVarTuple

import msgspec
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from hub.languages import _
from hub.web.decoding import Query
from hub.web.problems import Fault, Problem

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LIMIT = 50
MOST = 200
CURSOR = r"^[A-Za-f][A-Za-z0-9_-]{9}[AEIMQUYcgkosw048]$"


class Numbered(Protocol):
    """A row with an id."""

    @property
    def id(self) -> int:
        """Give it."""


R = TypeVar("R", bound=Numbered)


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; `next` leads to the following one."""

    items: list[T]
    next: str | None = None


class Paging(Query, frozen=True, kw_only=True):
    """The query of a list. Ask for `limit + 1` rows beyond `after`, and hand them to `page_of`."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST, description="How many at most")] = LIMIT
    cursor: Annotated[
        str | None,
        msgspec.Meta(description="`next` of the page before", extra_json_schema={"pattern": CURSOR}),
    ] = None

    @property
    def after(self) -> int | None:
        """Give the id behind which this page begins, None for the first page; or a problem."""
        return None if self.cursor is None else decode_cursor(self.cursor)


def page_of(rows: Sequence[R], limit: int, show: Callable[[R], T]) -> Page[T]:
    """Make a page of `limit + 1` rows; if there are fewer, it is the last."""
    more = len(rows) > limit
    return Page([show(row) for row in rows[:limit]], encode_cursor(rows[limit - 1].id) if more else None)


def newest_first(
    wanted: Select[*Ts], row_id: InstrumentedAttribute[int], query: Paging
) -> Select[*Ts]:  # fmt: skip
    """Have a list begin behind the cursor, the newest first, with the one more that `page_of` looks for."""
    if query.after is not None:
        wanted = wanted.where(row_id < query.after)
    return wanted.order_by(row_id.desc()).limit(query.limit + 1)


def encode_cursor(last_id: int) -> str:
    """Make the cursor that leads on behind this id."""
    return base64.urlsafe_b64encode(last_id.to_bytes(8, "big")).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """Give the id back, or a problem."""
    if not re.match(CURSOR, cursor) or cursor.endswith("\n"):
        raise Problem(
            400,
            _("This cursor is none of ours. Take it from `next` of the page before."),
            errors=[Fault(detail=_("not a cursor"), parameter="cursor")],
        )
    return int.from_bytes(base64.urlsafe_b64decode(f"{cursor}="), "big")
