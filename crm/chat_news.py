"""What becomes of messages after they came: they are edited, taken back, reacted to; and what becomes of their chats.

News come in any order, also before their message, and more than once: what is known by now is never undone by what
was true before it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm import chat_ahead, chat_keys, chat_places, chat_words
from crm.chats import Chat, ChatMessage, Texts
from crm.conversations import Interaction
from hub.channels import LiveChannel
from hub.chats import MessageEdited, MessageReacted
from hub.journal import Inbound
from hub.said import said

MOST_BEFORE = 50  # texts that a message had, which are kept
MOST_REACTIONS = 50


def told(
    session: Session, item: Inbound, channel: LiveChannel, news: MessageEdited | MessageReacted
) -> Interaction | None:
    """Change the message that this is about; None where it is not here: then it is kept until that comes."""
    chat = chat_places.find(session, channel.id, news.chat)
    name = news.key if isinstance(news, MessageEdited) else news.message
    touch = chat_keys.named(session, chat, name) if chat is not None else None
    if touch is None:
        chat_ahead.keep(session, item, news)
        return None
    apply(session, touch, news, item.received_at)
    return touch


def catch_up(session: Session, chat: Chat, touch_id: int, name: str, received_at: datetime) -> None:
    """Have a message that is here now hear what was said of it before. `name` is its key, or our remote id."""
    for news in chat_ahead.taken(session, chat.channel_id, chat.key, name):
        apply(session, session.get_one(Interaction, touch_id), news, received_at)


def apply(
    session: Session, touch: Interaction, news: MessageEdited | MessageReacted, received_at: datetime
) -> None:
    """Keep on a message what happened to it."""
    message = session.get_one(ChatMessage, touch.id)
    if isinstance(news, MessageReacted):
        _react(message, news, news.at or received_at)
    elif news.withdrawn:
        _withdraw(touch, message, news, news.at or received_at)
    elif is_of_contact(session.get_one(Chat, message.chat_id), news):
        _edit(session, touch, message, news, news.at or received_at)


def is_of_contact(chat: Chat, news: MessageEdited) -> bool:
    """Tell whether the contact himself changed it: where several are in a room, anybody may say what another wrote."""
    return news.by in ("", chat.handle)


def edited(session: Session, channel_id: int, key: str, at: datetime) -> None:
    """Say that of a message only what it says since it was edited came."""
    if (touch := chat_keys.find(session, channel_id, key)) is not None:
        session.get_one(ChatMessage, touch.id).edited_at = at


def original(session: Session, touch: Interaction, key: str, text: str) -> None:
    """Keep what a message said at first, where only what it says since it was edited had come before."""
    message = session.get_one(ChatMessage, touch.id)
    if message.edited_at is not None and not message.before and touch.key == key:
        message.before = [_was(text, message.edited_at)]


def _react(message: ChatMessage, news: MessageReacted, at: datetime) -> None:
    """Keep what somebody shows by now; that he shows nothing any more is kept as well, for what comes late."""
    by, told = news.sender.id, message.reactions
    if any(each["by"] == by and datetime.fromisoformat(each["at"]) > at for each in told):
        return
    new = [{"by": by, "emoji": emoji, "at": at.isoformat()} for emoji in dict.fromkeys(news.emoji or ("",))]
    message.reactions = [*(each for each in told if each["by"] != by), *new][-MOST_REACTIONS:]


def _withdraw(touch: Interaction, message: ChatMessage, news: MessageEdited, at: datetime) -> None:
    if touch.key == news.key:
        message.withdrawn_at = message.withdrawn_at or at
    elif (words := said("A part of it was taken back.")) not in touch.remarks:
        touch.remarks = [*touch.remarks, words]


def _edit(
    session: Session, touch: Interaction, message: ChatMessage, news: MessageEdited, at: datetime
) -> None:
    text = chat_keys.reworded(session, touch, news.key, news.text)
    if text == touch.text:
        return
    if message.edited_at is not None and at < message.edited_at:
        # It came after a later one: it is only what the message said meanwhile.
        if all(each["text"] != text for each in message.before):
            message.before = _kept([*message.before, _was(text, message.edited_at)])
        return
    message.before = _kept([*message.before, _was(touch.text, at)])
    message.edited_at = at
    chat_keys.reword(session, touch, news.key, news.text)
    touch.summary = chat_words.short(text) or touch.summary


def _was(text: str, until: datetime) -> dict[str, str]:
    return {"text": text, "until": until.isoformat()}


def _kept(before: Texts) -> Texts:
    """Leave out of very many what is neither the first nor of the last ones."""
    return before if len(before) <= MOST_BEFORE else [before[0], *before[-MOST_BEFORE + 1 :]]
