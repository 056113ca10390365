"""Signing in: sign-ins end, links work once, and tries are counted."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import signin
from hub.clock import Clock
from hub.db import Database
from hub.signin import Found, SignIn, SignInsEnded
from hub.tries import begin_try
from hub.users import User, add_user

ELIN = "elin@klarruta.example"
DAY = timedelta(days=1)


@pytest.fixture
async def elin(db: Database) -> int:
    """Give Elin's id; she has a password."""

    def add(session: Session) -> int:
        user = add_user(session, ELIN, "Elin Sandgren", "agent")
        user.password_hash = signin.hash_password("correct horse")
        return user.id

    return await db.write(add)


async def start(db: Database, user_id: int, lasts: timedelta = DAY) -> str:
    """Sign somebody in."""
    return await db.write(lambda session: signin.start(session, user_id, lasts=lasts))


async def find(db: Database, token: str) -> Found | None:
    """Look a token up."""
    return await db.read(signin.find, token)


async def test_a_token_leads_to_its_person(db: Database, elin: int) -> None:
    found = await find(db, await start(db, elin))
    assert found is not None
    assert (found.viewer.name, found.viewer.user_id, found.stale) == ("Elin Sandgren", elin, False)


async def test_the_store_does_not_know_the_token(db: Database, elin: int) -> None:
    token = await start(db, elin)
    stored = await db.read(lambda session: session.scalars(select(SignIn)).one())
    assert token not in {stored.token_hash, stored.agent, stored.address}


async def test_a_sign_in_that_is_used_lasts_and_one_that_is_not_ends(
    db: Database, elin: int, clock: Clock
) -> None:
    token = await start(db, elin)
    for _ in range(3):
        clock.advance(hours=20)
        found = await find(db, token)
        assert found is not None
        await db.write(signin.touch, found.id)
    clock.advance(hours=25)
    assert await find(db, token) is None


async def test_use_is_noted_at_most_once_a_minute(db: Database, elin: int, clock: Clock) -> None:
    token = await start(db, elin)
    clock.advance(seconds=40)
    assert not (await find(db, token)).stale  # type: ignore[union-attr]
    clock.advance(seconds=21)
    assert (await find(db, token)).stale  # type: ignore[union-attr]


async def test_a_revoked_sign_in_is_over_and_is_announced(db: Database, elin: int) -> None:
    ended: list[SignInsEnded] = []
    db.listen(SignInsEnded, ended.append)
    token = await start(db, elin)
    found = await find(db, token)
    assert found is not None
    await db.write(signin.revoke, found.id)
    assert await find(db, token) is None
    assert ended == [SignInsEnded(frozenset({found.id}))]


async def test_somebody_who_left_is_out_at_once(db: Database, elin: int, clock: Clock) -> None:
    token = await start(db, elin)
    moment = clock.now()

    def leave(session: Session) -> None:
        session.get_one(User, elin).disabled_at = moment

    await db.write(leave)
    assert await find(db, token) is None
    assert await db.read(signin.password_hash, ELIN) is None


async def test_a_link_works_until_it_was_used_or_is_too_old(db: Database, elin: int, clock: Clock) -> None:
    token = await db.write(lambda session: signin.make_link(session, session.get_one(User, elin)))
    assert await db.read(signin.find_link, token) is not None
    clock.advance(days=4)
    assert await db.read(signin.find_link, token) is None


async def test_a_new_password_ends_old_sign_ins_and_other_links(db: Database, elin: int) -> None:
    token = await start(db, elin)
    link = await db.write(lambda session: signin.make_link(session, session.get_one(User, elin)))
    await db.write(lambda session: signin.set_password(session, session.get_one(User, elin), "new"))
    assert await find(db, token) is None
    assert await db.read(signin.find_link, link) is None


async def test_the_first_admins_link_is_void_once_there_is_an_admin(db: Database) -> None:
    token = await db.write(lambda session: signin.make_link(session, None))
    assert await db.read(signin.find_link, token) is not None

    def add(session: Session) -> None:
        add_user(session, "annika@klarruta.example", "Annika Kron", "admin").password_hash = "set"  # noqa: S105

    await db.write(add)
    assert await db.read(signin.find_link, token) is None


async def test_signing_in_forgets_the_failed_tries(db: Database, elin: int) -> None:
    for _ in range(4):
        await db.write(begin_try, ELIN, "10.0.0.1")
    await start(db, elin)
    assert (await db.write(begin_try, ELIN, "10.0.0.1")).left == 4


def test_a_password_is_right_only_for_its_hash() -> None:
    hashed = signin.hash_password("correct horse")
    assert signin.check_password(hashed, "correct horse")
    assert not signin.check_password(hashed, "wrong horse")
    assert not signin.check_password(None, "correct horse")
    assert not signin.check_password("no hash at all", "correct horse")


async def test_of_two_who_use_a_link_at_once_only_one_gets_in(db: Database, elin: int) -> None:
    token = await db.write(lambda session: signin.make_link(session, session.get_one(User, elin)))
    used = await asyncio.gather(*(db.write(signin.use_link, token) for _ in range(5)))
    assert len([link for link in used if link is not None]) == 1
