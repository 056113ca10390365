"""What is to leave leaves: again until it did, in time or not at all, and a call never twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from sqlalchemy.orm import Session

from hub import outbox, rests, timers
from hub.blobs import Blobs
from hub.channels import Channel, Channels, add_channel
from hub.clock import now
from hub.connector import AuthFailed, Blocked, InDoubt, Refused, Rest, Sent, Unavailable
from hub.events import Command, FileLetter, PlaceCall, SendLetter, SendMessage, ShowTyping
from hub.lanes import HINTS, LETTERS, MESSAGES, lane_of
from hub.letters import Address, Enclosure
from hub.outbox import Outgoing
from hub.postman import Postman
from tests.eventually import eventually
from tests.fake import Fake

if TYPE_CHECKING:
    from hub.clock import Clock
    from hub.db import Database

LETTER = SendMessage(to="71", text="Your windows are ready", message_id="1")
OTHER_LETTER = SendMessage(to="72", text="Yours as well", message_id="2")
CALL = PlaceCall(device="PJSIP/annika", number="+46313900600")
MAIL = SendLetter(
    message_id="1@hub",
    written_at=datetime(2026, 11, 26, tzinfo=UTC),
    to=(Address("Anna", "anna@berg.se"),),
    text="Hej",
)
HALF_A_MINUTE = timedelta(seconds=30)


class Room:
    """The post room: an outbox, its postman, and the connector that carries things away."""

    def __init__(self, db: Database, blobs: Blobs, channels: Channels, office: Fake) -> None:
        """Begin with the postman at home."""
        self.db = db
        self.office = office
        self.blobs = blobs
        self.postman = Postman(db, blobs, channels)
        self._running: asyncio.Task[None] | None = None

    async def work(self) -> None:
        """Have the postman start."""
        self._running = asyncio.create_task(self.postman.run())

    async def die(self) -> None:
        """Kill the postman in the middle of whatever he does."""
        in_hand = [task for timer in self.postman.timers.values() for task in timer._in_hand.values()]
        for task in [*in_hand, self._running]:
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._running = None

    def wake(self, command: Command = LETTER) -> None:
        """Have the postman look whether such commands are due."""
        self.postman.timers[lane_of(command)].wake()

    async def post(
        self, command: Command = LETTER, lifetime: timedelta = timedelta(days=2), *, stream: str | None = None,
        once: bool = False, channel_id: int = 1,
    ) -> int:  # fmt: skip
        """Write a command; calls may be placed at most once."""

        def put(session: Session) -> int:
            at_most_once = once or command is CALL
            return outbox.put(
                session, channel_id, command, lifetime=lifetime, at_most_once=at_most_once, stream=stream
            ).id

        return await self.db.write(put)

    async def row(self, row_id: int = 1) -> Outgoing:
        """Look at a command."""
        return await self.db.read(lambda session: session.get_one(Outgoing, row_id))

    def has(self, column: str, row_id: int = 1) -> Callable[[], Awaitable[bool]]:
        """Ask whether this has come to pass."""

        async def ask() -> bool:
            return bool(getattr(await self.row(row_id), column))

        return ask

    def tried(self, times: int, row_id: int = 1) -> Callable[[], Awaitable[bool]]:
        """Ask whether the command was tried so often and waits again, or has come to its end."""

        async def ask() -> bool:
            row = await self.row(row_id)
            return row.attempts == times and (row.begun_at is None or row.due_at is None)

        return ask


@pytest.fixture
async def room(
    db: Database, channels: Channels, office: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Room]:
    """Give a post room whose postman never looks by himself: what wakes him is what was written."""
    monkeypatch.setattr(timers, "GLANCE", 600.0)
    given = Room(db, Blobs(tmp_path / "blobs"), channels, office)
    yield given
    await given.die()


async def test_what_is_written_leaves_and_the_other_sides_number_is_kept(room: Room) -> None:
    await room.work()
    await room.post()
    await eventually(room.has("done_at"))
    row = await room.row()
    assert room.office.sent == [LETTER]
    assert (row.remote_id, row.due_at, row.attempts) == ("remote-1", None, 1)


async def test_nothing_leaves_without_its_commit(room: Room) -> None:
    def think_better_of_it(session: Session) -> None:
        outbox.put(session, 1, LETTER, lifetime=HALF_A_MINUTE)
        raise ValueError("no")

    await room.work()
    with pytest.raises(ValueError, match="no"):
        await room.db.write(think_better_of_it)
    call = await room.post(CALL)
    await eventually(room.has("done_at", call))
    assert room.office.tried == [CALL]


@pytest.fixture
def pause(monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """Give the first pause, which is longer than a busy machine stands still."""
    monkeypatch.setattr(outbox, "FIRST_PAUSE", MESSAGES.longest / 4)
    monkeypatch.setattr(rests, "FIRST_PAUSE", outbox.FIRST_PAUSE)
    return outbox.FIRST_PAUSE


async def test_what_may_be_repeated_is_tried_until_it_left_with_growing_pauses(
    room: Room, clock: Clock, pause: timedelta
) -> None:
    room.office.errors = [Unavailable("no route"), TimeoutError(), OSError("reset")]
    await room.work()
    await room.post()
    for attempt, error in enumerate(["no route", "no answer in time", "reset"], start=1):
        await eventually(room.tried(attempt))
        row = await room.row()
        assert row.error == error
        assert row.due_at is not None
        growing = pause * 2 ** (attempt - 1)
        assert growing / 2 < row.due_at - now() <= growing
        clock.advance(seconds=growing.total_seconds())
        room.wake()
    await eventually(room.has("done_at"))
    assert room.office.sent == [LETTER]
    assert (await room.row()).error is None


async def test_a_letter_is_tried_again_as_long_as_it_surely_did_not_leave(
    room: Room, clock: Clock, pause: timedelta
) -> None:
    room.office.errors = [Unavailable("451 busy"), AuthFailed("wrong password")]
    await room.work()
    await room.post(MAIL)
    for attempt, wait in ((1, pause), (2, LETTERS.longest)):
        await eventually(room.tried(attempt))
        clock.advance(seconds=wait.total_seconds())
        room.wake(MAIL)
    await eventually(room.has("done_at"))
    assert room.office.sent == [MAIL]


async def test_where_a_password_is_refused_somebody_is_told_and_it_is_not_tried_soon(room: Room) -> None:
    told: list[tuple[int, str]] = []
    room.postman._mend = lambda _session, channel_id, words: told.append((channel_id, words))
    room.office.errors = [AuthFailed("wrong password")]
    await room.work()
    await room.post(MAIL)
    await eventually(lambda: told == [(1, "wrong password")])
    due = (await room.row()).due_at
    assert due is not None
    assert due - now() > LETTERS.longest / 2


async def test_a_letter_that_may_have_left_is_not_sent_again(room: Room) -> None:
    room.office.errors = [InDoubt("the line was lost")]
    await room.work()
    await room.post(MAIL)
    await eventually(room.has("unknown_at"))
    row = await room.row()
    assert (row.error, row.due_at, len(room.office.tried)) == ("the line was lost", None, 1)


async def test_a_message_takes_its_file_along_and_keeps_it_not_in_the_outbox(room: Room) -> None:
    blob = await room.blobs.put(b"The plan")
    plan = Enclosure(name="plan.txt", type="text/plain", blob=blob, size=8)
    await room.work()
    await room.post(structs.replace(LETTER, file=structs.replace(plan, content=b"The plan")))
    await eventually(room.has("done_at"))
    (sent,) = room.office.sent
    assert isinstance(sent, SendMessage)
    assert sent.file == structs.replace(plan, content=b"The plan")
    assert "content" not in str((await room.row()).command)


async def test_a_letter_takes_its_files_along_and_keeps_none_in_the_outbox(room: Room) -> None:
    blob = await room.blobs.put(b"The plan")
    plan = Enclosure(name="plan.txt", type="text/plain", blob=blob, size=8)
    await room.work()
    await room.post(structs.replace(MAIL, files=(plan,)))
    await eventually(room.has("done_at"))
    (sent,) = room.office.sent
    assert isinstance(sent, SendLetter)
    assert sent.files[0].content == b"The plan"
    assert "content" not in str((await room.row()).command)


async def test_a_letter_whose_file_is_gone_says_which(room: Room) -> None:
    plan = Enclosure(name="plan.txt", type="text/plain", blob="0" * 64, size=8)
    await room.work()
    await room.post(structs.replace(MAIL, files=(plan,)))
    await eventually(room.has("failed_at"))
    assert "plan.txt" in ((await room.row()).error or "")
    assert room.office.tried == []


async def test_what_was_not_as_it_should_be_is_told_of_what_left(room: Room) -> None:
    room.office.answers = [Sent("queued as 7", "Refused: olof@berg.se")]
    await room.work()
    await room.post(MAIL)
    await eventually(room.has("done_at"))
    row = await room.row()
    assert (row.remote_id, row.failed_at, row.error, row.remark) == (
        "queued as 7", None, None, "Refused: olof@berg.se",
    )  # fmt: skip


async def test_what_is_left_to_be_done_waits_for_its_turn_and_leads_back(
    room: Room, clock: Clock, pause: timedelta
) -> None:
    rest = structs.replace(MAIL, only=("olof@berg.se",))
    again = structs.replace(MAIL, only=("eva@berg.se",))
    room.office.answers = [
        Sent("1", rests=(Rest(rest, "greylisted"),)),
        Sent("2", rests=(Rest(again, "full"),)),
    ]
    await room.work()
    await room.post(MAIL)
    await eventually(room.has("done_at"))
    waiting = await room.row(2)
    assert (waiting.rest_of_id, waiting.error, waiting.attempts, waiting.at_most_once) == (
        1,
        "greylisted",
        0,
        True,
    )
    for row_id in (2, 3):
        clock.advance(seconds=pause.total_seconds())
        room.wake(MAIL)
        await eventually(room.has("done_at", row_id))
    assert room.office.sent == [MAIL, rest, again]
    assert (await room.row(3)).rest_of_id == 1


async def test_a_copy_is_tried_until_it_is_filed_and_once_more_when_the_hub_was_killed(
    room: Room, clock: Clock, pause: timedelta
) -> None:
    assert LETTERS.longest > pause
    room.office.errors = [Unavailable("no route"), OSError("reset")]
    await room.work()
    copy = await room.post(FileLetter(letter=MAIL))
    for times in (1, 2):
        await eventually(room.tried(times, copy))
        clock.advance(seconds=LETTERS.longest.total_seconds())
        if times == 2:
            room.office.hold.clear()
        room.wake(MAIL)
    await eventually(lambda: len(room.office.tried) == 3)
    await room.die()
    room.office.hold.set()
    await room.work()
    clock.advance(seconds=LETTERS.claim.total_seconds())
    room.wake(MAIL)
    await eventually(room.has("done_at", copy))
    assert room.office.sent == [FileLetter(letter=MAIL, again=True)]


async def test_a_call_does_not_wait_for_letters(room: Room) -> None:
    room.office.hold.clear()
    await room.work()
    for _ in range(timers.AT_ONCE):
        await room.post(MAIL)
    await eventually(lambda: len(room.office.tried) == LETTERS.share)
    room.office.hold.set()
    call = await room.post(CALL, HALF_A_MINUTE)
    await eventually(room.has("done_at", call))


async def test_pauses_grow_to_their_bound_and_no_further(room: Room) -> None:
    await room.post()
    await room.db.write(lambda session: setattr(session.get_one(Outgoing, 1), "attempts", 5000))
    await room.db.write(outbox.put_off, 1, "no route", in_doubt=False)
    due = (await room.row()).due_at
    assert due is not None
    assert due - now() <= MESSAGES.longest


async def test_what_is_refused_is_not_tried_again_and_says_why(room: Room) -> None:
    room.office.errors = [Refused("no such mailbox")]
    await room.work()
    await room.post()
    await eventually(room.has("failed_at"))
    row = await room.row()
    assert (row.error, row.due_at, row.done_at) == ("no such mailbox", None, None)


async def test_what_cannot_leave_in_time_expires_at_that_moment(
    room: Room, clock: Clock, pause: timedelta
) -> None:
    room.office.errors = [Unavailable("no route")] * 9
    await room.work()
    await room.post(lifetime=pause * 2)
    await eventually(room.tried(1))
    clock.advance(seconds=pause.total_seconds())
    room.wake()
    await eventually(room.tried(2))
    row = await room.row()
    assert row.due_at == row.expires_at
    clock.advance(seconds=pause.total_seconds())
    room.wake()
    await eventually(room.has("expired_at"))
    row = await room.row()
    assert (row.error, row.due_at, len(room.office.tried)) == ("no route", None, 2)


async def test_a_call_that_waited_too_long_is_never_placed(room: Room, clock: Clock) -> None:
    await room.post(CALL, HALF_A_MINUTE)
    clock.advance(seconds=31)
    await room.work()
    await eventually(room.has("expired_at"))
    assert room.office.tried == []


async def test_many_that_expired_do_not_keep_one_that_has_not_waiting(room: Room, clock: Clock) -> None:
    for _ in range(100):
        await room.post(CALL, HALF_A_MINUTE)
    clock.advance(seconds=31)
    late = await room.post()
    await room.work()
    await eventually(room.has("done_at", late))
    assert room.office.tried == [LETTER]


async def test_a_call_is_placed_once(room: Room) -> None:
    await room.work()
    await room.post(CALL, HALF_A_MINUTE)
    await eventually(room.has("done_at"))
    assert room.office.tried == [CALL]


async def test_a_call_that_surely_did_not_leave_has_failed(room: Room) -> None:
    room.office.errors = [Unavailable("the PBX is not there")]
    await room.work()
    await room.post(CALL, HALF_A_MINUTE)
    await eventually(room.has("failed_at"))
    row = await room.row()
    assert (row.error, row.due_at, row.unknown_at) == ("the PBX is not there", None, None)


async def test_a_call_of_which_nobody_knows_whether_it_left_is_not_tried_again(room: Room) -> None:
    room.office.errors = [ConnectionResetError("connection lost")]
    await room.work()
    await room.post(CALL, HALF_A_MINUTE)
    await eventually(room.has("unknown_at"))
    row = await room.row()
    assert (row.error, row.due_at, row.failed_at) == ("connection lost", None, None)
    assert len(room.office.tried) == 1


@pytest.mark.parametrize("command", [CALL, MAIL, LETTER], ids=["call", "letter", "message"])
async def test_killed_in_mid_send_a_call_or_letter_is_unknown_and_a_message_sent_again(
    room: Room, clock: Clock, channels: Channels, command: Command
) -> None:
    room.office.hold.clear()
    await room.work()
    await room.post(command)
    await eventually(lambda: len(room.office.tried) == 1)
    await room.die()
    room.office.hold.set()
    if room.db.shared:  # another node may have it in hand: its claim must run out first
        clock.advance(seconds=lane_of(command).claim.total_seconds())
    room.postman = Postman(room.db, room.blobs, channels)
    await room.work()
    await eventually(room.has("done_at" if command is LETTER else "unknown_at"))
    assert (await room.row()).due_at is None
    assert len(room.office.tried) == (2 if command is LETTER else 1)


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_a_node_that_starts_leaves_alone_what_another_has_in_hand(
    room: Room, channels: Channels
) -> None:
    room.office.hold.clear()
    await room.work()
    await room.post(LETTER)
    await eventually(lambda: room.office.tried == [LETTER])
    second = asyncio.create_task(Postman(room.db, room.blobs, channels).run())
    await room.post(OTHER_LETTER)
    await eventually(lambda: OTHER_LETTER in room.office.tried)
    room.office.hold.set()
    await eventually(room.has("done_at"))
    second.cancel()
    assert room.office.tried == [LETTER, OTHER_LETTER]


async def test_what_ended_well_after_it_was_given_up_ended_well(room: Room, clock: Clock) -> None:
    """The machine slept while a call was being placed: its claim ran out, and then it had left after all."""
    room.office.hold.clear()
    await room.work()
    await room.post(CALL, timedelta(days=1))
    await eventually(lambda: len(room.office.tried) == 1)
    clock.advance(hours=1)
    room.wake(CALL)
    await eventually(room.has("unknown_at"))
    room.office.hold.set()
    await eventually(room.has("done_at"))
    assert (await room.row()).unknown_at is None
    assert len(room.office.tried) == 1


async def test_a_paused_channel_keeps_its_commands_until_it_goes_on(room: Room) -> None:
    await room.db.write(lambda session: setattr(session.get_one(Channel, 1), "paused_at", now()))
    await room.post()
    await room.work()
    await eventually(lambda: room.postman.timers[MESSAGES]._sleeping_until)
    assert room.office.tried == []
    await room.db.write(lambda session: setattr(session.get_one(Channel, 1), "paused_at", None))
    room.wake()
    await eventually(room.has("done_at"))


async def test_a_channel_whose_connector_is_gone_says_so(room: Room, channels: Channels) -> None:
    channels._kinds = {}
    await channels.load()
    await room.work()
    await room.post(CALL, HALF_A_MINUTE)
    await eventually(room.has("failed_at"))
    assert (await room.row()).error == "the connector of this channel is not installed"


async def test_a_channel_whose_server_is_slow_leaves_room_for_the_letters_of_others(
    db: Database, channels: Channels
) -> None:
    def put(session: Session) -> None:
        other = add_channel(session, "sales", "Sales", Fake.kind, {})
        for channel_id in (1, 1, 1, 1, 1, other.id, 1):
            outbox.put(session, channel_id, MAIL, lifetime=timedelta(days=2))

    def take(session: Session) -> list[int]:
        return [row.channel_id for _id, row in outbox.take(session, now(), 4, lane=LETTERS)]

    await db.write(put)
    assert [channel.id for channel in channels] == [1]
    assert sorted(await db.write(take)) == [1, 1, 2]
    assert await db.write(take) == []


async def in_a_chat(room: Room, *texts: str, chat: str = "71", channel_id: int = 1) -> list[SendMessage]:
    """Write several messages into one chat, at the same moment."""
    messages = [SendMessage(to=chat, text=text, message_id=text) for text in texts]
    for message in messages:
        await room.post(message, stream=chat, once=True, channel_id=channel_id)
    return messages


async def test_messages_of_a_chat_leave_one_after_the_other_though_the_messenger_is_slow(room: Room) -> None:
    await room.work()
    room.office.hold.clear()
    first, second, third = await in_a_chat(room, "one", "two", "three")
    (elsewhere,) = await in_a_chat(room, "four", chat="72")
    await eventually(lambda: len(room.office.tried) == 2)
    await eventually(lambda: room.postman.timers[MESSAGES]._sleeping_until)
    assert room.office.tried == [first, elsewhere]
    room.office.hold.set()
    await eventually(lambda: len(room.office.sent) == 4)
    assert [each for each in room.office.sent if each != elsewhere] == [first, second, third]


MORE = SendMessage(to="71", text="and two", message_id="one-more")


async def test_words_that_had_no_room_leave_before_what_was_written_since(
    room: Room, clock: Clock, pause: timedelta
) -> None:
    last = SendMessage(to="71", text="and three", message_id="one-last")
    room.office.answers = [Sent("1", rests=(Rest(MORE, "later"),)), Sent("2", rests=(Rest(last),))]
    first, second = await in_a_chat(room, "one", "four")
    await room.work()
    await eventually(room.has("done_at"))
    await eventually(lambda: room.postman.timers[MESSAGES]._sleeping_until)
    assert room.office.sent == [first]
    clock.advance(seconds=pause.total_seconds())
    room.wake()
    await eventually(lambda: len(room.office.sent) == 4)
    assert room.office.sent == [first, MORE, last, second]


async def test_words_that_had_no_room_and_may_have_left_are_not_sent_again(
    room: Room, clock: Clock, pause: timedelta
) -> None:
    room.office.answers = [Sent("1", rests=(Rest(MORE, "later"),))]
    (first,) = await in_a_chat(room, "one")
    await room.work()
    await eventually(room.has("done_at"))
    room.office.errors = [InDoubt("the line was lost")]
    clock.advance(seconds=pause.total_seconds())
    room.wake()
    await eventually(room.tried(1, 2))
    assert (await room.row(2)).unknown_at is not None
    assert room.office.tried == [first, MORE]


async def test_a_message_that_is_put_off_holds_up_its_own_chat_alone(room: Room, clock: Clock) -> None:
    room.office.errors = [Unavailable("too many requests", after=600)]
    first, second = await in_a_chat(room, "one", "two")
    await room.work()
    await eventually(room.tried(1))
    (elsewhere,) = await in_a_chat(room, "four", chat="72")
    await eventually(lambda: room.office.sent == [elsewhere])
    clock.advance(seconds=540)
    room.wake()
    await eventually(lambda: room.postman.timers[MESSAGES]._sleeping_until)
    assert room.office.sent == [elsewhere]
    clock.advance(seconds=60)
    room.wake()
    await eventually(lambda: room.office.sent == [elsewhere, first, second])


@pytest.mark.parametrize(
    "error", [Refused("no such chat"), InDoubt("the line was lost")], ids=["no", "maybe"]
)
async def test_what_will_not_leave_any_more_lets_the_next_of_its_chat_go(
    room: Room, error: Exception
) -> None:
    room.office.errors = [error]
    _first, second = await in_a_chat(room, "one", "two")
    await room.work()
    await eventually(lambda: room.office.sent == [second])


async def test_of_two_postmen_none_overtakes_the_other_in_a_chat(room: Room, channels: Channels) -> None:
    room.office.hold.clear()
    messages = await in_a_chat(room, *map(str, range(6)))
    await room.work()
    other = asyncio.create_task(Postman(room.db, room.blobs, channels).run())
    await eventually(lambda: len(room.office.tried) == 1)
    room.office.hold.set()
    await eventually(lambda: len(room.office.sent) == 6)
    other.cancel()
    assert room.office.tried == messages


async def test_of_two_who_take_at_the_same_time_one_has_the_chat(room: Room) -> None:
    await in_a_chat(room, "one", "two", "three")

    def take(session: Session) -> int:
        return len(outbox.take(session, now(), 8, lane=MESSAGES))

    assert sorted(await asyncio.gather(*[room.db.write(take) for _ in range(3)])) == [0, 0, 1]


async def test_a_message_waits_neither_for_letters_nor_for_another_messenger(
    room: Room, channels: Channels
) -> None:
    other = await room.db.write(lambda session: add_channel(session, "viber", "Viber", Fake.kind, {}).id)
    await channels.load()
    dead = room.office
    dead.hold.clear()
    await room.work()
    for number in range(MESSAGES.at_once):
        await in_a_chat(room, "hello", chat=str(number))
        await room.post(MAIL)
    await eventually(lambda: len(dead.tried) == LETTERS.share + MESSAGES.share)
    (message,) = await in_a_chat(room, "one", channel_id=other)
    living = channels.get(other).connector
    assert isinstance(living, Fake)
    await eventually(lambda: living.sent == [message])
    dead.hold.set()


async def test_a_message_that_may_have_left_is_not_sent_again_after_a_kill(
    room: Room, channels: Channels, clock: Clock
) -> None:
    room.office.hold.clear()
    await in_a_chat(room, "one", "two")
    await room.work()
    await eventually(lambda: len(room.office.tried) == 1)
    await room.die()
    room.office.hold.set()
    clock.advance(seconds=MESSAGES.claim.total_seconds())
    room.postman = Postman(room.db, room.blobs, channels)
    await room.work()
    await eventually(room.has("done_at", 2))
    assert (await room.row(1)).unknown_at is not None
    assert [each.text for each in room.office.tried if isinstance(each, SendMessage)] == ["one", "two"]


async def test_who_says_for_how_long_to_wait_is_believed_within_a_day(room: Room) -> None:
    for asked, waits in ((90.0, 90), (0.0, 0), (10.0**12, 86_400)):
        row_id, before = await room.post(lifetime=timedelta(days=9)), now()
        await room.db.write(outbox.put_off, row_id, "no", in_doubt=False, after=asked)
        due = (await room.row(row_id)).due_at
        assert due is not None
        assert before <= due - timedelta(seconds=waits) <= now() + timedelta(seconds=0.5)


async def test_that_the_customer_blocked_us_is_told_apart_from_other_refusals(room: Room) -> None:
    room.office.errors = [Blocked("bot was blocked by the user"), Refused("message is too long")]
    await room.work()
    for row_id, blocked in ((1, True), (2, False)):
        await room.post()
        await eventually(room.has("failed_at", row_id))
        assert (await room.row(row_id)).blocked is blocked


async def test_that_somebody_writes_is_told_at_once_or_never_and_leaves_no_trace(
    room: Room, clock: Clock
) -> None:
    typing = ShowTyping(to="71")
    room.office.errors = [Unavailable("no route")]
    await room.work()
    refused = await room.post(typing, HINT)
    await eventually(partial(gone, room, refused))
    shown = await room.post(typing, HINT)
    await eventually(partial(gone, room, shown))
    assert (room.office.tried, room.office.sent) == ([typing, typing], [typing])
    await room.die()
    late = await room.post(typing, HINT)
    clock.advance(seconds=6)
    await room.work()
    await eventually(partial(gone, room, late))
    assert len(room.office.tried) == 2


async def test_no_message_waits_for_those_who_are_told_that_somebody_writes(room: Room) -> None:
    room.office.hold.clear()
    await room.work()
    for number in range(HINTS.at_once):
        await room.post(ShowTyping(to=str(number)), HINT)
    await eventually(lambda: len(room.office.tried) == HINTS.share)
    room.office.hold.set()
    (message,) = await in_a_chat(room, "one")
    await eventually(lambda: message in room.office.sent)


HINT = timedelta(seconds=5)


async def gone(room: Room, row_id: int) -> bool:
    """Tell whether nothing is left of a command."""
    return await room.db.read(lambda session: session.get(Outgoing, row_id)) is None
