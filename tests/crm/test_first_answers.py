"""What the machine says in a chat until one of us does, and that it never holds anything up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_writing, contacts, first_answers
from crm.chats import Chat
from hub.channels import Channel
from hub.chats import ChatChanged, Chatter
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta
from tests.crm.messenger import IRA, TELEGRAM, Messenger

NOBODY_NAMED = Chatter(id="90")
NIGHT = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)  # a Friday; Service works until 17 in Stockholm
QUESTIONS = [{"text": "Your name?", "means": "name"}, {"text": "Your number?", "means": "phone"},
             {"text": "What is it about?", "means": "topic"}]  # fmt: skip


async def answers(messenger: Messenger) -> Sequence[str]:
    """Give what we said, in order."""
    return [touch.text for touch in await messenger.touches() if touch.direction == "out"]


def set_to(clock: Clock, moment: datetime) -> None:
    """Have it be a moment."""
    clock.advance(seconds=(moment - clock.now()).total_seconds())


async def test_who_begins_a_chat_is_greeted_once(messenger: Messenger) -> None:
    await messenger.behaves(greeting="Welcome!")
    began = await messenger.tells(ChatChanged(chat=IRA.id, sender=IRA, what="began"))
    await messenger.replays(began)
    await messenger.writes("Hello")
    assert await answers(messenger) == ["Welcome!"]
    (conversation,), (task,) = await messenger.conversations(), await messenger.tasks()
    assert (conversation.subject, task.title) == ("Hello", "Answer Ira Petrova: Hello")
    assert conversation.waits_since is not None


async def test_whom_nothing_reaches_yet_is_greeted_when_he_writes(messenger: Messenger) -> None:
    await messenger.behaves(greeting="Welcome!")
    await messenger.tells(ChatChanged(chat=IRA.id, sender=IRA, what="began", mute=True))
    assert await answers(messenger) == []
    await messenger.writes("Hello")
    assert await answers(messenger) == ["Welcome!"]


async def test_who_just_writes_is_greeted_with_that(messenger: Messenger) -> None:
    await messenger.behaves(greeting="Welcome!")
    came = await messenger.writes("Hello")
    await messenger.replays(came)
    await messenger.tells(came.event)
    await messenger.writes("Are you there?")
    assert await answers(messenger) == ["Welcome!"]


async def test_the_questions_fill_the_card_in_and_the_task_waits_all_the_while(messenger: Messenger) -> None:
    await messenger.behaves(
        greeting="Welcome!", questions=QUESTIONS, handing_over="A colleague is on the way."
    )
    for words in ("Hello", "Ira Petrova", "070-174 06 12", "A balcony door"):
        await messenger.writes(words, NOBODY_NAMED)
    assert await answers(messenger) == [
        "Welcome!\n\nYour name?", "Your number?", "What is it about?", "A colleague is on the way.",
    ]  # fmt: skip
    (card,), (task,), (chat,) = await messenger.cards(), await messenger.tasks(), await messenger.chats()
    handles = await messenger.db.read(contacts.handles_of, [card.id])
    assert (card.name, [each.value for each in handles[card.id]]) == ("Ira Petrova", ["90", "+46701740612"])
    assert [each.subject for each in await messenger.conversations()] == ["A balcony door"]
    assert (task.times, task.done_at) == (4, None)
    assert chat.handed_at is not None
    await messenger.writes("And a window", NOBODY_NAMED)
    assert len(await answers(messenger)) == 4


async def test_a_number_of_somebody_else_is_asked_about_and_no_card_is_made_one(messenger: Messenger) -> None:
    olga = await messenger.db.write(contacts.add_contact, "Olga", [("phone", "+46701740612")])
    await messenger.behaves(questions=QUESTIONS[1:2])
    came = await messenger.writes("Hello")
    await messenger.writes("070-174 06 12")
    card = next(each for each in await messenger.cards() if each.id == came.contact)
    assert card.maybe == [olga]


async def test_who_asks_for_a_person_gets_one_at_once(messenger: Messenger) -> None:
    await messenger.behaves(questions=QUESTIONS, handing_over="One moment.", asks_person=["human"])
    await messenger.writes("Hello", NOBODY_NAMED)
    await messenger.writes("A human, please", NOBODY_NAMED)
    await messenger.writes("Ira Petrova", NOBODY_NAMED)
    assert await answers(messenger) == ["Your name?", "One moment."]
    assert "Asks for a person." in [remark for touch in await messenger.touches() for remark in touch.remarks]
    assert [card.name for card in await messenger.cards()] == [""]


async def test_once_one_of_us_writes_the_machine_is_silent(messenger: Messenger, firm: Klarruta) -> None:
    await messenger.behaves(questions=QUESTIONS, handing_over="One moment.")
    await messenger.writes("Hello", NOBODY_NAMED)
    elin = await firm.who("Elin")

    def reply(session: Session) -> None:
        chat = session.scalars(select(Chat)).one()
        chat_writing.say(session, elin, chat_writing.Wanted(chat_id=chat.id, text="Hello, Elin here."))

    await firm.do(reply)
    await messenger.writes("Ira Petrova", NOBODY_NAMED)
    assert await answers(messenger) == ["Your name?", "Hello, Elin here."]


async def test_out_of_hours_it_is_said_once_until_the_department_works_again(
    messenger: Messenger, clock: Clock
) -> None:
    await messenger.behaves(away="We are back tomorrow.")
    set_to(clock, NIGHT)
    await messenger.writes("Hello", department="Service")
    clock.advance(hours=1)
    await messenger.writes("Anybody?", department="Service")
    assert await answers(messenger) == ["We are back tomorrow."]
    set_to(clock, NIGHT + timedelta(days=3))  # Monday evening
    await messenger.writes("Still nobody?", department="Service")
    assert await answers(messenger) == ["We are back tomorrow.", "We are back tomorrow."]
    await messenger.writes("And in Sales?", department="Sales")
    assert len(await answers(messenger)) == 2


async def test_the_machine_writes_to_nobody_who_blocks_us_and_never_for_ever(
    messenger: Messenger, clock: Clock
) -> None:
    many = [{"text": f"Question {number}?", "means": ""} for number in range(20)]
    await messenger.behaves(questions=many)
    for number in range(15):
        await messenger.writes(f"Answer {number}")
    assert len(await answers(messenger)) == first_answers.MOST
    clock.advance(hours=2)
    await messenger.tells(ChatChanged(chat=IRA.id, sender=IRA, what="blocked"))
    await messenger.tells(ChatChanged(chat=IRA.id, sender=IRA, what="began"))
    assert len(await answers(messenger)) == first_answers.MOST


async def test_a_channel_without_manners_says_nothing(messenger: Messenger) -> None:
    await messenger.writes("Hello")
    assert await answers(messenger) == []


async def test_what_cannot_be_said_holds_no_message_up(messenger: Messenger) -> None:
    await messenger.behaves(greeting="Welcome!", questions=QUESTIONS)

    def pause(session: Session) -> None:
        session.get_one(Channel, TELEGRAM).paused_at = now()

    await messenger.db.write(pause)
    await messenger.writes("Hello", NOBODY_NAMED)
    assert await answers(messenger) == []
    assert len(await messenger.tasks()) == 1
    assert [chat.handed_at is not None for chat in await messenger.chats()] == [True]
