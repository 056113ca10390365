"""What became of messages of ours: as the postman tells it, and later the messenger, in whatever order.

A fate only moves forward: what was read is not merely delivered any more. The messenger may tell of a message before
the postman has: then it is kept until we know that the message is ours. Whoever wrote one that did not arrive has a
task.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import campaign_causes, chat_answers, chat_news, chat_sendings, deliveries, settling, troubles
from crm.chat_sendings import ChatFate, ChatSending
from crm.chats import Chat, ChatMessage
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.desk import contact_changed
from hub import rests
from hub.channels import LiveChannel
from hub.chats import MessageFate
from hub.clock import now
from hub.lanes import MESSAGES
from hub.outbox import Outgoing
from hub.said import Said, said


class Why(NamedTuple):
    """Why a message failed in words, and what may follow from it (hub/troubles.py)."""

    words: str = ""
    cause: str = ""


MOST_READ = 1_000  # messages of ours that are looked through for the last one that was read


def settle(session: Session, row: Outgoing) -> None:
    """Take note of what became of a command to send a message."""
    if row.lane != MESSAGES.name:
        return
    wanted = select(ChatMessage).where(ChatMessage.outgoing_id == (row.rest_of_id or row.id))
    message = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if message is None:
        return  # another command sends it by now, or it was no message of a chat
    touch, chat = session.get_one(Interaction, message.interaction_id), session.get_one(Chat, message.chat_id)
    if row.blocked and row.done_at is None:
        chat.blocked_at = chat.blocked_at or now()
    if row.rest_of_id is not None:
        _settle_rest(session, touch, message, chat, row)
    elif row.done_at is not None:
        _left(session, touch, message, chat, row)
    else:
        message.failed_at = None if row.unknown_at else now()
        _failed(session, touch, message, trouble(row))
    contact_changed(session, session.get_one(Contact, touch.contact_id))


def trouble(row: Outgoing) -> Said:
    """Say why a message has not left."""
    if row.unknown_at is not None:
        return said("Nobody knows whether it left: %(why)s", why=row.error or said("the hub was stopped"))
    if row.blocked:
        return said("The contact does not let us write: %(why)s", why=row.error or "")
    if row.expired_at is not None:
        return said("It was tried for a day: %(why)s", why=row.error or said("the channel was paused"))
    return said("The messenger refused it: %(why)s", why=row.error or "")


def told(session: Session, chat: Chat | None, channel: LiveChannel, event: MessageFate) -> Sequence[int]:
    """Take note of what a messenger tells of messages of ours, and give the interactions that changed by it.

    `chat` is where it says that they stand, None where it names none, or one that we do not know.
    """
    at = min(event.at or now(), now())
    named = chat.key if chat else event.chat
    going = meet_the_postman(session, channel.id)
    ours = list(_named(session, channel.id, named, event.messages))
    for remote_id in {*event.messages} - {each.remote_id for each in ours} if going else ():
        session.add(ChatFate(channel_id=channel.id, chat=named, remote_id=remote_id, fate=event.fate, at=at,
                             why=event.why, cause=event.cause))  # fmt: skip
    up_to = event.up_to or _left_at(session, chat, event.up_to_id)
    if chat is not None and up_to is not None:
        ours += _up_to(session, chat, event.fate, min(up_to, now()))
    changed = [
        each.interaction_id
        for each in ours
        if _apply(session, each, event.fate, at, Why(event.why, event.cause))
    ]
    if event.fate == "failed":
        changed += [
            _lost(session, *each, at, event.why) for each in _rests(session, channel.id, event.messages)
        ]
    for contact_id in {session.get_one(Interaction, each).contact_id for each in changed}:
        contact_changed(session, session.get_one(Contact, contact_id))
    return changed


def meet_the_postman(session: Session, channel_id: int) -> bool:
    """Write to what is being sent, and tell whether there is any: it may be what we were told of.

    Should a postman end one of these at this moment, the second of us begins anew. Else neither would see what the
    other wrote, and what was told too early would wait for ever.
    """
    tried = update(Outgoing).where(
        Outgoing.channel_id == channel_id, Outgoing.lane == MESSAGES.name, Outgoing.due_at.is_not(None),
        Outgoing.attempts > 0,
    )  # fmt: skip
    found = session.execute(tried.values(error=Outgoing.error).returning(Outgoing.id)).all()
    return bool(found)


def _left(session: Session, touch: Interaction, message: ChatMessage, chat: Chat, row: Outgoing) -> None:
    """Say that it left, when it was given to the messenger; and what was told of it before we knew."""
    message.left_at, message.remote_id = row.begun_at or row.done_at, row.remote_id or None
    message.failed_at = message.error = None
    _arrived(session, touch)
    for early in (
        chat_sendings.taken(session, row.channel_id, chat.key, row.remote_id) if row.remote_id else ()
    ):
        _apply(session, message, early.fate, early.at, Why(early.why, early.cause))
    if row.remote_id:
        chat_news.catch_up(session, chat, touch.id, row.remote_id, now())
    for fate, up_to in (("delivered", chat.delivered_to), ("read", chat.read_to)):
        if up_to is not None and message.left_at is not None and message.left_at <= up_to:
            _apply(session, message, fate, up_to, Why())


def _settle_rest(
    session: Session, touch: Interaction, message: ChatMessage, chat: Chat, row: Outgoing
) -> None:
    """Take note of what became of words that had no room in a message: without them it failed as a whole."""
    known = chat_sendings.taken(session, row.channel_id, chat.key, row.remote_id) if row.remote_id else ()
    lost = next((each for each in known if each.fate == "failed"), None)
    if row.done_at is None:
        message.failed_at = now()
        _failed(session, touch, message, said("Not all of it arrived: %(why)s", why=trouble(row)))
    elif lost is not None:
        _lost(session, message, row, lost.at, lost.why)
    elif message.failed_at is not None and not rests.lacking(session, row.rest_of_id or row.id):
        message.failed_at = message.error = None
        _arrived(session, touch)


def _lost(session: Session, message: ChatMessage, row: Outgoing, at: datetime, why: str) -> int:
    """Have words that had left fail after all, and give the interaction."""
    touch = session.get_one(Interaction, message.interaction_id)
    row.failed_at, row.done_at, row.error = at, None, why
    message.failed_at = at
    words = said("The messenger could not deliver it: %(why)s", why=why)
    _failed(session, touch, message, said("Not all of it arrived: %(why)s", why=words))
    return touch.id


def _apply(session: Session, message: ChatMessage, fate: str, at: datetime, why: Why) -> bool:
    """Have a message go on to a fate, and tell whether it did: it never goes back."""
    before = message.left_at, message.delivered_at, message.read_at, message.failed_at
    touch = session.get_one(Interaction, message.interaction_id)
    message.left_at = message.left_at or at
    if fate == "failed" and message.delivered_at is None and message.failed_at is None:
        message.failed_at = at
        _failed(session, touch, message, said("The messenger could not deliver it: %(why)s", why=why.words))
        deliveries.fail(session, message.outgoing_id, at, message.error or "", why.cause)
        campaign_causes.told(session, message.outgoing_id, why.cause, why.words)
    if fate in ("delivered", "read"):
        message.delivered_at = message.delivered_at or at
        if message.failed_at is not None and not rests.lacking(session, message.outgoing_id or 0):
            message.failed_at = message.error = None
            _arrived(session, touch)
    if fate == "read":
        message.read_at = message.read_at or at
    after = message.left_at, message.delivered_at, message.read_at, message.failed_at
    return after != before


def _arrived(session: Session, touch: Interaction) -> None:
    kept, writer = session.get(ChatSending, touch.id), settling.writer(session, touch)
    if kept is not None:
        chat_answers.answer(session, writer, touch, kept)
        troubles.told_enough(session, writer, kept)


def _failed(session: Session, touch: Interaction, message: ChatMessage, why: Said) -> None:
    message.error = why
    kept = session.get(ChatSending, touch.id)
    if kept is not None:
        settling.take_back(session, settling.writer(session, touch), touch, kept)
        troubles.tell_author(session, kept, touch, why)


def _named(session: Session, channel_id: int, chat: str, remote_ids: Sequence[str]) -> Sequence[ChatMessage]:
    """Give messages of ours by what the messenger calls them."""
    wanted = (
        select(ChatMessage).join(Chat, Chat.id == ChatMessage.chat_id)
        .where(Chat.channel_id == channel_id, ChatMessage.remote_id.in_(remote_ids),
               ChatMessage.outgoing_id.is_not(None))
        .order_by(ChatMessage.interaction_id).with_for_update(of=ChatMessage)
    )  # fmt: skip
    return session.scalars(wanted.where(Chat.key == chat) if chat else wanted).all() if remote_ids else ()


def _rests(
    session: Session, channel_id: int, remote_ids: Sequence[str]
) -> Sequence[tuple[ChatMessage, Outgoing]]:
    """Give words that had no room in a message of ours, and left, by what the messenger calls them; each after it."""
    wanted = (
        select(ChatMessage, Outgoing).join(Outgoing, Outgoing.rest_of_id == ChatMessage.outgoing_id)
        .where(Outgoing.channel_id == channel_id, Outgoing.remote_id.in_(remote_ids), Outgoing.done_at.is_not(None))
        .order_by(ChatMessage.interaction_id).with_for_update()
    )  # fmt: skip
    return [(message, row) for message, row in session.execute(wanted)] if remote_ids else ()


def _left_at(session: Session, chat: Chat | None, remote_id: str) -> datetime | None:
    """Give when the last message of ours left whose number is no greater than this; None where there is none."""
    if chat is None or not remote_id.isdecimal():
        return None
    ours = select(ChatMessage.remote_id, ChatMessage.left_at).where(
        ChatMessage.chat_id == chat.id, ChatMessage.outgoing_id.is_not(None), ChatMessage.remote_id.is_not(None),
        ChatMessage.left_at.is_not(None),
    )  # fmt: skip
    newest = session.execute(ours.order_by(ChatMessage.left_at.desc()).limit(MOST_READ)).all()
    return next(
        (at for each, at in newest if each and each.isdecimal() and int(each) <= int(remote_id)), None
    )


def _up_to(session: Session, chat: Chat, fate: str, up_to: datetime) -> Sequence[ChatMessage]:
    """Give the messages of a chat of which this tells something new, and keep up to when it holds."""
    if fate not in ("delivered", "read"):
        return ()
    if fate == "read":
        chat.read_to = max(chat.read_to or up_to, up_to)
    else:
        chat.delivered_to = max(chat.delivered_to or up_to, up_to)
    not_yet = ChatMessage.read_at if fate == "read" else ChatMessage.delivered_at
    wanted = select(ChatMessage).where(
        ChatMessage.chat_id == chat.id, ChatMessage.outgoing_id.is_not(None), ChatMessage.left_at <= up_to,
        ChatMessage.failed_at.is_(None), not_yet.is_(None),
    )  # fmt: skip
    return session.scalars(wanted.order_by(ChatMessage.interaction_id).with_for_update()).all()
