"""Where somebody writes: the chat, found or made, with the card and the conversation that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import structs
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm import chat_bot, chat_writers, chats, contacts
from crm.chat_bot import Asked
from crm.chats import Chat, ChatMessage
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.setup import Setup
from hub.channels import Channel, LiveChannel, connector_kinds
from hub.chats import Chatter
from hub.forms import Field
from hub.rows import get_one, insert, record
from hub.said import said
from hub.statements import Statement

OLDEST = timedelta(days=8)  # a messenger tries for a week to give a message to who is not there
STARTS = 20  # links of one chat that are kept
LONGEST_START = 200


class Place(NamedTuple):
    """A chat with its contact; `begins`: it was not known before. `remarks` say what was odd.

    `heard_at` is when the contact wrote there last, before what he writes now.
    """

    chat: Chat
    contact: Contact
    begins: bool
    remarks: tuple[str, ...] = ()
    heard_at: datetime | None = None


class Coming(NamedTuple):
    """How somebody comes to a chat: which, who, when, and by what link from where."""

    chat: str
    sender: Chatter
    at: datetime
    start: str = ""
    origin: Sequence[Field] = ()
    linked: int | None = None


def find(session: Session, channel_id: int, key: str) -> Chat | None:
    """Find a chat by what its messenger calls it."""
    return record(session, _FIND, {"channel": channel_id, "key": key}, Chat)


def own_of(session: Session, kind: str, handle: str) -> Chat | None:
    """Give the chat of his own with us in which somebody wrote last, by what its messenger knows him."""
    kinds = [each for each in connector_kinds() if chats.handle_kind(each) == kind]
    wanted = (
        select(Chat).join(Channel, Channel.id == Chat.channel_id)
        .where(Chat.key == handle, Chat.handle == handle, Channel.kind.in_(kinds))
        .order_by(func.coalesce(Chat.last_in_at, Chat.began_at).desc(), Chat.id).limit(1)
    )  # fmt: skip
    return session.scalar(wanted)


# Put together once: every message asks them.
_FIND = Statement(
    select(*Chat.__table__.c).where(Chat.channel_id == bindparam("channel"), Chat.key == bindparam("key"))
)
_SPOKEN = Statement(
    select(Interaction.id)
    .outerjoin(ChatMessage, ChatMessage.interaction_id == Interaction.id)
    .where(Interaction.conversation_id == bindparam("conversation"), ChatMessage.automatic.is_not(True))
    .limit(1)
)


def place_of(
    session: Session, channel: LiveChannel, coming: Coming, state: Setup, department_id: int | None
) -> Place:
    """Give the chat in which somebody writes, made where it is new."""
    found = find(session, channel.id, coming.chat)
    if found is None:
        return _made(session, channel, coming, state, department_id)
    if coming.start in found.starts:
        coming = coming._replace(linked=None)  # it was asked about already
    remarks = _of_another(found, coming.sender)
    _write(found, coming, known=not remarks)
    with session.no_autoflush:  # what is known of the chat is written once, with what follows
        contact = get_one(session, Contact, found.contact_id)
    if not remarks:
        remarks = _learned(session, found, contact, coming, state)
    return Place(found, contact, begins=False, remarks=remarks)


def is_spoken_in(session: Session, conversation_id: int) -> bool:
    """Tell whether anybody but the machine said something in a conversation."""
    return _SPOKEN.first(session, {"conversation": conversation_id}) is not None


def said_at(at: datetime | None, received_at: datetime) -> datetime:
    """Give when something was said: by the messenger's clock, unless that cannot be."""
    return received_at if at is None else max(min(at, received_at), received_at - OLDEST)


def _made(
    session: Session, channel: LiveChannel, coming: Coming, state: Setup, department_id: int | None
) -> Place:
    sender, kind = coming.sender, chats.handle_kind(channel.kind)
    writer = chat_writers.writer_of(session, sender, kind, state, department_id, coming.linked)
    chat_id = insert(
        session, Chat, channel_id=channel.id, key=coming.chat, contact_id=writer.contact.id, handle=sender.id,
        name=chat_writers.called(sender), username=sender.username, language=sender.language, began_at=coming.at,
        starts=_starts([], coming.start), origin=_origin(coming.origin), asked=None,
    )  # fmt: skip
    chat = session.get_one(Chat, chat_id)
    chat_bot.keep(chat, Asked(heard=tuple(filter(None, (sender.phone, sender.email)))))
    return Place(chat, writer.contact, begins=True, remarks=writer.remarks)


def _write(chat: Chat, coming: Coming, *, known: bool) -> None:
    sender = coming.sender
    if coming.start:
        chat.starts = _starts(chat.starts, coming.start)
    if known:
        chat.name = chat_writers.called(sender) or chat.name
        chat.username, chat.language = sender.username or chat.username, sender.language or chat.language
    if coming.origin:
        chat.origin = _origin(coming.origin)


def _of_another(chat: Chat, sender: Chatter) -> tuple[str, ...]:
    """Say who it is that writes in the chat of somebody else."""
    if sender.id == chat.handle:
        return ()
    return (said("Written by %(name)s.", name=chat_writers.called(sender) or sender.id),)


def _learned(session: Session, chat: Chat, contact: Contact, coming: Coming, state: Setup) -> tuple[str, ...]:
    """Take what turned out by now of who somebody is, such as a number that he shared; each is asked about once."""
    asked = chat_bot.asked_of(chat)
    told = [value if value not in asked.heard else "" for value in (coming.sender.phone, coming.sender.email)]
    remarks = chat_writers.may_be(session, contact, [coming.linked] if coming.linked is not None else [])
    if not any(told):
        return remarks
    chat_bot.keep(chat, structs.replace(asked, heard=(*asked.heard, *filter(None, told))))
    return (*remarks, *chat_writers.learn(session, contact, contacts.identity(*told, state.company.country)))


def _starts(before: Sequence[str], start: str) -> list[str]:
    start = start[:LONGEST_START]
    return [*before, *([start] if start and start not in before else [])][-STARTS:]


def _origin(origin: Sequence[Field]) -> list[dict[str, str]]:
    return [{"label": each.means or each.label, "value": each.value} for each in origin]
