"""What letters of ours do to whose turn it is: nobody is forgotten, and what is taken back stands as before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy.orm import Session

from crm import desk, inbox, letter_drafts, regroupings, set_times, settling
from crm.conversations import Conversation
from crm.sendings import Wanted
from crm.tasks import Task
from crm.web.inbox_rows import promises_of
from hub.bus import Notice
from hub.clock import Clock, now
from hub.letters import Address
from tests.crm.mailbox import SUPPORT, Mailbox, letter
from tests.crm.writing import Desk

AGAIN = {"key": "two@tenant.example", "In_Reply_To": "<one@tenant.example>"}


@pytest.fixture
async def elin(mailbox: Mailbox) -> Desk:
    """Give Elin, to whom Karin wrote."""
    await mailbox.gets(letter())
    return await Desk.of(mailbox, "Elin")


async def bounced(elin: Desk) -> None:
    """Have her answer come back."""
    await elin.answers("It does.")
    await elin.ends(done_at=now())
    await elin.mailbox.gets_event(await elin.bounce("karin@tenant.example"))


def anew(contact_id: int) -> Wanted:
    """Give a new letter to Karin."""
    return Wanted(contact_id=contact_id, channel_id=SUPPORT, to=(Address("", "karin@tenant.example"),),
                  subject="A visit", body="Shall we come by?")  # fmt: skip


async def put_off(elin: Desk, number: int = 1) -> Conversation:
    """Have her put a conversation off, and give it as it stands then."""

    def snooze(session: Session) -> Conversation:
        row = session.get_one(Conversation, number)
        inbox.snooze(session, elin.viewer, row, now() + timedelta(days=1))
        return row

    return await elin.db.write(snooze)


async def test_a_letter_that_came_back_takes_the_next_one_from_nobody(mailbox: Mailbox, elin: Desk) -> None:
    await bounced(elin)
    (stands,) = await mailbox.conversations()
    assert stands.waits_since is None
    await mailbox.gets(letter(**AGAIN))
    _answered, told, asked = await mailbox.tasks()
    assert (told.times, asked.title) == (1, "Answer Karin Nyman: A window")
    await elin.db.write(lambda session: desk.complete(session, elin.viewer, session.get_one(Task, told.id)))
    (stands,) = await mailbox.conversations()
    assert stands.waits_since == asked.created_at


async def test_that_a_letter_came_back_gives_the_conversation_to_nobody(mailbox: Mailbox, elin: Desk) -> None:
    johan = await mailbox.firm.who("Johan")
    await elin.db.write(lambda session: inbox.assign(
        session, elin.viewer, session.get_one(Conversation, 1), f"user:{johan.user_id}"))  # fmt: skip
    await bounced(elin)
    assert [each.assignee_id for each in await mailbox.tasks()] == [johan.user_id, elin.viewer.user_id]
    assert [each.assignee_id for each in await mailbox.conversations()] == [johan.user_id]


async def test_a_letter_answers_nothing_that_came_after_it_was_written(
    mailbox: Mailbox, elin: Desk, clock: Clock
) -> None:
    await elin.answers("It does.", at=now() + timedelta(hours=3))
    clock.advance(minutes=5)
    await mailbox.gets(letter(**AGAIN))
    clock.advance(hours=3)
    await elin.ends(done_at=now())
    (task,), (stands,) = await mailbox.tasks(), await mailbox.conversations()
    assert (task.done_at, stands.waits_since) == (None, task.created_at)


async def test_an_automatic_letter_meanwhile_hinders_no_answer(
    mailbox: Mailbox, elin: Desk, clock: Clock
) -> None:
    await elin.answers("It does.", at=now() + timedelta(hours=3))
    clock.advance(minutes=5)
    await mailbox.gets(letter(**AGAIN, Auto_Submitted="auto-replied"))
    await elin.ends(done_at=now())
    assert (await mailbox.tasks())[0].done_at is not None


async def test_an_answer_does_all_that_waits_in_what_became_one(mailbox: Mailbox, elin: Desk) -> None:
    await mailbox.gets(letter(subject="A door", key="two@tenant.example"))
    await elin.db.write(lambda session: regroupings.merge(
        session, elin.viewer, session.get_one(Conversation, 2), session.get_one(Conversation, 1)))  # fmt: skip
    touch = await elin.answers("They do.")
    assert [each.done_at is not None for each in await mailbox.tasks()] == [True, True]
    await elin.takes_back(touch)
    assert [each.done_at for each in await mailbox.tasks()] == [None, None]


async def test_taken_back_an_answer_leaves_the_conversation_as_it_stood(mailbox: Mailbox, elin: Desk) -> None:
    before = await put_off(elin)
    touch = await elin.answers("It does.")
    (stands,) = await mailbox.conversations()
    assert (stands.snoozed_until, stands.waits_since) == (None, None)
    await elin.takes_back(touch)
    (stands,) = await mailbox.conversations()
    assert (stands.assignee_id, stands.waits_since, stands.snoozed_until) == (
        before.assignee_id, before.waits_since, before.snoozed_until,
    )  # fmt: skip


async def test_taken_back_an_answer_leaves_nobodys_conversation_with_nobody(
    mailbox: Mailbox, elin: Desk
) -> None:
    (task,) = await mailbox.tasks()
    await elin.db.write(lambda session: desk.complete(session, elin.viewer, session.get_one(Task, task.id)))
    (before,) = await mailbox.conversations()
    touch = await elin.answers("It does.")
    assert (await mailbox.conversations())[0].assignee_id == (before.assignee_id or elin.viewer.user_id)
    await elin.takes_back(touch)
    assert (await mailbox.conversations())[0].assignee_id == before.assignee_id


async def test_a_new_letter_begins_a_conversation_of_its_writers(mailbox: Mailbox, elin: Desk) -> None:
    (card,) = await mailbox.cards()
    await elin.writes(anew(card.id))
    made = (await mailbox.conversations())[-1]
    assert (made.assignee_id, made.department_id) == (elin.viewer.user_id, elin.viewer.department_id)
    assert made.department_id is not None


async def test_lists_of_conversations_hear_of_letters_of_ours(
    elin: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(settling, "announce", lambda _session, notice: told.append(notice))
    touch = await elin.answers("It does.")
    assert {(each.kind, each.id) for each in told if isinstance(each, Notice)} == {("conversation", 1)}
    told.clear()
    await elin.takes_back(touch)
    assert {(each.kind, each.id) for each in told if isinstance(each, Notice)} == {("conversation", 1)}


async def test_what_something_else_names_is_closed_when_its_only_letter_is_taken_back(
    mailbox: Mailbox, elin: Desk
) -> None:
    (card,) = await mailbox.cards()
    touch = await elin.writes(anew(card.id))
    merged = await elin.db.write(lambda session: regroupings.merge(
        session, elin.viewer, session.get_one(Conversation, 2), session.get_one(Conversation, 1)).id)  # fmt: skip
    await elin.db.write(lambda session: regroupings.undo(session, elin.viewer, merged) and None)
    await elin.takes_back(touch)
    _first, left = await mailbox.conversations()
    assert (left.closed_at is not None, left.waits_since) == (True, None)


async def test_what_nothing_names_is_gone_when_its_only_letter_is_taken_back(
    mailbox: Mailbox, elin: Desk
) -> None:
    (card,) = await mailbox.cards()
    await elin.takes_back(await elin.writes(anew(card.id)))
    assert [each.id for each in await mailbox.conversations()] == [1]


async def test_a_draft_about_a_letter_that_was_taken_back_stands_for_itself(
    mailbox: Mailbox, elin: Desk
) -> None:
    (card,) = await mailbox.cards()
    first = await elin.writes(anew(card.id))
    second = structs.replace(anew(card.id), about=first, conversation_id=2, quotes=True, how="reply")
    later = await elin.writes(second)
    await elin.takes_back(first)
    wanted = await elin.takes_back(later)
    user_id = elin.viewer.user_id or 0
    draft = await elin.db.write(lambda session: letter_drafts.begin(session, user_id, wanted))
    assert (draft.about_id, draft.conversation_id, draft.quotes) == (None, None, False)


async def test_that_a_letter_came_back_is_no_promise_to_the_customer(mailbox: Mailbox, elin: Desk) -> None:
    await bounced(elin)
    await mailbox.gets(letter(**AGAIN))
    _answered, told, asked = await mailbox.tasks()
    later = now() + timedelta(hours=1)
    await elin.db.write(set_times.set_for, told.id, None, later)
    assert await elin.db.read(promises_of, [1]) == {}
    await elin.db.write(set_times.set_for, asked.id, None, later)
    assert [each.task_id for each in (await elin.db.read(promises_of, [1])).values()] == [asked.id]
