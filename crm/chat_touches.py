"""How messages of a chat stand on a card: an interaction each, the messages of an album one, with what came along."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import attachments, chat_keys, chat_news, chat_places, chat_words, chats
from crm.chat_keys import ChatPart
from crm.chat_places import Place
from crm.chats import ChatMedia, ChatMessage
from crm.conversations import Interaction
from crm.mailing_lists import label_of
from hub.channels import LiveChannel
from hub.clock import now
from hub.db import announce
from hub.events import Field, MessageReceived
from hub.journal import Inbound
from hub.rows import insert, insert_many
from hub.timers import Due


class Came(NamedTuple):
    """A message that is new: its item and channel, what it says, and where; `edited`: only its edit came."""

    item: Inbound
    channel: LiveChannel
    event: MessageReceived
    place: Place
    edited: bool = False


def keep(session: Session, came: Came, conversation_id: int | None, remarks: tuple[str, ...]) -> int:
    """Keep a message that is new, and what was heard of it before it came; give the id of its interaction."""
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
    attachments.add_files(session, touch_id, event.files)
    if event.media:
        add_media(session, session.get_one(Interaction, touch_id), event)
    chat_news.catch_up(session, chat, touch_id, event.key, came.item.received_at)
    return touch_id


def album_of(session: Session, came: Came) -> Interaction | None:
    """Find what an earlier message of the same album became."""
    if not came.event.album:
        return None
    wanted = (
        select(Interaction)
        .join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
        .where(ChatMessage.chat_id == came.place.chat.id, ChatMessage.album == came.event.album,
               Interaction.direction == "in")
        .order_by(Interaction.id).limit(1)
    )  # fmt: skip
    return session.scalar(wanted)


def join(session: Session, came: Came, album: Interaction) -> None:
    """Add a further part to an album."""
    event, item = came.event, came.item
    insert(session, ChatPart, channel_id=came.channel.id, key=event.key, interaction_id=album.id, inbound_id=item.id,
           text=event.text)  # fmt: skip
    album.text = chat_keys.joined(album.text, event.text)
    add_media(session, album, event)
    attachments.add_files(session, album.id, event.files)
    album.summary = chat_words.short(album.text) or album.summary
    chat_news.catch_up(session, came.place.chat, album.id, event.key, item.received_at)


def add_media(session: Session, touch: Interaction, event: MessageReceived) -> None:
    """Have files fetched that lie with the messenger, each once."""
    if not event.media:
        return
    known = set(session.scalars(select(ChatMedia.ref).where(ChatMedia.interaction_id == touch.id)))
    insert_many(session, ChatMedia, [
        {"interaction_id": touch.id, "channel_id": touch.channel_id, "ref": each.ref, "kind": each.kind,
         "name": each.name, "type": each.type, "size": each.size, "seconds": each.seconds,
         "due_at": None if each.lost else now(), "error": each.lost or None}
        for each in event.media if each.ref not in known
    ])  # fmt: skip
    announce(session, Due(chats.MEDIA, now()))


def _pairs(answers: tuple[Field, ...]) -> list[dict[str, str]]:
    return [{"label": label_of(each), "value": each.value} for each in answers]
