"""Two workers with two letters at once: what is left is as if one had come after the other."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from hub.journal import Outcome
from tests.crm.mailbox import SALES, SUPPORT, Mailbox, letter
from tests.crm.test_intake_races import at_once


async def taking(mailbox: Mailbox, raw: bytes, channel: int = SUPPORT) -> Callable[[Session], Outcome]:
    """Give what takes a letter that waits in the journal."""
    item, event = await mailbox.db.write(mailbox.keep, channel), mailbox.read(raw, channel)
    return lambda session: mailbox.take(session, item, event)


async def test_two_letters_of_one_new_person_leave_one_card(mailbox: Mailbox) -> None:
    second = letter(subject="A door", key="two@tenant.example")
    await at_once(mailbox.db, await taking(mailbox, letter()), await taking(mailbox, second))
    assert len(await mailbox.cards()) == 1
    assert len(await mailbox.conversations()) == len(await mailbox.tasks()) == 2


async def test_one_letter_in_two_mailboxes_leaves_one_task(mailbox: Mailbox) -> None:
    await mailbox.gets(letter(key="zero@tenant.example"))
    await at_once(mailbox.db, await taking(mailbox, letter()), await taking(mailbox, letter(), SALES))
    assert len(await mailbox.touches()) == len(await mailbox.tasks()) == 2


async def test_two_answers_in_one_conversation_leave_one_task(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    (task,) = await mailbox.tasks()
    more = {"In_Reply_To": "<one@tenant.example>"}
    await at_once(
        mailbox.db,
        await taking(mailbox, letter(key="two@tenant.example", **more)),
        await taking(mailbox, letter(key="three@tenant.example", **more), SALES),
    )
    assert [(each.id, each.times) for each in await mailbox.tasks()] == [(task.id, 3)]


async def test_two_answers_after_the_task_was_done_leave_one_new_task(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    (task,) = await mailbox.tasks()
    await mailbox.firm.do(mailbox.finish, task.id)
    more = {"In_Reply_To": "<one@tenant.example>"}
    await at_once(
        mailbox.db,
        await taking(mailbox, letter(key="two@tenant.example", **more)),
        await taking(mailbox, letter(key="three@tenant.example", **more)),
    )
    assert [each.times for each in await mailbox.tasks()] == [1, 2]
