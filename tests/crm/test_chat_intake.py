"""A message of a chat becomes a touch and a task to answer it; what comes twice becomes nothing more."""

from __future__ import annotations

from crm import contacts
from tests.crm.messenger import Messenger


async def test_a_message_of_somebody_new_is_a_card_a_chat_a_conversation_and_a_task(
    messenger: Messenger,
) -> None:
    came = await messenger.writes("I need a window measured")
    (card,), (task,), (touch,) = await messenger.cards(), await messenger.tasks(), await messenger.touches()
    assert (card.name, came.contact) == ("Ira Petrova", card.id)
    assert (touch.kind, touch.direction, touch.summary) == ("chat", "in", "I need a window measured")
    assert (task.kind, task.title) == ("chat", "Answer Ira Petrova: I need a window measured")
    (chat,) = await messenger.chats()
    assert (chat.key, chat.handle, chat.username, chat.language) == ("71", "71", "ira_p", "ru")
    handles = await messenger.db.read(contacts.handles_of, [card.id])
    assert [(each.kind, each.value) for each in handles[card.id]] == [("telegram", "71")]
    assert [each.subject for each in await messenger.conversations()] == ["I need a window measured"]


async def test_a_second_message_goes_on_with_the_conversation_and_counts_in_its_task(
    messenger: Messenger,
) -> None:
    await messenger.writes("Hello")
    await messenger.writes("Are you there?")
    assert [task.times for task in await messenger.tasks()] == [2]
    assert len(await messenger.conversations()) == len(await messenger.chats()) == 1
    assert [touch.text for touch in await messenger.touches()] == ["Hello", "Are you there?"]


async def test_the_same_message_again_is_linked_to_the_first(messenger: Messenger) -> None:
    first = await messenger.writes()
    second = await messenger.tells(first.event)
    assert (second.outcome.duplicate_of, second.contact) == (first.item, first.contact)
    assert [task.times for task in await messenger.tasks()] == [1]
    assert len(await messenger.touches()) == 1
