"""PostgreSQL: the same functions on a pool of asyncpg connections, run as greenlets on the event loop.

Several workers and nodes write at once here, each on a snapshot of its own (REPEATABLE READ). What SQLite
gives by its one writer, functions may rely on here too: a row that somebody else changed in between is never
overwritten unseen. Whoever loses a race (a changed row, a deadlock, a unique key that somebody else took in
between) runs again and then sees what the winner wrote.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from hub.db import ANNOUNCED, ClosedError, Database, bind, from_json, preceded, to_json

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 10
LOST_RACES = {"40001", "40P01", "23505"}  # serialization_failure, deadlock_detected, unique_violation


class PostgresDatabase(Database):
    """The store of a company that outgrew one machine."""

    shared = True

    def __init__(self, url: str, *, pool: int = 12, spare: int = 10) -> None:
        """Prepare a pool for `postgresql://…`, and `spare` connections in a rush; it connects when first used."""
        super().__init__()
        _, _, rest = url.partition("://")
        self._engine = create_async_engine(
            f"postgresql+asyncpg://{rest}", json_serializer=to_json, json_deserializer=from_json, hide_parameters=True,
            isolation_level="REPEATABLE READ", pool_size=pool, max_overflow=spare,
            pool_pre_ping=True,
        )  # fmt: skip
        self._losers = asyncio.Lock()
        self._writes: set[asyncio.Task[object]] = set()
        self._closed = False

    async def write(
        self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `fn` in a transaction of its own; the loser of a race runs again."""
        if self._closed:
            raise ClosedError("the store is closed")
        # Whoever asked may be cancelled while the commit is under way; it ends all the same, and is told.
        task = asyncio.create_task(self._insist(preceded(bind(fn, *args, **kwargs))))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return await asyncio.shield(task)

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` in a read-only transaction on one snapshot."""
        if self._closed:
            raise ClosedError("the store is closed")
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            await session.connection(execution_options={"postgresql_readonly": True})
            result = await session.run_sync(bind(fn, *args, **kwargs))
            await session.flush()  # a change that was forgotten here is refused, not dropped without a word
            return result

    async def migrate(self, step: Callable[[Connection], None]) -> None:
        """Run `step`; two nodes that start at once take turns by an advisory lock."""
        # Who waited for the lock must see what its holder did, so here each statement has its own snapshot.
        engine = self._engine.execution_options(isolation_level="READ COMMITTED")
        async with engine.begin() as connection:
            await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7464642255)")
            await connection.run_sync(step)

    async def close(self) -> None:
        """Finish what is under way, then close the pool."""
        self._closed = True
        await asyncio.gather(*self._writes, return_exceptions=True)
        await self._engine.dispose()

    async def _insist(self, fn: Callable[[Session], T]) -> T:
        try:
            return await self._write(fn)
        except DBAPIError as error:
            if not _lost_race(error):
                raise
        # Losers line up, so that many who want the same row cost each other one attempt and not all of them.
        async with self._losers:
            for _ in range(ATTEMPTS - 2):
                try:
                    return await self._write(fn)
                except DBAPIError as error:
                    if not _lost_race(error):
                        raise
            return await self._write(fn)

    async def _write(self, fn: Callable[[Session], T]) -> T:
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            result = await session.run_sync(fn)
            await session.commit()
        self.tell(session.sync_session.info.get(ANNOUNCED, ()))
        return result


def _lost_race(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in LOST_RACES
