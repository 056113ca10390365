"""What came in is kept once, whole and in order, before anybody is told that we have it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub import journal
from hub.blobs import Blobs, digest
from hub.channels import Channels, add_channel
from hub.clock import now
from hub.connector import Raw
from hub.journal import ATTEMPTS, IN_ROW, AlreadyClosed, Inbound, Outcome
from hub.timers import Due

if TYPE_CHECKING:
    from pathlib import Path

    from hub.clock import Clock
    from hub.db import Database

P = ParamSpec("P")
T = TypeVar("T")


class Desk:
    """The journal of one channel, as the tests use it."""

    def __init__(self, db: Database, blobs: Blobs) -> None:
        """Write to this database."""
        self.db = db
        self.blobs = blobs

    async def accept(
        self, key: str, body: bytes = b"Hello", stream: str | None = None, channel: int = 1
    ) -> None:
        """Take an item that just came."""
        raw = Raw(body=body, headers={"content-type": "text/plain"}, received_at=now())
        await journal.accept(self.db, self.blobs, channel, key, raw, stream)

    async def take(self, limit: int = 32) -> list[str]:
        """Take what is due; the keys."""
        rows = await self.db.write(journal.take, now(), limit)
        return [item.key for _, item in rows]

    async def item(self, key: str) -> Inbound:
        """Look at an item."""
        return await self.db.read(
            lambda session: session.scalars(select(Inbound).where(Inbound.key == key)).one()
        )

    async def change(
        self, fn: Callable[Concatenate[Session, Inbound, P], T], key: str, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do something with an item."""
        return await self.db.write(
            lambda session: fn(
                session, session.scalars(select(Inbound).where(Inbound.key == key)).one(), *args, **kwargs
            )
        )

    async def close(self, key: str) -> None:
        """End an item."""
        await self.db.write(journal.close, (await self.item(key)).id, Outcome("a card"))

    async def count(self) -> int:
        """Count all items."""
        return (
            await self.db.read(lambda session: session.scalar(select(func.count()).select_from(Inbound))) or 0
        )

    async def fail(self, key: str) -> Inbound | None:
        """Count a failed attempt."""
        return await self.db.write(journal.fail, (await self.item(key)).id, "no such luck")


@pytest.fixture(autouse=True)
def _longer_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no pause be over because a busy machine stood still."""
    monkeypatch.setattr(journal, "PAUSES", tuple(each * 20 for each in journal.PAUSES))


@pytest.fixture
async def desk(db: Database, channels: Channels, tmp_path: Path) -> Desk:
    """Give the journal of the channel “office”."""
    del channels
    return Desk(db, Blobs(tmp_path / "blobs"))


async def test_the_same_key_twice_is_one_item(desk: Desk) -> None:
    await desk.accept("a")
    await desk.accept("a", b"Something else")
    assert await desk.count() == 1
    assert (await desk.item("a")).body == b"Hello"


async def test_the_same_key_many_times_at_once_is_one_item(desk: Desk) -> None:
    await asyncio.gather(*(desk.accept(key) for key in "ab" * 50))
    assert await desk.count() == 2


async def test_the_same_key_in_another_channel_is_another_item(desk: Desk) -> None:
    await desk.db.write(add_channel, "shop", "Shop", "fake", {})
    await desk.accept("a")
    await desk.accept("a", channel=2)
    assert await desk.count() == 2


async def test_once_an_item_is_kept_the_timer_hears_of_it(desk: Desk) -> None:
    heard: list[Due] = []
    desk.db.listen(Due, heard.append)
    await desk.accept("a")
    assert [each.timer for each in heard] == [journal.TIMER]
    assert heard[0].at <= now()


async def test_an_item_that_cannot_be_kept_is_refused_alone(desk: Desk) -> None:
    keys = ["a", "b", "not \ud800 text", "c"]
    ends = await asyncio.gather(*(desk.accept(key) for key in keys), return_exceptions=True)
    assert [isinstance(each, Exception) for each in ends] == [False, False, True, False]
    assert await desk.take() == ["a", "b", "c"]


async def test_raw_bytes_headers_and_time_come_back_as_they_were(desk: Desk) -> None:
    body = bytes(range(256)) * 4
    before = now()
    await desk.accept("a", body)
    item = await desk.item("a")
    assert (item.body, item.size, item.blob) == (body, 1024, None)
    assert item.headers == {"content-type": "text/plain"}
    assert before <= item.received_at <= now()


async def test_a_large_body_is_in_its_folder_before_there_is_a_row(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"x" * (IN_ROW + 1)
    there: list[bool] = []
    insert = journal.insert_items

    def look_first(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
        there.append(desk.blobs.path(digest(body)).exists())
        insert(session, rows)

    monkeypatch.setattr(journal, "insert_items", look_first)
    await desk.accept("a", body)
    assert there == [True]
    item = await desk.item("a")
    assert (item.body, item.blob, item.size) == (None, digest(body), IN_ROW + 1)


async def test_a_body_of_just_256_kb_stays_in_its_row(desk: Desk) -> None:
    await desk.accept("a", b"x" * IN_ROW)
    assert (await desk.item("a")).blob is None
    assert not [path for path in desk.blobs.folder.rglob("*") if path.is_file()]


async def test_items_are_taken_oldest_first(desk: Desk) -> None:
    for key in "cab":
        await desk.accept(key)
    assert await desk.take(2) == ["c", "a"]


async def test_of_a_stream_only_the_first_open_item_is_taken(desk: Desk) -> None:
    for key, stream in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("x", None), ("y", None)):
        await desk.accept(key, stream=stream)
    assert await desk.take() == ["a1", "b1", "x", "y"]
    await desk.close("a1")
    assert "a2" in await desk.take()


async def test_a_stream_waits_for_its_failing_item_and_others_do_not(desk: Desk) -> None:
    for key, stream in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        await desk.accept(key, stream=stream)
    await desk.fail("a1")
    assert await desk.take() == ["b1"]


async def test_streams_of_two_channels_have_nothing_to_do_with_each_other(desk: Desk) -> None:
    await desk.db.write(add_channel, "shop", "Shop", "fake", {})
    await desk.accept("a", stream="thread 1")
    await desk.accept("b", stream="thread 1", channel=2)
    assert await desk.take() == ["a", "b"]


async def test_what_failed_comes_later_and_later_and_is_then_closed_with_its_error(
    desk: Desk, clock: Clock
) -> None:
    await desk.accept("a")
    for attempt, pause in enumerate(journal.PAUSES, start=1):
        await desk.fail("a")
        item = await desk.item("a")
        assert item.attempts == attempt
        assert item.due_at is not None
        assert pause - timedelta(seconds=5) < item.due_at - now() <= pause
        assert await desk.take() == []
        clock.advance(seconds=pause.total_seconds())
        assert await desk.take() == ["a"]
    await desk.fail("a")
    item = await desk.item("a")
    assert (item.attempts, item.due_at, item.error) == (ATTEMPTS, None, "no such luck")
    assert item.failed_at is not None


async def test_a_closed_item_cannot_fail_any_more(desk: Desk) -> None:
    await desk.accept("a")
    await desk.close("a")
    assert await desk.fail("a") is None
    item = await desk.item("a")
    assert (item.error, item.attempts, item.became) == (None, 0, "a card")


async def test_only_one_can_close_an_item(desk: Desk) -> None:
    await desk.accept("a")
    ends = await asyncio.gather(*(desk.close("a") for _ in range(5)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in ends) == ["AlreadyClosed"] * 4 + ["NoneType"]
    with pytest.raises(AlreadyClosed):
        await desk.close("a")


async def test_a_failed_item_is_tried_again_when_a_person_says_so(desk: Desk) -> None:
    await desk.accept("a")
    for _ in range(ATTEMPTS):
        await desk.fail("a")
    assert await desk.take() == []
    await desk.change(journal.reopen, "a")
    item = await desk.item("a")
    assert (item.attempts, item.failed_at, item.error) == (0, None, None)
    assert await desk.take() == ["a"]


async def test_a_finished_item_can_be_run_again(desk: Desk) -> None:
    await desk.accept("a")
    await desk.close("a")
    await desk.change(journal.reopen, "a")
    assert (await desk.item("a")).done_at is None
    assert await desk.take() == ["a"]


async def test_what_was_set_aside_goes_on_when_it_is_released(desk: Desk) -> None:
    await desk.accept("a")
    await desk.db.write(journal.close, 1, Outcome("set aside", set_aside_why="a honeypot was filled in"))
    item = await desk.item("a")
    assert (item.done_at, item.due_at, item.set_aside_why) == (None, None, "a honeypot was filled in")
    assert item.set_aside_at is not None
    await desk.change(journal.release, "a")
    item = await desk.item("a")
    assert item.released_at is not None
    assert item.set_aside_at is None
    assert await desk.take() == ["a"]


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_with_several_nodes_what_one_took_another_leaves_alone_for_a_while(
    desk: Desk, clock: Clock
) -> None:
    for key in "abc":
        await desk.accept(key)
    taken = await asyncio.gather(desk.take(), desk.take())
    assert sorted(taken[0] + taken[1]) == ["a", "b", "c"]
    assert await desk.take() == []
    clock.advance(seconds=journal.CLAIM.total_seconds())
    assert sorted(await desk.take()) == ["a", "b", "c"]


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_what_was_taken_but_not_finished_is_due_again_after_a_restart(desk: Desk) -> None:
    await desk.accept("a")
    await desk.take()
    await desk.db.write(journal.release_claims)
    assert await desk.take() == ["a"]


async def test_a_restart_does_not_hurry_what_waits_after_a_failure(desk: Desk) -> None:
    await desk.accept("a")
    await desk.fail("a")
    await desk.db.write(journal.release_claims)
    assert await desk.take() == []
