"""Tries to sign in are counted, and the door opens again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from hub.clock import Clock
from hub.db import Database
from hub.tries import FailedSignIn, Try, begin_try

ELIN = "elin@klarruta.example"


async def test_five_tries_for_one_mail_address_then_it_closes_and_opens_again(
    db: Database, clock: Clock
) -> None:
    tries = [await db.write(begin_try, ELIN, f"10.0.0.{number}") for number in range(5)]
    assert [made.left for made in tries] == [4, 3, 2, 1, 0]
    closed = await db.write(begin_try, ELIN.upper(), "10.0.0.9")
    assert closed.opens_at is not None
    assert timedelta(minutes=14) < closed.opens_at - clock.now() <= timedelta(minutes=15)
    clock.advance(minutes=15, seconds=1)
    assert await db.write(begin_try, ELIN, "10.0.0.9") == Try(4)


async def test_twenty_tries_from_one_network_address_close_it_for_everybody(db: Database) -> None:
    for number in range(20):
        await db.write(begin_try, f"guess{number}@klarruta.example", "10.0.0.1")
    assert (await db.write(begin_try, ELIN, "10.0.0.1")).opens_at is not None
    assert (await db.write(begin_try, ELIN, "10.0.0.2")).opens_at is None


async def test_old_tries_are_swept(db: Database, clock: Clock) -> None:
    await db.write(begin_try, ELIN, "10.0.0.1")
    clock.advance(minutes=16)
    await db.write(begin_try, "johan@klarruta.example", "10.0.0.1")
    assert await db.read(lambda session: session.scalar(select(func.count(FailedSignIn.id)))) == 1
