"""What every list of records has in common, and what each says of itself.

A room with a list says what it consists of; its page, its total, its views, its exports and what is done to many in
it are the same for all (list_pages, views, exports, many).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Generic, Protocol, TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session
from yarl import URL

from crm import listing, views
from crm.bulk import Deed
from crm.exports import Card, Cell
from crm.legs import Place
from crm.listing import Asked, Kind
from crm.ways import FIELD, GIVE, TAG, TASK
from crm.web.columns import Column, chosen
from crm.web.filters import Filter
from crm.web.similar import Link
from hub.languages import N_
from hub.said import Said
from hub.users import Viewer

MOST_PAIRS = 100


class Placed(Protocol):
    """A row that knows where it stands in its list."""

    @property
    def place(self) -> Place:
        """Give where."""


class Named(Protocol):
    """A line that says what it is called."""

    @property
    def name(self) -> str:
        """Give it."""


Row = TypeVar("Row", bound=Placed)
Line = TypeVar("Line", bound=Named)


class Export(msgspec.Struct, Generic[Row, Line], frozen=True):
    """How a list leaves: a column's heads and its cells of a line, what the audit says, rows as address cards."""

    heads: Callable[[Column], Sequence[str]]
    cells: Callable[[Line, Column, ZoneInfo], Sequence[Cell]]
    told: Callable[[int, str], Said]
    cards: Callable[[Session, Sequence[Row]], Sequence[Card]] | None = None


class List(msgspec.Struct, Generic[Row, Line], frozen=True, kw_only=True):
    """A list: `record` is the audit's word for one of it; parts of templates are named after that.

    `names` stands over what its lines are called, `deeds` are the ways in which something is done to many of it.
    """

    kind: Kind
    record: str
    title: str
    finds: str
    everything: str
    give: str
    counted: Callable[[int], str]
    more: str
    by_default: Sequence[str]
    ready: Sequence[tuple[str, Asked]]
    columns: Callable[[Session, Viewer], list[Column]]
    rows: Callable[[Session, Viewer, Asked, str, int], Sequence[Row]]
    count: Callable[[Session, Viewer, Asked, int], int]
    counts_soon: Callable[[Viewer, Asked], bool]
    lines: Callable[[Session, Viewer, Sequence[Row]], Sequence[Line]]
    filters: Callable[[Session, Viewer, Asked], Sequence[Filter]]
    narrowed: Callable[[Session, Viewer, Asked], Iterator[tuple[str, Asked]]]
    chosen: Callable[[Session, Viewer, str, Asked, Sequence[int]], list[int]]
    export: Export[Row, Line]
    names: str = N_("Name")
    deeds: Collection[str] = (GIVE, FIELD, TASK, TAG)
    join: Callable[[Session, Viewer, str, Asked, Sequence[int]], tuple[Deed, list[int]]] | None = None
    fillable: Callable[[Session, Viewer], object] = lambda _session, _viewer: None
    similar: Callable[[Session, Viewer, str], list[Link]] = lambda _session, _viewer, _q: []


def address(asked: Asked, part: str = "", *, after: str = "") -> str:
    """Give the address of a list, or of a part of it such as "/total"."""
    return str(URL(asked.kind.href + part).with_query(({"after": after} if after else {}) | asked.pairs()))


def asked_in(query: str, kind: Kind) -> Asked:
    """Read a list out of the text that an address carries."""
    return listing.read(dict(parse_qsl(query[: views.LONGEST_QUERY], max_num_fields=MOST_PAIRS)), kind)


def query_of(asked: Asked) -> str:
    """Give the text that an address carries."""
    return URL.build(query=asked.pairs()).query_string


def shown_columns(session: Session, viewer: Viewer, listed: List[Row, Line], asked: Asked) -> list[Column]:
    """Give the columns that are shown: the view's, else the viewer's own, else those that most want."""
    names = asked.columns
    if names is None:
        own = views.columns_of(session, viewer, listed.kind.name)
        names = tuple(listed.by_default) if own is None else listing.columns_of(own.split(","))
    return chosen(listed.columns(session, viewer), names)
