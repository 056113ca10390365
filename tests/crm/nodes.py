"""Two nodes of the hub on one store, made to cross at the moment in which they can do harm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from hub.db import Database

S = TypeVar("S")
T = TypeVar("T")


async def overtaken(
    late: Database, deed: Callable[[Session], S], soon: Database, other: Callable[[Session], T]
) -> tuple[S | BaseException, T | BaseException]:
    """Have a node do what it began before another node did something, and went on with after that was committed.

    Gives what came of both. The one writer of SQLite lets nobody in between: there one comes after the other.
    """
    looked, done = asyncio.Event(), asyncio.Event()
    waits = late.shared

    def begun(session: Session) -> S:
        nonlocal waits
        session.execute(text("SELECT 1 FROM contacts"))
        if waits:
            waits = False
            looked.set()
            await_only(done.wait())
        return deed(session)

    async def between() -> T:
        if late.shared:
            await looked.wait()
        try:
            return await soon.write(other)
        finally:
            done.set()

    if late.shared:
        first, second = await asyncio.gather(late.write(begun), between(), return_exceptions=True)
    else:
        second, first = await asyncio.gather(between(), late.write(begun), return_exceptions=True)
    return first, second
