"""Who gets a chat: the responsible, then the department's rule, and nobody who has as many as he may."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_limits, inbox, tasks
from crm.conversations import Conversation
from crm.tasks import Task
from hub.chats import Chatter
from hub.clock import Clock
from hub.users import User
from tests.crm.klarruta import Klarruta
from tests.crm.messenger import Messenger
from tests.crm.test_search import INTERACTION, found


async def holders(messenger: Messenger) -> list[str]:
    """Give the first names of who has the tasks, "" for the queue."""

    def names(session: Session) -> list[str]:
        people = {user.id: user.name.split()[0] for user in session.scalars(select(User))}
        rows = session.scalars(select(Task).order_by(Task.id))
        return [people.get(task.assignee_id or 0, "") for task in rows]

    return await messenger.db.read(names)


async def write(messenger: Messenger, *people: str) -> None:
    """Have somebody new write, one after the other."""
    for name in people:
        await messenger.writes("Hello", Chatter(id=name, name=name))


async def test_who_has_as_many_chats_as_he_may_is_passed_over(messenger: Messenger, firm: Klarruta) -> None:
    await firm.change_department("Sales", distribution="turn")
    await messenger.behaves(most=1)
    await write(messenger, "Anna", "Berit", "Cecilia", "Disa")
    assert await holders(messenger) == ["Elin", "Johan", "Sofia", ""]
    last = (await messenger.tasks())[-1]
    assert last.why_me == "Everybody in Sales has enough to do"
    history = await messenger.db.read(tasks.history, last.id)
    assert [each.words for each in history] == ["waits in the queue: Everybody in Sales has enough to do"]


async def test_who_goes_on_in_his_own_chat_is_not_too_many(messenger: Messenger, firm: Klarruta) -> None:
    await firm.change_department("Sales", distribution="turn")
    await messenger.behaves(most=1)
    await write(messenger, "Anna")
    await messenger.finish()
    await write(messenger, "Anna")
    assert await holders(messenger) == ["Elin", "Elin"]


async def test_a_chat_counts_no_longer_once_it_is_quiet_or_closed(
    messenger: Messenger, firm: Klarruta, clock: Clock
) -> None:
    await firm.change_department("Sales", distribution="turn")
    await messenger.behaves(most=1)
    await write(messenger, "Anna", "Berit", "Cecilia")
    await messenger.finish()
    clock.advance(seconds=chat_limits.STILL_TALKED.total_seconds() + 1)
    await write(messenger, "Disa")
    assert await holders(messenger) == ["Elin", "Johan", "Sofia", "Elin"]


async def test_without_a_limit_nobody_is_passed_over(messenger: Messenger, firm: Klarruta) -> None:
    await firm.change_department("Sales", distribution="turn")
    await write(messenger, "Anna", "Berit", "Cecilia", "Disa")
    assert await holders(messenger) == ["Elin", "Johan", "Sofia", "Elin"]


async def test_a_chat_that_was_handed_over_with_a_note_goes_on_with_its_new_holder(
    messenger: Messenger, firm: Klarruta
) -> None:
    await firm.change_department("Sales", distribution="turn")
    await write(messenger, "Anna")
    elin, johan = await firm.who("Elin"), await firm.who("Johan")

    def give(session: Session) -> None:
        conversation = session.scalars(select(Conversation)).one()
        inbox.assign(session, elin, conversation, f"user:{johan.user_id}", "he knows the house")

    await firm.do(give)
    await write(messenger, "Anna")
    await messenger.finish()
    await write(messenger, "Anna")
    assert await holders(messenger) == ["Johan", "Johan"]
    assert [each.assignee_id for each in await messenger.conversations()] == [johan.user_id]
    history = await messenger.db.read(tasks.history, (await messenger.tasks())[0].id)
    assert "given to Johan Lindh: he knows the house" in [each.words for each in history]


async def test_what_was_written_is_found_by_its_words(messenger: Messenger, firm: Klarruta) -> None:
    await messenger.writes("The balcony door sticks", key="k")
    assert await found(firm, "Elin", "balcony sticks", INTERACTION) == ["The balcony door sticks"]
