"""The store's seam: tables, types, and the only two places where transactions begin and end.

Every piece of business is a plain function `fn(session, …)`, run by `await db.write(fn, …)` or
`await db.read(fn, …)`. It must be repeatable: it may be run again after a conflict or after a neighbour in
its commit group failed, so it touches nothing but the session. What it wants told outside it announces;
announcements leave after the commit, and not at all without one.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    text,
    types,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session

from hub import said
from hub.languages import listening
from hub.lots import Lots

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")

ANNOUNCED = "announced"

# A foreign key and an index are found by their names in a migration, on both engines.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(types.TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps it as text of fixed width, so that text order is time order."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object]:
        """Write moments; a naive one is refused, since it would be silently wrong by the machine's zone."""
        return _to_text if dialect.name == "sqlite" else _to_utc

    def result_processor(self, dialect: Dialect, _coltype: object) -> Callable[[Any], datetime | None]:
        """Read moments."""
        return _from_text if dialect.name == "sqlite" else _to_utc


def _to_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {value!r}")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _to_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    moment = value if value.tzinfo is UTC else cast("datetime", _to_utc(value))
    return moment.isoformat(" ", "microseconds")[:-6]


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


# Identities are 64 bits wide; SQLite only counts up by itself in a column that is called INTEGER.
Identity = BigInteger().with_variant(Integer(), "sqlite")
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Sentences(types.TypeDecorator[list[str]]):
    """A list of texts that may be sentences of ours, see hub/said.py."""

    impl = Document
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, _dialect: Dialect) -> list[str | None] | None:
        """Keep them with their values."""
        return None if value is None else [said.keep(text) for text in value]

    def process_result_value(self, value: list[str] | None, _dialect: Dialect) -> list[str] | None:
        """Say them to the reader."""
        return None if value is None else [said.hear(text) for text in value]


class Base(DeclarativeBase):
    """Every table of the hub and of the business."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment, int: Identity}  # noqa: RUF012 - SQLAlchemy reads it by this name


def some(name: str, *columns: str, where: str) -> Index:
    """Make an index over those rows alone for which the SQL `where` holds."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


def announce(session: Session, announcement: object) -> None:
    """Have `announcement` told to those who listen for its type, once this transaction is committed."""
    session.info.setdefault(ANNOUNCED, []).append(announcement)


# What the next write of this task does first, in the same transaction: each is taken once.
before_write: ContextVar[list[Callable[[Session], None]] | None] = ContextVar("before_write", default=None)


def preceded(run: Callable[[Session], T]) -> Callable[[Session], T]:
    """Have a write do first what waits to be done before it."""
    waiting = before_write.get()
    if not waiting:
        return run
    first = waiting.pop()

    def both(session: Session) -> T:
        first(session)
        return run(session)

    return both


def bind(
    fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
) -> Callable[[Session], T]:
    """Give `fn` with its arguments, waiting for a session."""
    listener = listening.get()  # a thread would know nobody

    def run(session: Session) -> T:
        before = listening.set(listener)
        try:
            return fn(session, *args, **kwargs)
        except StopIteration as error:  # a future cannot carry one, so its caller would wait for ever
            raise RuntimeError("a function ran out of items") from error
        finally:
            listening.reset(before)

    return run


def to_json(value: object) -> str:
    """Write a JSON column; structs and moments are understood."""
    return said.to_json(value).decode()


def from_json(text: str) -> object:
    """Read a JSON column."""
    return msgspec.json.decode(text)


class ClosedError(Exception):
    """The store is closed; what comes now comes too late."""


class Database(ABC):
    """SQLite or PostgreSQL behind the same two verbs. With `shared` other nodes may write to it meanwhile."""

    shared: bool

    def __init__(self) -> None:
        """Begin without listeners."""
        self._listeners: defaultdict[type, list[Callable[[object], None]]] = defaultdict(list)
        self._lots: dict[object, Lots[Any]] = {}

    def listen(self, kind: type[A], listener: Callable[[A], None]) -> None:
        """Call `listener` on the event loop for each announcement of this type, after its commit."""
        self._listeners[kind].append(cast("Callable[[object], None]", listener))

    def tell(self, announcements: Sequence[object]) -> None:
        """Hand out what a committed transaction announced, in its order."""
        for announcement in announcements:
            for listener in self._listeners[type(announcement)]:
                try:
                    listener(announcement)
                except Exception:
                    # It is committed: a listener's trouble is neither the writer's nor his neighbours'.
                    log.exception("a listener failed on %s", type(announcement).__name__)

    def lots(self, fn: Callable[[Session, Sequence[A]], None]) -> Lots[A]:
        """Give what gathers items for `fn`, one for each function."""
        lots = self._lots.get(fn)
        if lots is None:
            lots = self._lots[fn] = Lots(self, fn)
        return lots

    @abstractmethod
    async def write(
        self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `fn` in a transaction of its own or shared, and return once it is durable."""

    @abstractmethod
    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` on one consistent view; it cannot write."""

    @abstractmethod
    async def migrate(self, step: Callable[[Connection], None]) -> None:
        """Run `step` on a bare connection in one transaction, before anything else uses the database."""

    @abstractmethod
    async def close(self) -> None:
        """Finish what waits and let go of the database."""
