"""Numbers of documents: one after the other, none twice, none left out - whoever comes at the same time."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from sqlalchemy.orm import Session

from crm import number_series
from crm.number_series import NumberSeries
from hub.db import Database
from tests.conftest import Store

NOVEMBER, JANUARY = date(2026, 11, 27), date(2027, 1, 2)
TAKERS = 30


class ChangedMindError(Exception):
    """The document is not kept."""


async def a_series(db: Database, pattern: str = "Q-{year}-{number:04}") -> int:
    def make(session: Session) -> int:
        series = NumberSeries(name="Quotes", pattern=pattern)
        session.add(series)
        session.flush()
        return series.id

    return await db.write(make)


def taken(session: Session, series_id: int, on: date = NOVEMBER) -> str:
    return number_series.take(session, session.get_one(NumberSeries, series_id), on)


async def test_numbers_follow_each_other_and_begin_anew_each_year(db: Database) -> None:
    series = await a_series(db)
    assert [await db.write(taken, series) for _ in range(3)] == ["Q-2026-0001", "Q-2026-0002", "Q-2026-0003"]
    assert await db.write(taken, series, JANUARY) == "Q-2027-0001"
    assert await db.write(taken, series) == "Q-2026-0004"


async def test_a_pattern_without_a_year_counts_on(db: Database) -> None:
    series = await a_series(db, "{number}")
    assert [await db.write(taken, series, on) for on in (NOVEMBER, JANUARY, NOVEMBER)] == ["1", "2", "3"]


async def test_what_comes_next_is_told_without_being_taken(db: Database) -> None:
    series = await a_series(db)

    def upcoming(session: Session) -> str:
        return number_series.upcoming(session, session.get_one(NumberSeries, series), NOVEMBER)

    assert [await db.read(upcoming), await db.read(upcoming)] == ["Q-2026-0001"] * 2
    assert await db.write(taken, series) == "Q-2026-0001"
    assert await db.read(upcoming) == "Q-2026-0002"


async def test_a_document_that_is_not_kept_leaves_no_gap(db: Database) -> None:
    series = await a_series(db)

    def taken_in_vain(session: Session) -> None:
        taken(session, series)
        raise ChangedMindError

    for _ in range(3):
        with pytest.raises(ChangedMindError):
            await db.write(taken_in_vain)
    assert await db.write(taken, series) == "Q-2026-0001"


async def test_two_nodes_that_count_at_once_give_no_number_twice_and_leave_none_out(
    db: Database, store: Store
) -> None:
    if store.engine == "sqlite":
        other = db  # one file has one hub
    else:
        other = await store.open()
    series = await a_series(db)

    async def take(number: int) -> str:
        node = (db, other)[number % 2]

        def maybe(session: Session) -> str:
            given = taken(session, series)
            if number % 5 == 0:
                raise ChangedMindError
            return given

        try:
            return await node.write(maybe)
        except ChangedMindError:
            return ""

    given = [each for each in await asyncio.gather(*map(take, range(TAKERS))) if each]
    assert sorted(given) == [f"Q-2026-{number:04}" for number in range(1, TAKERS - TAKERS // 5 + 1)]


@pytest.mark.parametrize(
    "pattern", ["", "Q-{year}", "{number}{number}", "Q-{number.__class__}", "{number:010}", "{", "Q" * 41]
)
def test_a_pattern_that_cannot_count_is_refused_in_words(pattern: str) -> None:
    assert number_series.fault(pattern)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("Q-{year}-{number:04}", "Q-{year}-{number:04}", True), ("Q{number}", "Q{number:04}", True),
        ("Q-{year}-{number}", "Q-2026-{number:03}", True), ("Q-{number}", "C-{number}", False),
        ("1{number:05}", "2{number:05}", False), ("Q{year}{number:04}", "Q{number}", False),
        ("Q{number:04}", "Q-{number:04}", False), ("(Q) {number}", "(Q) {number:02}", True),
        ("{number}", "{year}-{number}", False), ("{number}/{year}", "{number:03}/{year}", True),
    ],
)  # fmt: skip
def test_patterns_that_would_write_one_number_twice_are_told(one: str, other: str, meet: bool) -> None:  # noqa: FBT001
    found = [number_series.may_meet(*pair, date(2026, 11, 27)) for pair in ((one, other), (other, one))]
    assert found == [meet, meet]


@pytest.mark.parametrize("pattern", ["{number}", "Q-{year}-{number:04}", "Å {number:09}/{year}"])
def test_a_pattern_that_counts_is_right(pattern: str) -> None:
    assert number_series.fault(pattern) == ""
