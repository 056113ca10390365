"""What a message of a chat becomes: a touch in a conversation, and a task to answer it.

Doing it twice does nothing: a message is known by its key. The same message again is linked to the first; a replayed
item is read into what it became. The messages of an album are one touch, in whatever order they come.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    answer_tasks,
    chat_keys,
    chat_limits,
    chat_news,
    chat_places,
    chat_words,
    chats,
    conversations,
    distribution,
    tasks,
    telling,
    turns,
)
from crm.answer_tasks import Asking
from crm.chat_keys import ChatPart
from crm.chat_places import Coming, Place
from crm.chats import Chat, ChatManner, ChatMedia, ChatMessage
from crm.contacts import Contact
from crm.conversations import Conversation, Interaction
from crm.setup import Setup, setup
from hub.bus import Audience
from hub.channels import LiveChannel
from hub.chats import Chatter
from hub.clock import now
from hub.events import ChatChanged, Field, MessageEdited, MessageFate, MessageReacted, MessageReceived
from hub.journal import Inbound, Outcome
from hub.rows import insert, insert_many
from hub.said import said
from hub.users import Department

Heard = MessageReceived | MessageEdited | MessageReacted | MessageFate | ChatChanged


class Came(NamedTuple):
    """A message that is new: its item and channel, what it says, and where."""

    item: Inbound
    channel: LiveChannel
    event: MessageReceived
    place: Place


def take(session: Session, item: Inbound, channel: LiveChannel, event: Heard) -> Outcome:
    """Make records of what a messenger tells, and say what it became."""
    match event:
        case MessageReceived():
            return _received(session, item, channel, event)
        case MessageEdited() | MessageReacted():
            return _news(session, item, channel, event)
        case _:
            return Outcome(said("nothing is made of %(kind)s yet", kind=chats.KIND))


def _news(
    session: Session, item: Inbound, channel: LiveChannel, event: MessageEdited | MessageReacted
) -> Outcome:
    touch = chat_news.told(session, item, channel, event)
    if touch is not None:
        _tell(session, session.get_one(Contact, touch.contact_id))
        return Outcome(said("news of a message"), f"/contacts/{touch.contact_id}")
    chat = chat_places.find(session, channel.id, event.chat)
    if isinstance(event, MessageEdited) and event.text and not event.withdrawn and chat is not None:
        return _received(session, item, channel, _as_came(chat, event))
    return Outcome(said("news of a message that is not here: kept until it comes"))


def _as_came(chat: Chat, event: MessageEdited) -> MessageReceived:
    """Give a message of which only an edit came as if it had come, so that it is answered."""
    sender = Chatter(id=chat.handle, name=chat.name, username=chat.username, language=chat.language)
    return MessageReceived(key=event.key, chat=event.chat, sender=sender, at=event.at, text=event.text)


def _received(session: Session, item: Inbound, channel: LiveChannel, event: MessageReceived) -> Outcome:
    known = chat_keys.find(session, channel.id, event.key)
    if known is not None:
        return _again(session, item, event, known)
    state = setup(session)
    department = state.department(event.department)
    at = chat_places.said_at(event.at, item.received_at)
    coming = Coming(event.chat, event.sender, at, event.start, event.origin)
    place = chat_places.place_of(session, channel, coming, state, department.id if department else None)
    chat = place.chat
    chat.last_in_at, chat.blocked_at = max(at, chat.last_in_at or at), None
    came = Came(item, channel, event, place)
    album = _album(session, came)
    if album is not None:
        return _joined(session, came, album)
    return _written(session, came, state, department)


def _again(session: Session, item: Inbound, event: MessageReceived, known: Interaction) -> Outcome:
    path, message = f"/contacts/{known.contact_id}", session.get_one(ChatMessage, known.id)
    if known.inbound_id == item.id:
        if not (message.edited_at or message.withdrawn_at or message.album):
            known.summary, known.text = chat_words.summary(event), event.text
        _add_media(session, known, event)
        return Outcome(item.became or said("read again"), path)
    chat_news.original(session, known, event.key, event.text)
    _add_media(session, known, event)
    _tell(session, session.get_one(Contact, known.contact_id))
    return Outcome(said("the same message, come again"), path, duplicate_of=known.inbound_id)


def _album(session: Session, came: Came) -> Interaction | None:
    """Find what an earlier message of the same album became."""
    wanted = (
        select(Interaction)
        .join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
        .where(ChatMessage.chat_id == came.place.chat.id, ChatMessage.album == came.event.album,
               Interaction.direction == "in")
        .order_by(Interaction.id).limit(1)
    )  # fmt: skip
    return session.scalar(wanted) if came.event.album else None


def _joined(session: Session, came: Came, album: Interaction) -> Outcome:
    """Add a further part to an album."""
    event, item = came.event, came.item
    insert(session, ChatPart, channel_id=came.channel.id, key=event.key, interaction_id=album.id, inbound_id=item.id,
           text=event.text)  # fmt: skip
    album.text = chat_keys.joined(album.text, event.text)
    _add_media(session, album, event)
    conversations.add_files(session, album.id, event.files)
    album.summary = chat_words.short(album.text) or album.summary
    _tell(session, came.place.contact)
    return Outcome(said("a part of the same album"), f"/contacts/{album.contact_id}")


def _written(session: Session, came: Came, state: Setup, department: Department | None) -> Outcome:
    item, event, contact = came.item, came.event, came.place.contact
    before = chat_places.conversation_of(session, came.place.chat)
    conversation_id = _conversation(session, came, before)
    remarks = (*came.place.remarks, *distribution.misdirected(event.department, department))
    touch_id = _keep(session, came, conversation_id, remarks)
    asking = Asking(
        chats.KIND, touch_id, conversation_id, contact, chat_words.summary(event), item.received_at, before is None,
        full=_full(session, came, conversation_id),
    )  # fmt: skip
    why = said("Chat “%(channel)s”: %(summary)s", channel=came.channel.title, summary=asking.summary)
    asked = answer_tasks.ask_for(session, state, asking, department, why)
    telling.look_again(session, contact.id, _audience(contact), asked.audience)
    name = contact.name or said("A card without a name")
    return Outcome(
        said("%(name)s, task “%(title)s”", name=name, title=asked.title), f"/contacts/{contact.id}"
    )


def _conversation(session: Session, came: Came, before: Conversation | None) -> int:
    """Go on with the chat's conversation, closed or not, or open its first."""
    if before is not None:
        turns.came(session, before.id, came.item.received_at)
        return before.id
    subject = chat_words.short(came.event.text) or came.channel.title
    return conversations.open_conversation(
        session, came.place.contact.id, came.channel.id, subject, came.item.received_at
    )


def _full(session: Session, came: Came, conversation_id: int) -> frozenset[int]:
    manner = session.get(ChatManner, came.channel.id)
    return chat_limits.full(session, manner.most, conversation_id) if manner else frozenset()


def _keep(session: Session, came: Came, conversation_id: int, remarks: tuple[str, ...]) -> int:
    event, chat = came.event, came.place.chat
    answers = chat_keys.named(session, chat, event.answers)
    touch_id = insert(
        session, Interaction, contact_id=chat.contact_id, conversation_id=conversation_id, channel_id=came.channel.id,
        inbound_id=came.item.id, key=event.key, kind=chats.KIND, direction="in",
        at=chat_places.said_at(event.at, came.item.received_at), summary=chat_words.summary(event), text=event.text,
        fields=_pairs(event.answered), origin=_pairs(event.origin), remarks=[*event.remarks, *remarks],
    )  # fmt: skip
    insert(
        session, ChatMessage, interaction_id=touch_id, chat_id=chat.id, remote_id=event.key,
        answers_id=answers.id if answers else None, album=event.album, pressed=event.pressed,
        spot=msgspec.to_builtins(event.spot), cards=_pairs(event.cards),
        before=[], reactions=[], buttons=[],
    )  # fmt: skip
    conversations.add_files(session, touch_id, event.files)
    touch = session.get_one(Interaction, touch_id)
    _add_media(session, touch, event)
    chat_news.catch_up(session, chat, touch, event.key, came.item.received_at)
    return touch_id


def _add_media(session: Session, touch: Interaction, event: MessageReceived) -> None:
    """Have files fetched that lie with the messenger, each once."""
    known = set(session.scalars(select(ChatMedia.ref).where(ChatMedia.interaction_id == touch.id)))
    insert_many(session, ChatMedia, [
        {"interaction_id": touch.id, "channel_id": touch.channel_id, "ref": each.ref, "kind": each.kind,
         "name": each.name, "type": each.type, "size": each.size, "seconds": each.seconds,
         "due_at": None if each.lost else now(), "error": each.lost or None}
        for each in event.media if each.ref not in known
    ])  # fmt: skip


def _pairs(answers: tuple[Field, ...]) -> list[dict[str, str]]:
    return [{"label": each.means or each.label, "value": each.value} for each in answers]


def _tell(session: Session, contact: Contact) -> None:
    telling.look_again(session, contact.id, _audience(contact))


def _audience(contact: Contact) -> Audience:
    return tasks.audience_of(contact.responsible_id, contact.department_id)
