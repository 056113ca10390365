"""Whatever waits for the same function is written together, and a bad item never takes its neighbours along."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from hub.db import Database
from hub.lots import CROWD, LOTS, Lots
from hub.users import Department
from tests.eventually import eventually


class Opening:
    """Opens departments, many at once, and keeps how many came each time. One called "" is refused."""

    def __init__(self) -> None:
        """Begin with none."""
        self.together: list[int] = []
        self.trouble: Exception | None = None

    def __call__(self, session: Session, names: Sequence[str]) -> None:
        """Open them."""
        self.together.append(len(names))
        if self.trouble:
            raise self.trouble
        if "" in names:
            raise ValueError("a department needs a name")
        session.add_all(Department(name=name) for name in names)


async def opened(db: Database) -> list[str]:
    return await db.read(
        lambda session: list(session.scalars(select(Department.name).order_by(Department.id)))
    )


async def test_what_waits_while_one_is_written_is_written_at_once(db: Database) -> None:
    opening = Opening()
    lots = Lots(db, opening)
    names = [f"Room {number}" for number in range(20)]
    await asyncio.gather(*(lots.write(name) for name in names))
    assert await opened(db) == names
    assert len(opening.together) <= 2


async def test_a_bad_item_is_found_and_its_neighbours_are_written(db: Database) -> None:
    lots = Lots(db, Opening())
    names = ["Sales", "Service", "", "Installation", "Front desk"]
    outcomes = await asyncio.gather(*(lots.write(name) for name in names), return_exceptions=True)
    assert [type(each) for each in outcomes].count(ValueError) == 1
    assert await opened(db) == ["Sales", "Service", "Installation", "Front desk"]


async def test_when_the_store_fails_all_are_told_at_once(db: Database) -> None:
    opening = Opening()
    opening.trouble = OperationalError("INSERT", {}, Exception("disk full"))
    lots = Lots(db, opening)
    outcomes = await asyncio.gather(*(lots.write(f"Room {n}") for n in range(8)), return_exceptions=True)
    assert {type(each) for each in outcomes} == {OperationalError}
    assert opening.together == [8]


async def test_a_caller_who_gives_up_leaves_the_others_alone(db: Database) -> None:
    lots = Lots(db, Opening())
    impatient = asyncio.create_task(lots.write("Sales"))
    patient = asyncio.create_task(lots.write("Service"))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert "Service" in await opened(db)


async def test_it_is_crowded_while_many_wait_and_calm_a_moment_later(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.lots.CALM", 2.0)
    lots = Lots(db, Opening())
    assert not lots.crowded
    writing = [asyncio.create_task(lots.write(f"Room {number}")) for number in range(CROWD)]
    await asyncio.sleep(0)
    assert lots.crowded
    await asyncio.gather(*writing)
    await eventually(lambda: not lots.crowded)


async def test_few_are_no_crowd(db: Database) -> None:
    lots = Lots(db, Opening())
    await asyncio.gather(*(lots.write(f"Room {number}") for number in range(CROWD - 1)))
    assert not lots.crowded


@pytest.mark.parametrize("count", [1, 3])
async def test_the_store_keeps_one_gathering_for_each_function(db: Database, count: int) -> None:
    opening = Opening()
    for _ in range(count):
        assert db.lots(opening) is db.lots(opening)


class Slow:
    """A store whose transactions end when the test says so."""

    def __init__(self) -> None:
        """Begin with none under way."""
        self.under_way: list[asyncio.Future[None]] = []
        self.seen: list[str] = []

    async def write(self, _fn: object, names: list[str]) -> None:
        """Wait to be let go on."""
        self.seen += names
        self.under_way.append(asyncio.get_running_loop().create_future())
        await self.under_way[-1]


async def test_who_comes_in_the_moment_in_which_all_lots_end_is_not_forgotten() -> None:
    slow = Slow()
    lots: Lots[str] = Lots(cast("Database", slow), Opening())
    writes = []
    for number in range(LOTS):
        writes.append(asyncio.create_task(lots.write(f"Room {number}")))
        await eventually(lambda count=number + 1: len(slow.under_way) == count)
    last: list[asyncio.Task[None]] = []

    def all_end_and_one_comes() -> None:
        for future in slow.under_way:
            future.set_result(None)
        last.append(asyncio.create_task(lots.write("The last")))

    asyncio.get_running_loop().call_soon(all_end_and_one_comes)
    await asyncio.gather(*writes)
    await eventually(lambda: "The last" in slow.seen)
    slow.under_way[-1].set_result(None)
    await last[0]
