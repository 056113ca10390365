"""Conversations that become one, are split, or follow up another; and each of it taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import follow_ups, inbox, merging, regroupings
from crm.contacts import add_contact
from crm.conversations import Conversation
from crm.desk import Refusal
from crm.regroupings import Regrouping
from crm.tasks import Task
from hub import audit
from hub.bus import Notice
from hub.clock import now
from hub.db import ANNOUNCED
from hub.users import User, Viewer
from tests.crm.mailbox import Mailbox, letter

Deed = Callable[[Session, Viewer, list[Conversation]], Regrouping | None]


async def does(mailbox: Mailbox, deed: Deed) -> Regrouping | None:
    """Have Elin do something with the conversations that there are."""
    elin = await mailbox.firm.who("Elin")
    wanted = select(Conversation).order_by(Conversation.id)
    return await mailbox.db.write(lambda session: deed(session, elin, list(session.scalars(wanted))))


async def undo(mailbox: Mailbox, deed: Regrouping | None) -> None:
    """Have her take it back."""
    elin, number = await mailbox.firm.who("Elin"), deed.id if deed else 0
    await mailbox.db.write(lambda session: regroupings.undo(session, elin, number))


async def where(mailbox: Mailbox) -> list[int | None]:
    """Give in which conversations the touches stand, in their order."""
    return [touch.conversation_id for touch in await mailbox.touches()]


def merge_both(session: Session, who: Viewer, both: list[Conversation]) -> Regrouping:
    """Make the second a part of the first."""
    return regroupings.merge(session, who, both[1], both[0])


@pytest.fixture
async def two(mailbox: Mailbox) -> Mailbox:
    """Give two conversations with Karin."""
    await mailbox.gets(letter())
    await mailbox.gets(letter(subject="A door", key="two@tenant.example"))
    return mailbox


@pytest.fixture
async def quoted(mailbox: Mailbox) -> Mailbox:
    """Give a letter of Eve's that quotes the conversation with Karin."""
    await mailbox.gets(letter())
    eve = {"sender": "Eve <eve@elsewhere.example>", "key": "eve@elsewhere.example"}
    await mailbox.gets(letter(**eve, In_Reply_To="<one@tenant.example>"))
    return mailbox


async def test_two_conversations_become_one_and_both_histories_say_so(two: Mailbox) -> None:
    await does(two, merge_both)
    first, second = await two.conversations()
    assert await where(two) == [first.id, first.id]
    assert (second.merged_into_id, second.waits_since) == (first.id, None)
    for each in (first, second):
        told = await two.db.read(audit.history, inbox.KIND, each.id)
        assert [entry.words for entry in told] == ["“A door” became a part of “A window”"]


async def test_a_letter_to_what_was_merged_goes_on_where_it_went(two: Mailbox) -> None:
    await does(two, merge_both)
    await two.gets(letter(key="three@tenant.example", In_Reply_To="<two@tenant.example>"))
    first, _second = await two.conversations()
    assert await where(two) == [first.id] * 3


async def test_a_merge_is_taken_back_and_what_came_meanwhile_stays(two: Mailbox) -> None:
    deed = await does(two, merge_both)
    await two.gets(letter(key="three@tenant.example", In_Reply_To="<two@tenant.example>"))
    await undo(two, deed)
    first, second = await two.conversations()
    assert await where(two) == [first.id, second.id, first.id]
    assert (second.merged_into_id, second.closed_at) == (None, None)
    assert second.waits_since is not None
    with pytest.raises(Refusal, match="taken back already"):
        await undo(two, deed)


async def test_conversations_with_two_contacts_are_not_merged(quoted: Mailbox) -> None:
    with pytest.raises(Refusal, match="one contact"):
        await does(quoted, merge_both)


async def test_closing_what_two_became_ends_the_tasks_of_both(two: Mailbox) -> None:
    await does(two, merge_both)

    def close(session: Session, who: Viewer, both: list[Conversation]) -> None:
        inbox.close(session, who, both[0], "Answered")

    await does(two, close)
    assert [task.done_at is None for task in await two.tasks()] == [False, False]


async def test_a_letter_that_quotes_another_conversation_is_joined_with_it(quoted: Mailbox) -> None:
    deed = await does(quoted, lambda session, who, both: follow_ups.join(session, who, both[1]))
    first, second = await quoted.conversations()
    assert await where(quoted) == [first.id, first.id]
    assert [touch.contact_id for touch in await quoted.touches()] == [first.contact_id, second.contact_id]
    await undo(quoted, deed)
    assert await where(quoted) == [first.id, second.id]


async def test_who_was_joined_goes_on_with_the_conversation(quoted: Mailbox) -> None:
    await does(quoted, lambda session, who, both: follow_ups.join(session, who, both[1]))
    eve = {"sender": "Eve <eve@elsewhere.example>", "key": "more@elsewhere.example"}
    await quoted.gets(letter(**eve, In_Reply_To="<eve@elsewhere.example>"))
    first, _second = await quoted.conversations()
    assert await where(quoted) == [first.id] * 3


async def test_what_is_kept_apart_is_asked_no_more_until_that_is_taken_back(quoted: Mailbox) -> None:
    def asked(session: Session) -> bool:
        second = session.scalars(select(Conversation).order_by(Conversation.id.desc())).first()
        return second is not None and follow_ups.quoted(session, second) is not None

    assert await quoted.db.read(asked)
    await does(quoted, lambda session, who, both: follow_ups.keep_apart(session, who, both[1]))
    assert not await quoted.db.read(asked)
    await does(quoted, lambda session, who, both: follow_ups.ask_again(session, who, both[1]))
    assert await quoted.db.read(asked)


async def test_what_is_about_something_else_is_split_off_with_its_task(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    (task,) = await mailbox.tasks()
    await mailbox.firm.do(mailbox.finish, task.id)
    await mailbox.gets(letter(subject="A door", key="two@tenant.example", In_Reply_To="<one@tenant.example>"))
    last = (await mailbox.touches())[-1]
    deed = await does(mailbox, lambda session, who, all_: regroupings.split(session, who, all_[0], last.id))
    first, second = await mailbox.conversations()
    assert await where(mailbox) == [first.id, second.id]
    assert (second.subject, first.waits_since, second.waits_since is None) == ("A door", None, False)
    await undo(mailbox, deed)
    first, second = await mailbox.conversations()
    assert await where(mailbox) == [first.id, first.id]
    assert (second.merged_into_id, first.waits_since is None) == (first.id, False)


async def test_nothing_is_split_off_at_its_beginning(two: Mailbox) -> None:
    touch = (await two.touches())[0]
    with pytest.raises(Refusal, match="behind the beginning"):
        await does(two, lambda session, who, both: regroupings.split(session, who, both[0], touch.id))


async def test_the_tasks_of_what_became_one_are_with_one_person(two: Mailbox) -> None:
    elin = await two.firm.who("Elin")
    await does(two, lambda session, who, both: inbox.assign(session, who, both[0], f"user:{elin.user_id}"))  # type: ignore[func-returns-value]
    await does(two, merge_both)
    whose = await two.db.read(
        lambda session: session.scalars(select(Task.assignee_id).order_by(Task.id)).all()
    )
    first = (await two.conversations())[0]
    assert (first.assignee_id, list(whose)) == (elin.user_id, [elin.user_id] * 2)


async def test_what_was_joined_stays_so_when_cards_are_merged_and_parted(quoted: Mailbox) -> None:
    await does(quoted, lambda session, who, both: follow_ups.join(session, who, both[1]))
    karin, eve = await quoted.cards()
    elin = await quoted.firm.who("Elin")

    def merge_and_part(session: Session) -> None:
        other = add_contact(session, "Eva")
        done = merging.merge(session, elin, eve.id, other)
        merging.undo(session, elin, done.id)

    await quoted.db.write(merge_and_part)
    first, _second = await quoted.conversations()
    assert await where(quoted) == [first.id, first.id]
    assert [touch.contact_id for touch in await quoted.touches()] == [karin.id, eve.id]


def give_each(session: Session, who: Viewer, both: list[Conversation]) -> None:
    """Have Elin have the first, and Johan the second."""
    for conversation, name in zip(both, ("Elin Sandgren", "Johan Lindh"), strict=True):
        holder = session.scalars(select(User).where(User.name == name)).one()
        inbox.assign(session, who, conversation, f"user:{holder.id}")


async def test_a_merge_that_is_taken_back_gives_each_colleague_his_task_again(two: Mailbox) -> None:
    elin, johan = await two.firm.who("Elin"), await two.firm.who("Johan")
    await does(two, give_each)  # type: ignore[arg-type]
    deed = await does(two, merge_both)
    assert [task.assignee_id for task in await two.tasks()] == [elin.user_id] * 2
    await undo(two, deed)
    assert [task.assignee_id for task in await two.tasks()] == [elin.user_id, johan.user_id]
    assert [each.assignee_id for each in await two.conversations()] == [elin.user_id, johan.user_id]


async def test_what_went_on_after_a_merge_stays_with_whom_it_is(two: Mailbox) -> None:
    await does(two, give_each)  # type: ignore[arg-type]
    deed = await does(two, merge_both)
    queue = (await two.tasks())[1].department_id
    await does(two, lambda session, who, both: inbox.assign(session, who, both[0], f"department:{queue}"))  # type: ignore[func-returns-value]
    await undo(two, deed)
    assert [task.assignee_id for task in await two.tasks()] == [None, None]


async def test_he_whose_task_goes_with_a_merge_hears_so(two: Mailbox) -> None:
    johan = await two.firm.who("Johan")
    await does(two, give_each)  # type: ignore[arg-type]
    heard: list[Notice] = []

    def merging_heard(session: Session, who: Viewer, both: list[Conversation]) -> Regrouping:
        deed = merge_both(session, who, both)
        heard.extend(each for each in session.info.get(ANNOUNCED, ()) if isinstance(each, Notice))
        return deed

    await does(two, merging_heard)
    task = (await two.tasks())[1]
    told = [each for each in heard if (each.kind, each.id) == ("task", task.id)]
    assert any(johan.user_id in each.audience.users for each in told)


async def test_what_was_closed_before_a_merge_is_closed_again_when_that_is_taken_back(two: Mailbox) -> None:
    await does(two, lambda session, who, both: inbox.close(session, who, both[0], "Settled"))  # type: ignore[func-returns-value]
    closed_at = (await two.conversations())[0].closed_at
    deed = await does(two, merge_both)
    assert (await two.conversations())[0].closed_at is None
    await undo(two, deed)
    assert (await two.conversations())[0].closed_at == closed_at


@pytest.mark.parametrize("put_off", [0, 1], ids=["into", "gone"])
async def test_what_waits_is_not_hidden_by_a_merge_with_what_was_put_off(two: Mailbox, put_off: int) -> None:
    later = now() + timedelta(days=3)
    await does(two, lambda session, who, both: inbox.snooze(session, who, both[put_off], later))  # type: ignore[func-returns-value]
    await does(two, merge_both)
    first = (await two.conversations())[0]
    assert (first.snoozed_until, first.waits_since is None) == (None, False)
    assert [task.planned_for for task in await two.tasks()] == [None, None]


async def test_what_becomes_one_comes_back_as_early_as_each_would_have(two: Mailbox) -> None:
    later, sooner = now() + timedelta(days=3), now() + timedelta(days=1)

    def snooze_both(session: Session, who: Viewer, both: list[Conversation]) -> None:
        inbox.snooze(session, who, both[0], later)
        inbox.snooze(session, who, both[1], sooner)

    await does(two, snooze_both)  # type: ignore[arg-type]
    await does(two, merge_both)
    assert (await two.conversations())[0].snoozed_until == sooner
