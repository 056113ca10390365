"""What is not proven genuine is kept apart for a day, and never more of it than a disk can hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import select

from hub import answers, journal, unproven
from hub.answers import Tally
from hub.channels import Channel
from hub.clock import Clock, now
from hub.connector import Answer, Doubt, Raw, WebIntake
from hub.db import Database
from hub.journal import Inbound
from hub.said import said


@pytest.fixture(autouse=True)
async def website(db: Database) -> None:
    channel = {"name": "website", "title": "Website", "kind": "form", "token": "t", "settings": {}}
    await db.write(lambda session: session.add(Channel(**channel)))


class Prover(WebIntake):
    """A connector that is told what is proven, and knows each request by its bytes."""

    def __init__(self, is_proven: Callable[[Raw], bool]) -> None:
        """Know by what to tell."""
        self.is_proven = is_proven

    def doubt(self, raw: Raw) -> Doubt | None:
        """Doubt what is not proven."""
        return None if self.is_proven(raw) else Doubt("It is forged.", Answer(status=403))

    def key(self, raw: Raw) -> str:
        """Give its own key."""
        return f"own {raw.body.decode()}"


async def keep(db: Database, key: str, body: bytes = b"total=100") -> None:
    raw = Raw(body=body, headers={"x-shop": "7"}, received_at=now(), key=key)
    await unproven.keep(db, 1, raw, said("Its signature was made with another secret, or over other words."))


async def items(db: Database) -> Sequence[Inbound]:
    return await db.read(lambda session: session.scalars(select(Inbound).order_by(Inbound.id)).all())


async def test_it_is_set_aside_with_its_reason_and_nobody_takes_it_up(db: Database) -> None:
    await keep(db, "a")
    (item,) = await items(db)
    assert (item.body, item.due_at) == (b"total=100", None)
    assert (item.set_aside_why or "").startswith("Its signature was made with another secret")
    (apart,) = (await db.read(unproven.apart)).values()
    assert (apart.count, apart.since) == (1, item.received_at)


async def test_a_day_later_its_bytes_are_forgotten(db: Database, clock: Clock) -> None:
    await keep(db, "a")
    clock.advance(hours=23)
    await keep(db, "b")
    assert await db.write(unproven.forget) == 0
    clock.advance(hours=2)
    assert (await db.write(unproven.forget), await db.write(unproven.forget)) == (1, 0)
    old, young = await items(db)
    assert (old.body, old.headers, young.body) == (None, {}, b"total=100")
    assert (await db.read(unproven.apart))[1].count == 1


async def test_what_a_person_called_real_keeps_its_bytes(db: Database, clock: Clock) -> None:
    await keep(db, "a")
    await db.write(lambda session: journal.release(session, session.get_one(Inbound, 1)))
    clock.advance(days=2)
    assert await db.write(unproven.forget) == 0
    assert await db.read(unproven.apart) == {}


async def test_a_flood_leaves_the_newest_alone(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unproven, "MOST", 3)
    for key in "abcde":
        await keep(db, key)
    assert [item.key for item in await items(db)] == ["c", "d", "e"]


async def test_large_forgeries_do_not_fill_the_disk(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unproven, "MOST_BYTES", 25)
    for key in "abc":
        await keep(db, key, b"ten bytes!")
    await keep(db, "d", b"x" * (unproven.LARGEST + 1))
    assert [item.key for item in await items(db)] == ["b", "c"]


async def test_what_is_proven_by_now_goes_on_in_the_order_it_came(db: Database) -> None:
    for key in "abc":
        await keep(db, key, key.encode())
    proven = await unproven.proven_by_now(db, 1, Prover(lambda raw: raw.key != "b"))
    assert await db.write(unproven.let_go, proven) == [1, 3]
    assert [item.due_at is not None for item in await items(db)] == [True, False, True]


async def test_of_what_was_sent_many_times_meanwhile_one_goes_on(db: Database) -> None:
    for key in "abc":
        await keep(db, key, b"the same")
    await keep(db, "forged", b"another")
    proven = await unproven.proven_by_now(db, 1, Prover(lambda raw: raw.body == b"the same"))
    assert await db.write(unproven.let_go, proven) == [1, 2, 3]
    first, *others, forged = await items(db)
    assert (first.key, first.due_at is not None) == ("own the same", True)
    assert [(each.due_at, each.duplicate_of, each.became) for each in others] == [
        (None, 1, "the same request, sent again")
    ] * 2
    assert forged.set_aside_at is not None
    assert (await db.read(unproven.apart))[1].count == 1


async def test_others_write_while_it_is_proven_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unproven, "LOT", 1)
    for key in "ab":
        await keep(db, key)
    loop = asyncio.get_running_loop()

    def while_another_comes(raw: Raw) -> bool:
        if raw.key in {"a", "b"}:
            asyncio.run_coroutine_threadsafe(keep(db, f"beside {raw.key}"), loop).result(timeout=20)
        return raw.key in {"a", "b"}

    assert list(await unproven.proven_by_now(db, 1, Prover(while_another_comes))) == [1, 2]
    assert len(await items(db)) == 4


async def test_answers_are_counted_by_day_and_status(db: Database, clock: Clock) -> None:
    tally = Tally(db)
    for status in (200, 200, 401):
        tally.count(1, status)
    await tally.write()
    clock.advance(days=1)
    tally.count(1, 200)
    await tally.write()
    today, yesterday = await db.read(answers.latest, 1, 14)
    assert (today[1], yesterday[1]) == ({200: 1}, {200: 2, 401: 1})
