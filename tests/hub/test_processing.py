"""From the journal to the business: once, in order, again when it failed, and never forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import journal, processing, timers
from hub.blobs import Blobs, digest
from hub.bus import Notice
from hub.channels import Channel, Channels, LiveChannel
from hub.chats import Chatter, Rules
from hub.clock import now
from hub.connector import Raw
from hub.events import Event, File, FormSubmitted, LetterReceived, MessageReceived
from hub.journal import ATTEMPTS, IN_ROW, PAUSES, Inbound, Outcome
from hub.processing import Processor
from hub.users import Department
from tests.eventually import eventually
from tests.fake import Fake

if TYPE_CHECKING:
    from pathlib import Path

    from hub.clock import Clock
    from hub.db import Database
    from tests.conftest import Store


class House:
    """A business that opens a department for each message, and the processors that feed it."""

    def __init__(self, db: Database, blobs: Blobs, channels: Channels) -> None:
        """Begin with no processor at work."""
        self.db = db
        self.blobs = blobs
        self.channels = channels
        self.workers: list[Processor] = []
        self._running: list[asyncio.Task[None]] = []

    def take(self, session: Session, _item: Inbound, _channel: LiveChannel, event: Event) -> Outcome:
        """Make a record of an event."""
        session.add(Department(name=event.message[:20]))
        return Outcome(f"a department of {len(event.message)} letters")

    async def work(self, db: Database | None = None) -> None:
        """Start a processor."""
        worker = Processor(db or self.db, self.blobs, self.channels, self.take)
        self.workers.append(worker)
        self._running.append(asyncio.create_task(worker.run()))

    async def stop(self) -> None:
        """Stop all processors."""
        for task in self._running:
            task.cancel()
        for task in self._running:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def accept(self, body: str | bytes, stream: str | None = None) -> str:
        """Take an item, known by the beginning of its body."""
        key, raw = _item(body)
        await journal.accept(self.db, self.blobs, 1, key, raw, stream)
        return key

    async def hear(
        self, body: str | bytes, stream: str | None = None, worker: Processor | None = None
    ) -> str:
        """Take an item as a listener gives it, to be finished at once if it can be; nobody else is at work."""
        key, raw = _item(body)
        worker = worker or Processor(self.db, self.blobs, self.channels, self.take)
        await worker.accept(1, key, raw, stream)
        return key

    async def item(self, key: str) -> Inbound:
        """Look at an item."""
        return await self.db.read(
            lambda session: session.scalars(select(Inbound).where(Inbound.key == key)).one()
        )

    async def made(self) -> list[str]:
        """Tell what was made, in order."""
        return list(
            await self.db.read(
                lambda session: session.scalars(select(Department.name).order_by(Department.id)).all()
            )
        )

    def wake(self) -> None:
        """Have everybody look again, after the clock was moved."""
        for worker in self.workers:
            worker.timer.wake()

    def attempted(self, key: str, attempts: int) -> Callable[[], Awaitable[bool]]:
        """Ask whether an item has been tried so often."""

        async def ask() -> bool:
            return (await self.item(key)).attempts >= attempts

        return ask


@pytest.fixture
async def house(
    db: Database, channels: Channels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Give a house that never looks by itself: what wakes it is what was written."""
    monkeypatch.setattr(timers, "GLANCE", 600.0)
    given = House(db, Blobs(tmp_path / "blobs"), channels)
    yield given
    await given.stop()


def _item(body: str | bytes) -> tuple[str, Raw]:
    content = body.encode() if isinstance(body, str) else body
    return content[:20].decode(), Raw(body=content, headers={}, received_at=now())


def is_done(item: Inbound) -> bool:
    return item.done_at is not None and item.due_at is None


async def test_an_item_becomes_a_record_and_says_which(house: House) -> None:
    await house.work()
    key = await house.accept("Sales")
    await eventually(lambda: _done(house, key))
    assert await house.made() == ["Sales"]
    assert (await house.item(key)).became == "a department of 5 letters"


async def _done(house: House, key: str) -> bool:
    return is_done(await house.item(key))


async def test_what_came_while_the_hub_was_down_is_done_first_thing(house: House) -> None:
    keys = [await house.accept(f"Room {n}") for n in range(40)]
    await house.work()
    await eventually(lambda: _done(house, keys[-1]))
    assert [is_done(await house.item(key)) for key in keys] == [True] * 40


async def test_an_item_that_means_nothing_is_closed_all_the_same(house: House) -> None:
    await house.work()
    key = await house.accept("")
    await eventually(lambda: _done(house, key))
    assert await house.made() == []


async def test_of_several_things_one_that_is_set_aside_is_not_hidden_behind_the_rest(
    house: House, office: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(_session: Session, _item: Inbound, _channel: LiveChannel, event: Event) -> Outcome:
        assert isinstance(event, FormSubmitted)
        return Outcome("made", "/here", set_aside_why="odd" if event.message == "odd" else None)

    monkeypatch.setattr(house, "take", take)
    monkeypatch.setattr(
        office, "read", lambda _raw: [FormSubmitted(key=each, message=each) for each in ("odd", "fine")]
    )
    await house.work()
    key = await house.accept("both")

    async def is_aside() -> bool:
        return (await house.item(key)).set_aside_at is not None

    await eventually(is_aside)
    assert (await house.item(key)).set_aside_why == "odd"


async def test_a_large_item_is_read_from_its_folder(house: House) -> None:
    await house.work()
    key = await house.accept("large " + "x" * IN_ROW)
    await eventually(lambda: _done(house, key))
    assert (await house.item(key)).became == f"a department of {IN_ROW + 6} letters"


async def test_what_takes_longer_than_it_is_large_holds_nobody_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[int] = []
    read = Fake.read

    def noted(self: Fake, raw: Raw) -> Sequence[Event]:
        readers.append(threading.get_ident())
        return read(self, raw)

    monkeypatch.setattr(Fake, "read", noted)
    monkeypatch.setattr(Fake, "is_long", lambda _self, raw: raw.body == b"Packed")
    for body in ("Packed", "Plain"):
        await house.hear(body)
    assert await house.made() == ["Packed", "Plain"]
    assert [reader == threading.get_ident() for reader in readers] == [False, True]


async def test_people_who_oversee_the_journal_are_told(house: House) -> None:
    heard: list[Notice] = []
    house.db.listen(Notice, heard.append)
    await house.work()
    key = await house.accept("Sales")
    await eventually(lambda: heard)
    assert (heard[0].kind, heard[0].id) == ("journal", (await house.item(key)).id)
    assert heard[0].audience.roles == {"manager", "admin"}


PLAN = File("plan.pdf", "application/pdf", b"a plan")


@pytest.mark.parametrize(
    "event",
    [
        FormSubmitted(key="x", message="Sales", files=(PLAN,)),
        LetterReceived(key="x", files=(PLAN,)),
        MessageReceived(key="x", chat="71", sender=Chatter(id="71"), files=(PLAN,)),
    ],
    ids=["form", "letter", "chat"],
)
async def test_files_are_put_away_before_there_is_a_record(
    house: House, office: Fake, monkeypatch: pytest.MonkeyPatch, event: Event
) -> None:
    there: list[bool] = []
    monkeypatch.setattr(office, "read", lambda _raw: [event])

    def look_first(_session: Session, _item: Inbound, _channel: LiveChannel, _event: Event) -> Outcome:
        there.append(house.blobs.path(digest(PLAN.content)).exists())
        return Outcome("kept")

    house.take = look_first  # type: ignore[assignment, method-assign]
    await house.work()
    await house.accept("Sales")
    await eventually(lambda: there == [True])


async def test_a_stream_keeps_its_order_with_several_workers_and_a_failing_first(
    store: Store, house: House, office: Fake, clock: Clock
) -> None:
    for n in range(6):
        for stream in "abc":
            await house.accept(f"{stream}{n}", stream=stream)
    office.stumbles.update({b"a0": 2, b"b3": 1})
    await house.work()
    await house.work(await store.open())

    async def all_done_in_time() -> bool:
        clock.advance(seconds=2)
        house.wake()
        return not await house.db.read(
            lambda session: session.scalars(select(Inbound.id).where(Inbound.due_at.is_not(None))).all()
        )

    await eventually(all_done_in_time)
    made = await house.made()
    for stream in "abc":
        assert [name for name in made if name.startswith(stream)] == [f"{stream}{n}" for n in range(6)]


async def test_junk_is_tried_five_times_with_growing_pauses_and_then_shown(
    house: House, clock: Clock
) -> None:
    await house.work()
    key = await house.accept("junk")
    for attempt, pause in enumerate(PAUSES, start=1):
        await eventually(house.attempted(key, attempt))
        clock.advance(seconds=pause.total_seconds())
        house.wake()
    await eventually(house.attempted(key, ATTEMPTS))
    item = await house.item(key)
    assert (item.due_at, item.done_at, item.error) == (None, None, "this is junk")
    assert item.failed_at is not None


async def test_no_attempt_is_made_before_its_time(house: House, clock: Clock) -> None:
    await house.work()
    key = await house.accept("junk")
    for attempt, pause in enumerate(PAUSES[:2], start=1):
        await eventually(house.attempted(key, attempt))
        clock.advance(seconds=pause.total_seconds())
        house.wake()
    await eventually(house.attempted(key, 3))
    clock.advance(seconds=PAUSES[2].total_seconds() / 2)
    house.wake()
    other = await house.accept("Sales")
    await eventually(lambda: _done(house, other))
    assert (await house.item(key)).attempts == 3


async def test_a_failed_item_succeeds_when_its_reader_was_mended(
    house: House, office: Fake, clock: Clock
) -> None:
    office.stumbles[b"Sales"] = ATTEMPTS
    await house.work()
    key = await house.accept("Sales")
    for attempt, pause in enumerate(PAUSES, start=1):
        await eventually(house.attempted(key, attempt))
        clock.advance(seconds=pause.total_seconds())
        house.wake()
    await eventually(house.attempted(key, ATTEMPTS))
    await house.db.write(lambda session: journal.reopen(session, session.get_one(Inbound, 1)))
    await eventually(lambda: _done(house, key))
    assert await house.made() == ["Sales"]


async def test_a_failing_business_leaves_nothing_half_done(house: House) -> None:
    def half(session: Session, _item: Inbound, _channel: LiveChannel, event: Event) -> Outcome:
        session.add(Department(name=event.message))
        session.flush()
        raise KeyError("the other half")

    house.take = half  # type: ignore[method-assign]
    await house.work()
    key = await house.accept("Sales")
    await eventually(house.attempted(key, 1))
    assert await house.made() == []
    assert (await house.item(key)).error == "'the other half'"


async def test_an_error_that_no_database_could_keep_is_kept_readably(
    house: House, office: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_raw: Raw) -> list[Event]:
        raise ValueError("a \0 and half a pair \ud800 in it\nand a second line")

    monkeypatch.setattr(office, "read", read)
    await house.work()
    key = await house.accept("Sales")
    await eventually(house.attempted(key, 1))
    assert (await house.item(key)).error == "a ␀ and half a pair ? in it"


async def test_an_item_of_a_connector_that_is_gone_says_so(house: House) -> None:
    house.channels._kinds = {}
    await house.channels.load()
    await house.work()
    key = await house.accept("Sales")
    await eventually(house.attempted(key, 1))
    assert (await house.item(key)).error == "the connector of this channel is not installed"


async def test_two_workers_with_one_item_make_one_record_and_no_error(store: Store, house: House) -> None:
    """Both take it, as when a claim ran out; whoever is second finds it closed, and that is normal."""
    key = await house.accept("Sales")
    item = await house.item(key)
    workers = [
        Processor(db, house.blobs, house.channels, house.take) for db in (house.db, await store.open())
    ]
    await asyncio.gather(*(worker._process(item) for worker in workers))
    item = await house.item(key)
    assert (is_done(item), item.attempts, item.error) == (True, 0, None)
    assert await house.made() == ["Sales"]


async def test_what_was_in_hand_when_the_hub_died_is_taken_up_at_its_next_start(house: House) -> None:
    key = await house.accept("Sales")
    await house.db.write(journal.take, now(), 32)
    await house.work()
    await eventually(lambda: _done(house, key))


async def test_what_is_heard_is_finished_when_it_is_kept(house: House) -> None:
    heard: list[Notice] = []
    house.db.listen(Notice, heard.append)
    key = await house.hear("Sales", stream="call 1")
    assert is_done(await house.item(key))
    assert await house.made() == ["Sales"]
    assert [notice.kind for notice in heard] == ["journal"]


async def test_it_is_told_something_for_a_moment_after_each_word(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processing, "CALM", 3.0)
    worker = Processor(house.db, house.blobs, house.channels, house.take)
    assert not worker.is_told
    await house.hear("Sales", worker=worker)
    assert worker.is_told
    await eventually(lambda: not worker.is_told)


async def test_what_is_heard_again_changes_nothing(house: House) -> None:
    await house.hear("Sales")
    await house.hear("Sales")
    assert await house.made() == ["Sales"]


async def test_what_is_heard_waits_behind_what_is_open_of_its_stream(house: House) -> None:
    await house.accept("Ring", stream="call 1")
    behind = await house.hear("Hang up", stream="call 1")
    other = await house.hear("Ring elsewhere", stream="call 2")
    assert not is_done(await house.item(behind))
    assert is_done(await house.item(other))
    await house.work()
    await eventually(lambda: _done(house, behind))
    assert await house.made() == ["Ring elsewhere", "Ring", "Hang up"]


@pytest.mark.parametrize("body", ["junk", "Sales"])
async def test_what_cannot_be_finished_is_kept_and_tried_again(house: House, body: str) -> None:
    def half(session: Session, _item: Inbound, _channel: LiveChannel, event: Event) -> Outcome:
        session.add(Department(name=event.message))
        session.flush()
        raise KeyError("the other half")

    house.take = half  # type: ignore[method-assign]
    key = await house.hear(body)
    item = await house.item(key)
    assert (item.due_at is not None, item.attempts, await house.made()) == (True, 0, [])
    await house.work()
    await eventually(house.attempted(key, 1))
    assert (await house.item(key)).error in {"this is junk", "'the other half'"}


async def test_what_is_heard_on_a_paused_channel_waits(house: House) -> None:
    await house.db.write(_pause)
    await house.channels.load()
    key = await house.hear("Sales")
    assert (await house.item(key)).due_at is not None
    assert await house.made() == []


async def test_what_waits_is_taken_up_though_nobody_told_us_yet_that_its_channel_goes_on(
    house: House,
) -> None:
    await house.db.write(_pause)
    await house.channels.load()
    key = await house.hear("Sales")
    await house.db.write(_go_on)
    await house.work()
    await eventually(lambda: _done(house, key))


def _go_on(session: Session) -> None:
    session.get_one(Channel, 1).paused_at = None
    journal.make_due(session, 1)


def _pause(session: Session) -> None:
    session.get_one(Channel, 1).paused_at = now()


async def test_of_very_much_that_is_heard_at_once_nothing_is_lost(house: House) -> None:
    worker = Processor(house.db, house.blobs, house.channels, house.take)
    bodies = [f"Room {number}" for number in range(40)]
    await asyncio.gather(*(house.hear(body, body, worker) for body in bodies))
    assert len([body for body in bodies if is_done(await house.item(body))]) >= 1
    await house.work()
    await eventually(lambda: _all_made(house, bodies))


async def _all_made(house: House, bodies: list[str]) -> bool:
    return sorted(await house.made()) == sorted(bodies)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (None, "a test by the sender, nothing to do"),
        (Rules(handle="fake"), "nothing that anybody would have to answer"),
    ],
)
async def test_what_means_nothing_is_a_test_of_a_form_and_passed_over_in_a_messenger(
    house: House, office: Fake, monkeypatch: pytest.MonkeyPatch, rules: Rules | None, words: str
) -> None:
    monkeypatch.setattr(office, "rules", rules)
    key = await house.hear("")
    assert (await house.item(key)).became == words
