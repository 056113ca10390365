"""What became of a message only goes on, in whatever order it is told; who wrote one that did not arrive has a task."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from crm import chat_fates, chat_sendings, desk
from crm.chat_sendings import ChatFate
from crm.desk import Refusal
from crm.tasks import Task
from hub.chats import MessageFate
from hub.clock import Clock, now
from hub.outbox import Outgoing
from tests.crm.pigeons import Loft


async def fates(loft: Loft, touch_id: int) -> list[bool]:
    """Tell whether a message left, arrived, was read, failed."""
    row = await loft.message(touch_id)
    return [each is not None for each in (row.left_at, row.delivered_at, row.read_at, row.failed_at)]


async def early(loft: Loft) -> int:
    """Count what is kept for messages that are not known yet."""
    return len(await loft.db.read(lambda session: session.scalars(select(ChatFate.id)).all()))


async def test_a_message_that_left_says_so_and_by_which_name(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.leaves(said, "r1")
    assert await fates(loft, said) == [True, False, False, False]
    assert (await loft.message(said)).remote_id == "r1"


@pytest.mark.parametrize("order", list(permutations(("sent", "delivered", "read"))))
async def test_a_fate_only_goes_on_in_whatever_order_it_is_told(loft: Loft, order: tuple[str, ...]) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.leaves(said, "r1")
    for fate in order:
        await loft.tells(fate, "r1")
        await loft.tells(fate, "r1")
    assert await fates(loft, said) == [True, True, True, False]


async def test_read_is_delivered_as_well_and_failed_comes_too_late_then(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.leaves(said, "r1")
    assert await loft.tells("read", "r1") == [said]
    assert await loft.tells("failed", "r1", why="expired") == []
    assert await loft.tells("delivered", "r1") == []
    assert await fates(loft, said) == [True, True, True, False]
    assert len(await loft.tasks()) == 1


async def test_what_is_told_before_we_know_that_it_left_is_not_lost(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.begins(said)
    await loft.tells("read", "r1")
    await loft.tells("delivered", "r1")
    assert await fates(loft, said) == [False, False, False, False]
    await loft.ends(said, done_at=now(), remote_id="r1")
    assert await fates(loft, said) == [True, True, True, False]
    assert await early(loft) == 0


async def test_told_and_ended_at_the_same_moment_neither_is_lost(loft: Loft) -> None:
    for number in range(8):
        (said,) = await loft.says(text=f"Number {number}")
        await loft.begins(said)
        await asyncio.gather(
            loft.ends(said, done_at=now(), remote_id=f"r{number}"),
            loft.tells("delivered", f"r{number}"),
            loft.tells("read", up_to=now()),
        )
        assert await fates(loft, said) == [True, True, True, False]


async def test_all_that_left_up_to_a_moment_was_read_and_nothing_after_it(loft: Loft, clock: Clock) -> None:
    said = [*await loft.says(text="One"), *await loft.says(text="Two"), *await loft.says(text="Three")]
    for number, each in enumerate(said[:2]):
        await loft.leaves(each, f"r{number}")
    until = now()
    clock.advance(seconds=1)
    await loft.leaves(said[2], "r2")
    assert await loft.tells("read", up_to=until) == said[:2]
    assert [(await fates(loft, each))[2] for each in said] == [True, True, False]


async def test_what_was_read_up_to_a_moment_holds_for_what_is_known_later_to_have_left(loft: Loft) -> None:
    (said,) = await loft.says(text="One")
    await loft.begins(said)
    await loft.tells("delivered", up_to=now())
    await loft.ends(said, done_at=now(), remote_id="r1")
    assert await fates(loft, said) == [True, True, False, False]


async def test_a_fate_of_no_message_of_ours_is_nothing_and_is_not_kept(loft: Loft) -> None:
    assert await loft.tells("delivered", "somebody-elses") == []
    assert await early(loft) == 0


async def test_what_was_kept_for_nothing_is_forgotten(loft: Loft, clock: Clock) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.begins(said)
    await loft.tells("delivered", "somebody-elses")
    assert await loft.db.write(chat_sendings.forget) == 0
    clock.advance(days=4)
    assert await loft.db.write(chat_sendings.forget) == 1
    assert await early(loft) == 0


async def test_a_fate_of_the_same_name_in_another_chat_is_another_messages(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.leaves(said, "r1")
    assert await loft.tells("read", "r1", chat="72") == []
    assert await fates(loft, said) == [True, False, False, False]
    event = MessageFate(fate="read", messages=("r1",))
    assert await loft.db.write(chat_fates.told, None, loft.live, event) == [said]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"failed_at": now(), "error": "chat not found"}, "refused it: chat not found"),
        ({"unknown_at": now(), "error": "the line was lost"}, "Nobody knows whether it left: the line was lost"),
        ({"expired_at": now()}, "tried for a day: the channel was paused"),
    ],
)  # fmt: skip
async def test_who_wrote_what_did_not_leave_has_a_task_and_the_contact_waits_on(
    loft: Loft, values: dict[str, object], words: str
) -> None:
    before = await loft.conversation()
    (said,) = await loft.says(text="They are.")
    await loft.ends(said, **values)
    asked, told = await loft.tasks()
    elin, stands = await loft.firm.who("Elin"), await loft.conversation()
    assert (asked.done_at, stands.waits_since, stands.assignee_id) == (
        None,
        before.waits_since,
        before.assignee_id,
    )
    assert (told.title, told.assignee_id) == ("Did not arrive: They are.", elin.user_id)
    assert words in told.why
    assert words in ((await loft.message(said)).error or "")
    assert (await fates(loft, said))[3] is ("unknown_at" not in values)


async def test_who_does_not_let_us_write_is_known_from_then_on(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.ends(said, failed_at=now(), error="bot was blocked by the user", blocked=True)
    assert (await loft.chat()).blocked_at is not None
    with pytest.raises(Refusal, match="does not let us write"):
        await loft.says(text="Hello?")


async def test_what_the_messenger_could_not_deliver_afterwards_is_its_authors_as_well(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.leaves(said, "r1")
    await loft.tells("failed", "r1", why="Message undeliverable")
    await loft.tells("failed", "r1", why="Message undeliverable")
    asked, told = await loft.tasks()
    assert (asked.done_at, told.times) == (None, 1)
    assert "Message undeliverable" in told.why
    await loft.tells("delivered", "r1")  # it did arrive after all
    assert [each.done_at is not None for each in await loft.tasks()] == [True, True]
    assert await fates(loft, said) == [True, True, False, False]


async def test_what_a_program_said_in_vain_is_nobodys_task(loft: Loft) -> None:
    (said,) = await loft.says(text="We are closed.", automatic=True)
    await loft.ends(said, failed_at=now(), error="no")
    assert len(await loft.tasks()) == 1
    assert (await fates(loft, said))[3]


@pytest.mark.parametrize("values", [{"failed_at": now()}, {"unknown_at": now()}, {"expired_at": now()}])
async def test_sent_again_it_is_the_same_message_by_another_command(
    loft: Loft, values: dict[str, object]
) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.ends(said, **values)
    await loft.decides(said, left=False)
    first, second = await loft.outbox()
    message = await loft.message(said)
    assert (first.command, message.outgoing_id) == (second.command, second.id)
    assert (message.failed_at, message.error) == (None, None)
    assert second.due_at is not None
    assert [each.done_at is not None for each in await loft.tasks()] == [True, True]
    await loft.leaves(said, "r2")
    assert await fates(loft, said) == [True, False, False, False]


async def test_that_one_in_doubt_did_leave_can_be_said_and_that_only_once(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.ends(said, unknown_at=now())
    await loft.decides(said, left=True)
    assert await fates(loft, said) == [True, False, False, False]
    assert [each.done_at is not None for each in await loft.tasks()] == [True, True]
    for left in (True, False):
        with pytest.raises(Refusal, match="It is known"):
            await loft.decides(said, left=left)
    assert len(await loft.outbox()) == 1


async def test_what_still_waits_cannot_be_sent_twice(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    with pytest.raises(Refusal, match="It is known"):
        await loft.decides(said, left=False)


async def test_sent_again_after_the_contact_wrote_it_answers_nothing_new(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.ends(said, failed_at=now())
    await loft.asks("Hello? Anybody there?")
    await loft.decides(said, left=False)
    assert (await loft.conversation()).waits_since is not None
    assert (await loft.tasks())[0].done_at is None


async def test_an_end_that_comes_after_it_was_sent_again_is_of_another_command(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.ends(said, unknown_at=now())
    (first,) = await loft.outbox()
    await loft.decides(said, left=False)
    await loft.db.write(lambda session: chat_fates.settle(session, session.get_one(Outgoing, first.id)))
    assert await fates(loft, said) == [False, False, False, False]


async def test_who_writes_anew_need_not_care_for_the_one_that_did_not_arrive(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.ends(said, failed_at=now())
    await loft.says(text="They are ready.")
    assert [each.done_at is not None for each in await loft.tasks()] == [True, True]


async def test_that_it_did_not_arrive_gives_the_conversation_to_nobody(loft: Loft) -> None:
    (task,), johan = await loft.tasks(), await loft.firm.who("Johan")
    await loft.firm.act(desk.hand_over, "Sofia", task.id, f"user:{johan.user_id}", "")
    (said,) = await loft.says(text="They are.")
    await loft.ends(said, failed_at=now())
    assert (await loft.conversation()).assignee_id == johan.user_id
    assert [each.assignee_id for each in await loft.db.read(lambda session: session.scalars(
        select(Task).order_by(Task.id)).all())] == [johan.user_id, (await loft.firm.who("Elin")).user_id]  # fmt: skip


async def test_a_clock_that_is_ahead_tells_of_no_time_to_come(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    await loft.leaves(said, "r1")
    await loft.tells("read", "r1", at=now() + timedelta(days=3))
    read_at = (await loft.message(said)).read_at
    assert read_at is not None
    assert read_at <= now()
