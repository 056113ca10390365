"""Connectors that listen are kept at it: lost and found again, refused, paused, set up anew, and on one node only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from hub import boards, channel_health, channel_leases, journal, listening
from hub import channels as hub_channels
from hub import clock as hub_clock
from hub.blobs import Blobs
from hub.board import Board, Queue
from hub.bus import Notice
from hub.channel_leases import ChannelLease, Leases
from hub.channels import Channel, Channels, LiveChannel, add_channel
from hub.clock import now
from hub.connector import AuthFailed, Raw, Unavailable
from hub.db import Base, Database
from hub.journal import Inbound
from hub.listening import Listeners
from hub.said import said
from tests.eventually import eventually
from tests.fake import FakeListener

if TYPE_CHECKING:
    from pathlib import Path

    from hub.clock import Clock
    from tests.conftest import Store

AWAY = Unavailable("no route to the exchange")
WRONG = AuthFailed(said("no answer in time"))
HOUR = timedelta(hours=1)

only_on_postgres = pytest.mark.parametrize("store", ["postgres"], indirect=True)


class Watched(Channels):
    """Channels that count how often somebody looked at all of them."""

    glances = 0

    def __iter__(self) -> Iterator[LiveChannel]:
        """Walk over them."""
        self.glances += 1
        return super().__iter__()


class Node:
    """A hub that listens to one channel, “pbx”; `told` is what the business heard of refusals, unless it `fails`."""

    def __init__(self, db: Database, blobs: Blobs) -> None:
        """Begin at rest."""
        self.db = db
        self.channels = Watched(db)
        self.told: list[str] = []
        self.fails = False
        self.listeners = Listeners(db, partial(journal.accept, db, blobs), self.channels, self._hear)
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen."""
        await self.channels.load()
        self._running = asyncio.create_task(self.listeners.run())

    async def stop(self) -> None:
        """Stop in good order."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        self._running = None

    async def die(self) -> None:
        """Stop, and leave the leases as they are."""
        self.listeners._leases._asked = frozenset()
        await self.stop()

    @property
    def pbx(self) -> FakeListener:
        """The connector as it is set up now."""
        return cast("FakeListener", self.channels.get(1).connector)

    async def row(self) -> Channel:
        """Give the channel as it stands in the store."""
        return await self.db.read(lambda session: session.get_one(Channel, 1))

    async def change(self, table: type[Base] = Channel, **values: object) -> None:
        """Change the channel, or another row, as people or other nodes do."""
        await self.db.write(set_all, table, values)
        await self.channels.load()

    async def looks(self) -> None:
        """Return once everybody who waits had the time to look at the clock and at the channels."""
        seen = self.channels.glances
        await eventually(lambda: self.channels.glances >= seen + 4)

    async def is_up(self) -> bool:
        """Tell whether people see it connected."""
        return (await self.row()).up_at is not None

    async def is_in_trouble(self, words: str) -> bool:
        """Tell whether people see these words about it."""
        row = await self.row()
        return row.trouble_at is not None and row.trouble == words

    def _hear(self, _session: Session, _channel_id: int, words: str) -> None:
        if self.fails:
            raise RuntimeError("the business is not well")
        self.told.append(words)


def set_all(session: Session, table: type[Base], values: dict[str, object]) -> None:
    session.execute(update(table).values(values))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everybody look often."""
    monkeypatch.setattr(hub_channels, "connector_kinds", lambda: {FakeListener.kind: FakeListener})
    monkeypatch.setattr(listening, "GLANCE", 0.005)
    monkeypatch.setattr(channel_leases, "RENEWAL", 0.01)
    began = now()  # only a test moves the time: a busy machine's seconds end no pause
    for module in (listening, channel_health):
        monkeypatch.setattr(module, "now", lambda: began + hub_clock.clock.shift)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """Give a blob folder."""
    return Blobs(tmp_path / "blobs")


@pytest.fixture
async def node(db: Database, blobs: Blobs) -> AsyncIterator[Node]:
    """Give a hub that listens, once it is up."""
    await db.write(add_channel, "pbx", "Exchange", FakeListener.kind, {})
    made = Node(db, blobs)
    await made.start()
    await eventually(made.is_up)
    yield made
    await made.stop()


@pytest.fixture
async def other(node: Node, store: Store, blobs: Blobs) -> AsyncIterator[Node]:
    """Give a second node on the same database, which came later."""
    del node
    made = Node(await store.open(), blobs)
    await made.start()
    yield made
    await made.stop()


async def lose(node: Node, error: Exception | None = AWAY, words: str = "no route to the exchange") -> None:
    """Have the other side go away; return when people see it."""
    node.pbx.lose(error)
    await eventually(lambda: node.is_in_trouble(words))
    await node.looks()


async def test_what_is_heard_is_kept_before_the_listener_goes_on(node: Node) -> None:
    await node.pbx.line.accept("call-1", Raw(body=b"ring", headers={}, received_at=now()), "call")
    (item,) = await node.db.read(lambda session: session.scalars(select(Inbound)).all())
    assert (item.channel_id, item.key, item.stream, item.body) == (1, "call-1", "call", b"ring")


SLOW = 3  # seconds that a busy machine may take for a look


async def test_a_lost_line_is_tried_after_1_2_4_and_at_last_every_60_seconds(
    node: Node, clock: Clock
) -> None:
    pauses = (1, 2, 4, 8, 16, 32, 60, 60)
    node.pbx.troubles = [Unavailable(f"try {number}") for number in range(len(pauses))]
    await lose(node)
    for number, seconds in enumerate(pauses):
        early = max(seconds - SLOW, 0)
        clock.advance(seconds=early)
        await node.looks()
        assert node.pbx.runs == number + 1 or not early
        clock.advance(seconds=seconds - early)
        await eventually(lambda words=f"try {number}": node.is_in_trouble(words))  # type: ignore[misc]
        await node.looks()


async def test_a_line_that_was_steady_is_tried_again_after_one_second(node: Node, clock: Clock) -> None:
    node.pbx.troubles = [Unavailable("try 1"), Unavailable("try 2")]
    await lose(node)
    for number in (1, 2):
        clock.advance(seconds=60)
        await eventually(lambda words=f"try {number}": node.is_in_trouble(words))  # type: ignore[misc]
        await node.looks()
    clock.advance(seconds=60)
    await eventually(node.is_up)
    clock.advance(minutes=1)
    await lose(node)
    clock.advance(seconds=1)
    await eventually(node.is_up)


async def test_trouble_is_told_while_it_lasts_and_the_gap_when_it_is_over(node: Node, clock: Clock) -> None:
    clock.advance(minutes=5)
    await lose(node)
    lost = await node.row()
    assert lost.up_at is None
    clock.advance(minutes=2)
    await eventually(node.is_up)
    row = await node.row()
    assert (row.trouble, row.trouble_at) == (None, None)
    assert row.unheard_at == lost.heard_at
    assert cast("timedelta", row.up_at - row.unheard_at) >= timedelta(minutes=2)  # type: ignore[operator]


async def test_what_is_missing_is_remembered_over_gaps_until_it_is_found_out(
    node: Node, clock: Clock
) -> None:
    line = node.pbx.line
    assert await line.missed_since() is None
    await line.unfilled("no such file")
    clock.advance(minutes=5)
    await lose(node)
    first = (await node.row()).heard_at
    for _ in range(2):
        clock.advance(minutes=2)
        await eventually(node.is_up)
        assert await node.pbx.line.missed_since() == first
        await lose(node)
    clock.advance(minutes=2)
    await eventually(node.is_up)
    await node.pbx.line.filled("found out")
    row = await node.row()
    assert (row.missed_since, row.filled, row.unfilled) == (None, "found out", None)
    await lose(node)
    clock.advance(minutes=2)
    await eventually(node.is_up)
    row = await node.row()
    assert (row.missed_since, row.filled) == (row.unheard_at, None)


async def test_what_can_never_be_found_out_is_said_and_the_next_gap_begins_anew(
    node: Node, clock: Clock
) -> None:
    for words in ("lost", "lost again"):
        clock.advance(minutes=5)
        await lose(node)
        last = (await node.row()).heard_at
        clock.advance(minutes=2)
        await eventually(node.is_up)
        assert await node.pbx.line.missed_since() == last
        await node.pbx.line.unfilled(words, for_good=True)
        row = await node.row()
        assert (row.missed_since, row.unfilled) == (None, words)


async def test_why_it_cannot_be_found_out_is_no_news_when_it_is_said_again(node: Node) -> None:
    heard: list[Notice] = []
    await node.pbx.line.unfilled("no such file")
    node.db.listen(Notice, heard.append)
    await node.pbx.line.unfilled("no such file")
    assert heard == []
    await node.pbx.line.filled("found out")
    assert [notice.kind for notice in heard] == ["channel"]


async def test_until_when_it_was_heard_is_kept_all_the_time(node: Node, clock: Clock) -> None:
    before = (await node.row()).heard_at
    assert before is not None
    clock.advance(minutes=3)

    async def is_kept() -> bool:
        heard_at = (await node.row()).heard_at
        return heard_at is not None and heard_at >= before + timedelta(minutes=3)

    await eventually(is_kept)


@pytest.mark.parametrize(
    ("error", "words"), [(RuntimeError("a bug"), "It broke off: a bug"), (None, "It stopped listening")]
)
async def test_a_listener_that_breaks_or_merely_ends_is_started_again(
    node: Node, clock: Clock, error: Exception | None, words: str
) -> None:
    await lose(node, error, words)
    clock.advance(seconds=1)
    await eventually(node.is_up)


async def test_the_same_trouble_again_is_no_news(node: Node, clock: Clock) -> None:
    node.pbx.troubles = [AWAY, AWAY]
    await lose(node)
    heard: list[Notice] = []
    node.db.listen(Notice, heard.append)
    for runs in (2, 3):
        clock.advance(seconds=60)
        await eventually(lambda runs=runs: node.pbx.runs == runs)  # type: ignore[misc]
        await node.looks()
    assert heard == []
    clock.advance(seconds=60)
    await eventually(lambda: heard)
    assert (heard[0].kind, heard[0].id) == ("channel", 1)


async def test_a_refusal_is_told_once_and_nothing_is_tried_until_the_settings_change(
    node: Node, clock: Clock
) -> None:
    refused = node.pbx
    await lose(node, WRONG, "no answer in time")
    assert (await node.row()).refused_at is not None
    clock.advance(hours=1)
    await node.looks()
    assert (node.told, refused.runs) == (["no answer in time"], 1)
    await node.change(settings={"host": "pbx2"})
    await eventually(node.is_up)
    assert node.pbx is not refused
    assert (await node.row()).refused_at is None


async def test_a_refusal_that_could_not_be_told_is_met_again(node: Node, clock: Clock) -> None:
    node.fails = True
    node.pbx.troubles = [WRONG]
    node.pbx.lose(WRONG)
    await eventually(lambda: not node.pbx.hearing)
    node.fails = False

    async def told() -> list[str]:
        clock.advance(seconds=1)
        return node.told

    await eventually(told)
    assert node.told == ["no answer in time"]


async def test_a_paused_channel_does_not_listen_until_it_goes_on(node: Node) -> None:
    await node.change(paused_at=now())
    await eventually(lambda: not node.pbx.hearing)
    await node.looks()
    assert not await node.is_up()
    await node.change(paused_at=None)
    await eventually(node.is_up)
    assert (node.pbx.runs, (await node.row()).trouble) == (2, None)


async def test_new_settings_are_taken_up_and_the_old_listener_ends(node: Node) -> None:
    old = node.pbx
    await node.change(settings={"host": "pbx2"})
    await eventually(lambda: node.pbx.hearing)
    assert node.pbx is not old
    assert not old.hearing


async def test_a_hub_that_stops_hears_no_more_and_says_so(node: Node) -> None:
    await node.stop()
    assert not node.pbx.hearing
    assert not await node.is_up()


@only_on_postgres
async def test_of_two_nodes_one_listens_and_the_other_takes_over(node: Node, other: Node) -> None:
    await other.looks()
    assert node.pbx.hearing
    assert other.pbx.runs == 0
    await node.stop()
    await eventually(lambda: other.pbx.hearing)


@only_on_postgres
async def test_the_lease_of_a_node_that_died_ends_by_itself(node: Node, other: Node) -> None:
    await node.die()
    await other.looks()
    assert other.pbx.runs == 0
    await other.change(ChannelLease, until=func.now() - timedelta(seconds=1))
    await eventually(lambda: other.pbx.hearing)


@only_on_postgres
async def test_who_loses_the_lease_listens_no_more(node: Node) -> None:
    await node.change(ChannelLease, holder="somebody else", until=func.now() + HOUR)
    await eventually(lambda: not node.pbx.hearing)


@only_on_postgres
async def test_who_stops_while_he_takes_a_lease_lets_it_go(db: Database, channels: Channels) -> None:
    del channels
    wanted, leases = frozenset({1}), Leases(db)
    taking = asyncio.create_task(leases.hold(wanted))
    await asyncio.sleep(0)
    taking.cancel()
    await leases.release()
    assert await Leases(db).hold(wanted) == wanted


@only_on_postgres
async def test_a_lease_is_ours_until_it_ends_while_the_store_is_away(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    await node.stop()
    leases = Leases(node.db)
    wanted = frozenset({1})
    assert await leases.hold(wanted) == wanted

    async def away(*_: object) -> None:
        raise OSError("the store is away")

    monkeypatch.setattr(node.db, "write", away)
    leases._renew_at = 0
    assert await leases.hold(wanted) == wanted
    leases._renew_at = leases._ends_at = 0
    assert await leases.hold(wanted) == frozenset()


async def test_what_is_shown_is_kept_once_and_told_where_it_changed(node: Node) -> None:
    heard: list[Notice] = []
    node.db.listen(Notice, lambda notice: heard.append(notice) if notice.kind == "board" else None)
    node.pbx.line.show(lambda: SALES)
    await eventually(lambda: shown(node, SALES))
    await node.looks()
    node.pbx.line.show(lambda: SALES)
    await node.looks()
    assert [notice.id for notice in heard] == [1]
    assert await node.db.read(lambda session: session.scalars(select(Inbound.id)).all()) == []


async def test_of_what_is_shown_in_a_moment_the_last_counts(node: Node) -> None:
    for number in range(500):
        node.pbx.line.show(lambda number=number: Board(queues=(Queue(name=f"queue {number}"),)))
    last = Board(queues=(Queue(name="queue 499"),))
    await eventually(lambda: shown(node, last))


async def test_a_board_is_of_now_only_while_the_channel_is_up(node: Node) -> None:
    node.pbx.line.show(lambda: SALES)
    await eventually(lambda: shown(node, SALES))
    assert [each.up for each in await node.db.read(boards.seen)] == [True]
    await lose(node)
    assert [(each.up, each.heard_at is None) for each in await node.db.read(boards.seen)] == [(False, False)]
    assert await node.db.read(boards.of, 1) == Board()


async def test_a_channel_that_shows_nothing_has_no_board(node: Node) -> None:
    assert await node.db.read(boards.seen) == []


async def shown(node: Node, board: Board) -> bool:
    """Tell whether this is what people see."""
    return [each.board for each in await node.db.read(boards.seen)] == [board]


SALES = Board(queues=(Queue(name="sales"),))
