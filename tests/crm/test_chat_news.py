"""What happens to messages and chats after they came, in whatever order it is told: nothing is lost or doubled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from crm import intake
from hub.chats import ChatChanged, Media, MessageEdited, MessageFate, MessageReacted
from hub.clock import now
from hub.journal import Inbound
from tests.crm.messenger import IRA, Messenger
from tests.crm.pigeons import PIGEONS, Loft

THEN = now().replace(microsecond=0)


def edit(key: str, text: str = "", *, minutes: int = 1, withdrawn: bool = False) -> MessageEdited:
    """Say that a message is otherwise by now."""
    return MessageEdited(
        key=key, chat=IRA.id, at=THEN + timedelta(minutes=minutes), text=text, withdrawn=withdrawn
    )


def reaction(message: str, *emoji: str) -> MessageReacted:
    """Show what Ira thinks of a message."""
    return MessageReacted(message=message, chat=IRA.id, sender=IRA, emoji=emoji, at=THEN)


def change(
    what: Literal["began", "blocked", "unblocked"], at: datetime | None = None, start: str = ""
) -> ChatChanged:
    """Say what Ira did to the chat."""
    return ChatChanged(chat=IRA.id, sender=IRA, what=what, at=at or now(), start=start)


async def test_an_edit_changes_the_words_and_keeps_what_was_before(messenger: Messenger) -> None:
    came = await messenger.writes("Tusday at ten", key="k")
    told = await messenger.tells(edit("k", "Tuesday at ten"))
    again = await messenger.replays(told)
    (touch,), (said,) = await messenger.touches(), await messenger.said()
    assert (touch.text, touch.summary) == ("Tuesday at ten", "Tuesday at ten")
    assert [each["text"] for each in said.before] == ["Tusday at ten"]
    assert said.edited_at == THEN + timedelta(minutes=1)
    assert (told.contact, again.contact) == (came.contact, came.contact)
    assert [task.times for task in await messenger.tasks()] == [1]


async def test_an_earlier_edit_that_comes_late_changes_only_what_was_before(messenger: Messenger) -> None:
    await messenger.writes("One", key="k")
    await messenger.tells(edit("k", "Three", minutes=3))
    await messenger.tells(edit("k", "Two", minutes=2))
    (touch,), (said,) = await messenger.touches(), await messenger.said()
    assert (touch.text, [each["text"] for each in said.before]) == ("Three", ["One", "Two"])


async def test_a_replay_of_the_message_does_not_undo_its_edit(messenger: Messenger) -> None:
    came = await messenger.writes("One", key="k")
    await messenger.tells(edit("k", "Two"))
    await messenger.replays(came)
    assert [touch.text for touch in await messenger.touches()] == ["Two"]


async def test_what_was_taken_back_is_kept_for_us(messenger: Messenger) -> None:
    await messenger.writes("My number is 1234", key="k")
    await messenger.tells(edit("k", withdrawn=True))
    (touch,), (said,) = await messenger.touches(), await messenger.said()
    assert touch.text == "My number is 1234"
    assert said.withdrawn_at == THEN + timedelta(minutes=1)


async def test_an_edit_of_a_message_that_never_came_is_kept_as_come_and_answered(
    messenger: Messenger,
) -> None:
    await messenger.writes("Hello")
    await messenger.tells(edit("late", "Wednesday"))
    await messenger.finish()
    first = await messenger.writes("Tuesday", key="late", media=(Media(ref="p"),))
    assert first.outcome.became == "the same message, come again"
    touch, said = (await messenger.touches())[-1], (await messenger.said())[-1]
    assert (touch.text, [each["text"] for each in said.before]) == ("Wednesday", ["Tuesday"])
    assert [each.ref for each in await messenger.media()] == ["p"]
    assert len(await messenger.touches()) == 2


async def test_what_is_told_of_a_message_before_it_comes_waits_for_it(messenger: Messenger) -> None:
    ahead = [await messenger.tells(each) for each in (edit("k", "Two"), reaction("k", "👍"))]
    await messenger.replays(ahead[1])
    assert not await messenger.touches()
    await messenger.writes("One", key="k")
    (touch,), (said,) = await messenger.touches(), await messenger.said()
    assert (touch.text, [each["text"] for each in said.before]) == ("Two", ["One"])
    assert [each["emoji"] for each in said.reactions] == ["👍"]


async def test_a_reaction_replaces_what_the_same_person_showed_before(messenger: Messenger) -> None:
    await messenger.writes("Done?", key="k")
    await messenger.tells(reaction("k", "👍", "🎉"))
    await messenger.tells(reaction("k", "❤"))
    assert [each["emoji"] for each in (await messenger.said())[0].reactions] == ["❤"]
    await messenger.tells(reaction("k"))
    assert (await messenger.said())[0].reactions == []


async def test_a_part_of_an_album_is_edited_and_taken_back_alone(messenger: Messenger) -> None:
    await messenger.writes("Left", key="a1", album="a", media=(Media(ref="1", kind="photo"),))
    await messenger.tells(reaction("a2", "👍"))
    await messenger.writes("Rigt", key="a2", album="a", media=(Media(ref="2", kind="photo"),))
    assert [each["emoji"] for each in (await messenger.said())[0].reactions] == ["👍"]
    await messenger.tells(edit("a2", "Right"))
    await messenger.tells(edit("a1", "On the left", minutes=2))
    await messenger.tells(edit("a2", withdrawn=True, minutes=3))
    (touch,), (said,) = await messenger.touches(), await messenger.said()
    assert (touch.text, said.withdrawn_at) == ("On the left\nRight", None)
    assert touch.remarks == ["A part of it was taken back."]


async def test_a_chat_that_begins_has_a_card_and_no_task(messenger: Messenger) -> None:
    came = await messenger.tells(change("began", start="visit-3"))
    (card,), (chat,) = await messenger.cards(), await messenger.chats()
    assert (card.name, came.contact, chat.starts) == ("Ira Petrova", card.id, ["visit-3"])
    assert not await messenger.tasks()
    assert (await messenger.writes("Hello", department="Service")).contact == card.id
    assert [each.department_id for each in await messenger.cards()] == [2]


async def test_a_message_that_only_begins_a_chat_asks_for_nothing(messenger: Messenger) -> None:
    await messenger.writes("", start="visit-3")
    assert [chat.starts for chat in await messenger.chats()] == [["visit-3"]]
    assert not await messenger.tasks()


async def test_who_lets_us_write_and_never_forbade_it_is_no_news(messenger: Messenger) -> None:
    await messenger.writes("Hello")
    await messenger.tells(change("unblocked"))
    assert [touch.summary for touch in await messenger.touches()] == ["Hello"]


async def test_whoever_blocks_us_is_shown_so_without_a_task(messenger: Messenger) -> None:
    await messenger.writes("Hello")
    await messenger.finish()
    blocked = await messenger.tells(change("blocked"))
    await messenger.replays(blocked)
    assert [chat.blocked_at is not None for chat in await messenger.chats()] == [True]
    await messenger.tells(change("unblocked"))
    assert [chat.blocked_at for chat in await messenger.chats()] == [None]
    assert [touch.summary for touch in await messenger.touches()] == [
        "Hello", "Blocked us: nothing that we write arrives", "Lets us write again",
    ]  # fmt: skip
    assert len(await messenger.tasks()) == 1
    (conversation,) = await messenger.conversations()
    assert conversation.waits_since is None


async def test_who_writes_again_does_not_block_us_even_where_that_is_told_late(messenger: Messenger) -> None:
    await messenger.writes("Hello")
    await messenger.tells(change("blocked"))
    await messenger.writes("Still there?")
    await messenger.tells(change("blocked", at=THEN - timedelta(hours=1)))
    assert [chat.blocked_at for chat in await messenger.chats()] == [None]


async def test_what_happens_to_a_chat_that_nobody_knows_is_nothing(messenger: Messenger) -> None:
    came = await messenger.tells(change("blocked"))
    assert came.outcome.path is None
    assert not await messenger.cards()


async def test_a_reaction_to_ours_may_come_before_we_know_that_it_left(loft: Loft) -> None:
    (touch_id,) = await loft.says(text="They are ready.")
    await loft.begins(touch_id)
    item = await loft.db.write(_kept)
    heard = MessageReacted(message="r1", chat="71", sender=IRA, emoji=("👍",), at=THEN)
    await loft.db.write(
        lambda session: intake.take(session, session.get_one(Inbound, item), loft.live, heard)
    )
    assert (await loft.message(touch_id)).reactions == []
    await loft.ends(touch_id, done_at=now(), remote_id="r1")
    assert [each["emoji"] for each in (await loft.message(touch_id)).reactions] == ["👍"]


async def test_what_became_of_ours_is_taken_from_the_journal(loft: Loft) -> None:
    (touch_id,) = await loft.says(text="They are ready.")
    await loft.leaves(touch_id, "r1")
    item = await loft.db.write(_kept)
    heard = MessageFate(fate="read", chat="71", messages=("r1",))
    outcome = await loft.db.write(
        lambda session: intake.take(session, session.get_one(Inbound, item), loft.live, heard)
    )
    assert (await loft.message(touch_id)).read_at is not None
    assert outcome.path == f"/contacts/{(await loft.ira()).id}"


def _kept(session: Session) -> int:
    """Keep an item in the journal."""
    row = Inbound(channel_id=PIGEONS, key="u1", stream=None, received_at=now(), headers={}, body=b"x", blob=None,
                  size=1, due_at=now() + timedelta(days=1))  # fmt: skip
    session.add(row)
    session.flush()
    return row.id
