"""How a channel answers by itself until one of us does: greets, says that nobody is here, asks, and hands over.

What is said is decided in crm/chat_bot.py; here it is read, kept and sent. It never holds a task back: that stands
since the first message. Whoever blocks us is not answered, nor more often than a loop of two machines would need.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from msgspec import structs
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm import chat_bot, chat_writing, chats, told_answers
from crm.chat_bot import PERSON, Asked, Manner, Step, Told
from crm.chats import Chat, ChatManner, ChatMessage
from crm.contacts import Contact
from crm.conversations import Conversation, Interaction
from crm.desk import Refusal
from crm.setup import setup
from crm.worktime import Calendar
from hub import audit
from hub.channels import LiveChannel
from hub.chats import Button, MessageReceived
from hub.clock import now
from hub.forms import Field
from hub.said import said
from hub.shapes import convert

HOUR = timedelta(hours=1)
MOST = 10  # messages that no person wrote, in one chat within an hour
A_MOMENT = timedelta(seconds=1)
CLOSED_FOR = timedelta(days=60)  # after which it is said anew that nobody is here
BUTTON = 20  # letters that the button of every messenger takes


class Spoken(NamedTuple):
    """A chat that is spoken in: its channel, its contact, and whose working hours count."""

    channel: LiveChannel
    chat: Chat
    contact: Contact
    department_id: int | None


def greet(session: Session, spoken: Spoken) -> None:
    """Greet who begins a chat, once, and tell him where nobody is here."""
    row = session.get(ChatManner, spoken.channel.id)
    if row is not None and may_speak(session, spoken.chat):
        _say(session, spoken.chat, [*_greeting(row, spoken.chat), *_away(session, row, spoken)])


def answer(
    session: Session, row: ChatManner, spoken: Spoken, touch: Interaction, event: MessageReceived
) -> None:
    """Answer a message that is new, in the manner of its channel."""
    chat = spoken.chat
    if not may_speak(session, chat):
        return
    words, away = _greeting(row, chat), _away(session, row, spoken)
    step = _step(session, row, spoken, event)
    buttons: tuple[Button, ...] = ()
    if step is not None:
        _keep(session, spoken, touch, step)
        if step.hands_over and (row.questions or step.wanted) and _is_open(session, spoken.department_id):
            away = [*away, row.handing_over]
        if step.ask:
            away, buttons = [*away, step.ask], _buttons(row, spoken)
    _say(session, chat, [*words, *away], buttons)


def _greeting(row: ChatManner, chat: Chat) -> list[str]:
    asked = chat_bot.asked_of(chat)
    if asked.greeted:
        return []
    chat_bot.keep(chat, structs.replace(asked, greeted=True))
    return [row.greeting]


def _away(session: Session, row: ChatManner, spoken: Spoken) -> list[str]:
    """Say that nobody is here, once in each time that nobody is."""
    moment, before = now(), spoken.chat.away_at
    if not row.away or _is_open(session, spoken.department_id):
        return []
    if before is not None and moment - before < CLOSED_FOR:
        since = _calendar(session, spoken.department_id).open_spans(before, moment)
        if next(since, None) is None:
            return []
    spoken.chat.away_at = moment
    return [row.away]


def _step(session: Session, row: ChatManner, spoken: Spoken, event: MessageReceived) -> Step | None:
    """Decide what is done about a message; None once a person answers."""
    chat, state = spoken.chat, setup(session)
    if chat.handed_at is not None:
        return None
    if _is_answered(session, chat):
        chat.handed_at = now()
        return None
    asked = _told_before(chat_bot.asked_of(chat), row, event)
    manner = convert({"questions": row.questions, "asks_person": row.asks_person}, Manner)
    told = Told(event.text, event.pressed, event.at)
    means = asked.question.means if asked.question else None
    text = event.sender.phone if means == chat_bot.TELEPHONE and event.sender.phone else event.text
    sense = None if means is None else chat_bot.sense_of(means, text, state.company.country, state.fields)
    known = told_answers.known(session, chat, spoken.contact)
    return chat_bot.listen(manner, asked, structs.replace(told, text=text), sense, known)


def _told_before(asked: Asked, row: ChatManner, event: MessageReceived) -> Asked:
    """Have what was answered before the chat count as asked, also once the card does not show it."""
    told = {each.means for each in event.answered if each.means and each.value.strip()}
    spared = [each["text"] for each in row.questions if each["means"] in told]
    return structs.replace(asked, put=tuple(dict.fromkeys((*asked.put, *spared))))


def _keep(session: Session, spoken: Spoken, touch: Interaction, step: Step) -> None:
    chat, asked = spoken.chat, step.asked
    chat_bot.keep(chat, structs.replace(asked, since=now()) if step.ask else asked)
    if step.answer is not None:
        field = Field(step.answer.question, step.answer.value, step.answer.means)
        remarks = told_answers.fill(session, setup(session), chat, spoken.contact, [field])
        touch.remarks = [*touch.remarks, *remarks]
        if topic := told_answers.topic([field]):
            where = Conversation.id == touch.conversation_id
            session.execute(update(Conversation).where(where).values(subject=topic))
    if step.hands_over:
        chat.handed_at = now()
    if step.wanted:
        touch.remarks = [*touch.remarks, said("Asks for a person.")]


def _say(session: Session, chat: Chat, words: list[str], buttons: tuple[Button, ...] = ()) -> None:
    text = "\n\n".join(each for each in words if each)
    if not text:
        return
    session.flush()  # the chat is read anew
    wanted = chat_writing.Wanted(chat_id=chat.id, text=text, buttons=buttons, automatic=True)
    try:
        chat_writing.say(session, audit.RINGBACK, wanted)
    except Refusal:
        chat.handed_at = chat.handed_at or now()  # what cannot be asked is not waited for


def _buttons(row: ChatManner, spoken: Spoken) -> tuple[Button, ...]:
    """Give the button that asks for a person, where there is room for it."""
    rules, words = chats.rules_of(spoken.channel.kind), next(iter(row.asks_person), "")
    fits = rules is not None and rules.buttons > 0 and 0 < len(words) <= BUTTON
    return (structs.replace(PERSON, text=words),) if fits else ()


def may_speak(session: Session, chat: Chat) -> bool:
    """Tell whether the machine may write there: he does not block us, and it is no loop."""
    lately = (
        select(func.count())
        .select_from(ChatMessage)
        .join(Interaction, Interaction.id == ChatMessage.interaction_id)
        .where(ChatMessage.chat_id == chat.id, ChatMessage.automatic, Interaction.at > now() - HOUR)
    )
    return chat.blocked_at is None and (session.scalar(lately) or 0) < MOST


def _is_answered(session: Session, chat: Chat) -> bool:
    """Tell whether one of us wrote there."""
    ours = (
        select(Interaction.id)
        .join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
        .where(ChatMessage.chat_id == chat.id, Interaction.direction == "out", ~ChatMessage.automatic)
    )
    return session.scalar(ours.limit(1)) is not None


def _is_open(session: Session, department_id: int | None) -> bool:
    moment = now()
    return next(_calendar(session, department_id).open_spans(moment, moment + A_MOMENT), None) is not None


def _calendar(session: Session, department_id: int | None) -> Calendar:
    return Calendar(setup(session).working_hours(department_id, None))
