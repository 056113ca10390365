"""Junk in chats: who writes it is set aside from then on and refused nowhere; all of it comes back if it was none."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import blocked, chat_junk
from crm.blocked import BlockedSender
from crm.conversations import Conversation
from hub import audit, journal
from hub.audit import Entry
from hub.chats import ChatChanged, Chatter, MessageEdited
from hub.checks import BLOCKED
from hub.journal import Inbound
from tests.crm.messenger import IRA, VIBER, Came, Messenger

SPAMMER = Chatter(id="666", name="Crypto King")
JUNK = "Double your coins today"


async def called_spam(messenger: Messenger) -> Came:
    """Have somebody write junk, and Elin say that it is."""
    came = await messenger.writes(JUNK, SPAMMER)
    await deed(messenger, chat_junk.call_spam)
    return came


async def deed(messenger: Messenger, do: object) -> object:
    """Have Elin do something with the newest conversation."""
    elin = await messenger.firm.who("Elin")
    newest = select(Conversation).order_by(Conversation.id.desc()).limit(1)
    return await messenger.db.write(lambda session: do(session, elin, session.scalars(newest).one()))  # type: ignore[operator]


async def waiting(messenger: Messenger) -> Sequence[Inbound]:
    """Give what is set aside."""
    aside = select(Inbound).where(Inbound.set_aside_at.is_not(None)).order_by(Inbound.id)
    return await messenger.db.read(lambda session: session.scalars(aside).all())


async def listed(messenger: Messenger) -> Sequence[BlockedSender]:
    return await messenger.db.read(blocked.every)


async def test_what_is_called_spam_is_closed_and_nothing_in_it_waits(messenger: Messenger) -> None:
    came = await called_spam(messenger)
    (conversation,), (task,) = await messenger.conversations(), await messenger.tasks()
    assert conversation.closed_at is not None
    assert conversation.closed_why == "Spam"
    assert task.done_at is not None
    (row,) = await listed(messenger)
    assert (row.kind, row.value, row.inbound_id) == ("telegram", "666", came.item)


async def test_what_follows_from_there_is_set_aside_with_the_reason(messenger: Messenger) -> None:
    await called_spam(messenger)
    more = await messenger.writes("Last chance!", SPAMMER)
    assert more.outcome.set_aside_why == "“Crypto King” is blocked"
    assert [touch.text for touch in await messenger.touches()] == [JUNK]
    assert [task.done_at is None for task in await messenger.tasks()] == [False]
    (item,), (row,) = await waiting(messenger), await listed(messenger)
    assert [(check.rule, check.href) for check in item.checks or ()] == [
        (BLOCKED, f"/blocked#blocked-{row.id}")
    ]


async def test_others_write_as_before_also_under_the_same_number_elsewhere(messenger: Messenger) -> None:
    await called_spam(messenger)
    assert (await messenger.writes("Hello", IRA)).outcome.set_aside_why is None
    elsewhere = messenger.message("Hello", SPAMMER)
    assert (await messenger.tells(elsewhere, VIBER)).outcome.set_aside_why is None


async def test_he_is_set_aside_in_another_chat_and_when_he_begins_one(messenger: Messenger) -> None:
    await messenger.behaves(greeting="Welcome")
    await called_spam(messenger)
    group = await messenger.writes("Buy!", SPAMMER, chat="-77")
    began = await messenger.tells(ChatChanged(chat="666", sender=SPAMMER, what="began"))
    assert [bool(each.outcome.set_aside_why) for each in (group, began)] == [True, True]
    assert [chat.key for chat in await messenger.chats()] == ["666"]


async def test_an_edit_brings_nothing_in_that_is_set_aside(messenger: Messenger) -> None:
    await called_spam(messenger)
    more = await messenger.writes("Last chance!", SPAMMER)
    edited = MessageEdited(key=more.event.key, chat="666", text="Really the last")  # type: ignore[union-attr]
    assert (await messenger.tells(edited)).outcome.set_aside_why
    assert len(await messenger.touches()) == 1


async def test_one_message_that_was_real_goes_on_and_he_stays_blocked(messenger: Messenger) -> None:
    await called_spam(messenger)
    real = await messenger.writes("I am no robot, honestly", SPAMMER)
    await messenger.db.write(lambda session: journal.release(session, session.get_one(Inbound, real.item)))
    again = await messenger.db.write(messenger.take, real.item, real.event)
    assert again.set_aside_why is None
    assert [touch.text for touch in await messenger.touches()] == [JUNK, "I am no robot, honestly"]
    assert (await messenger.writes("And more", SPAMMER)).outcome.set_aside_why


async def test_what_was_no_spam_is_open_again_and_what_came_meanwhile_goes_on(messenger: Messenger) -> None:
    await called_spam(messenger)
    meanwhile = [await messenger.writes(text, SPAMMER) for text in ("One", "Two")]
    spam = await messenger.writes("Three", SPAMMER)
    await messenger.db.write(mark_spam, spam.item)
    assert await deed(messenger, chat_junk.no_spam) == 2
    (conversation,), (task,) = await messenger.conversations(), await messenger.tasks()
    assert (conversation.closed_at, task.done_at) == (None, None)
    assert [item.id for item in await waiting(messenger)] == [spam.item]
    for each in meanwhile:
        await messenger.db.write(messenger.take, each.item, each.event)
    assert [touch.text for touch in await messenger.touches()] == [JUNK, "One", "Two"]
    assert (await messenger.writes("Four", SPAMMER)).outcome.set_aside_why is None


def mark_spam(session: Session, item_id: int) -> None:
    item = session.get_one(Inbound, item_id)
    item.spam_at = item.set_aside_at


async def test_taken_back_it_stays_closed_if_it_was_closed_before(messenger: Messenger) -> None:
    await messenger.writes(JUNK, SPAMMER)
    await messenger.finish()
    await messenger.db.write(_close)
    await deed(messenger, chat_junk.call_spam)
    await deed(messenger, chat_junk.no_spam)
    (conversation,) = await messenger.conversations()
    assert conversation.closed_why == "Answered"


def _close(session: Session) -> None:
    conversation = session.scalars(select(Conversation)).one()
    conversation.closed_at, conversation.closed_why = conversation.opened_at, "Answered"


async def test_called_spam_twice_he_stands_on_the_list_once(messenger: Messenger) -> None:
    await called_spam(messenger)
    await deed(messenger, chat_junk.call_spam)
    assert len(await listed(messenger)) == 1


async def test_who_was_blocked_and_let_in_again_is_audited(messenger: Messenger) -> None:
    await called_spam(messenger)
    await deed(messenger, chat_junk.no_spam)
    entries = select(Entry).where(Entry.kind == blocked.KIND).order_by(Entry.id)
    told = await messenger.db.read(lambda session: session.scalars(entries).all())
    assert [(each.verb, str(each.words)) for each in told] == [(audit.MADE, "666"), (audit.REMOVED, "666")]
