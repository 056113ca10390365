"""Two workers with two messages at once: what is left is as if one had come after the other."""

from __future__ import annotations

from hub.chats import Chatter, Media, MessageEdited
from tests.crm.messenger import IRA, VIBER, Messenger
from tests.crm.test_intake_races import at_once


async def test_two_messages_of_one_new_person_leave_one_card_one_chat_and_one_task(
    messenger: Messenger,
) -> None:
    first, second = messenger.message("Hello"), messenger.message("Are you there?")
    await at_once(messenger.db, await messenger.taking(first), await messenger.taking(second))
    assert len(await messenger.cards()) == len(await messenger.chats()) == 1
    assert len(await messenger.conversations()) == 1
    assert [task.times for task in await messenger.tasks()] == [2]


async def test_the_same_message_twice_at_once_is_one(messenger: Messenger) -> None:
    event = messenger.message("Hello")
    await at_once(messenger.db, await messenger.taking(event), await messenger.taking(event))
    assert [task.times for task in await messenger.tasks()] == [1]
    assert len(await messenger.touches()) == 1


async def test_two_pictures_of_an_album_at_once_are_one_message(messenger: Messenger) -> None:
    await messenger.writes("Hello")
    parts = [messenger.message("", album="a", media=(Media(ref=ref, kind="photo"),)) for ref in ("1", "2")]
    await at_once(messenger.db, *[await messenger.taking(part) for part in parts])
    assert len(await messenger.touches()) == 2
    assert sorted(each.ref for each in await messenger.media()) == ["1", "2"]


async def test_two_messages_after_the_task_was_done_leave_one_new_task(messenger: Messenger) -> None:
    await messenger.writes("Hello")
    await messenger.finish()
    first, second = messenger.message("And"), messenger.message("when?")
    await at_once(messenger.db, await messenger.taking(first), await messenger.taking(second))
    assert [task.times for task in await messenger.tasks()] == [1, 2]


async def test_one_number_by_two_messengers_at_once_is_one_person(messenger: Messenger) -> None:
    one = messenger.message("Hello", Chatter(id="71", phone="+46701740612"))
    other = messenger.message("Hello", Chatter(id="v9", phone="+46701740612"))
    await at_once(messenger.db, await messenger.taking(one), await messenger.taking(other, VIBER))
    assert len(await messenger.cards()) == 1
    assert len(await messenger.chats()) == 2


async def test_an_edit_and_its_message_at_once_lose_nothing(messenger: Messenger) -> None:
    await messenger.writes("Hello")
    event = messenger.message("One")
    edit = MessageEdited(key=event.key, chat=IRA.id, text="Two")
    await at_once(messenger.db, await messenger.taking(event), await messenger.taking(edit))
    touch, said = (await messenger.touches())[-1], (await messenger.said())[-1]
    assert (len(await messenger.touches()), touch.text) == (2, "Two")
    assert [each["text"] for each in said.before] == ["One"]


async def test_the_questions_are_asked_once_where_two_messages_come_at_once(messenger: Messenger) -> None:
    await messenger.behaves(greeting="Welcome!", questions=[{"text": "What is it about?", "means": "topic"}])
    first, second = messenger.message("Hello"), messenger.message("A window")
    await at_once(messenger.db, await messenger.taking(first), await messenger.taking(second))
    ours = [touch.text for touch in await messenger.touches() if touch.direction == "out"]
    assert ours == ["Welcome!\n\nWhat is it about?"]
