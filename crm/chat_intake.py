"""What a message of a chat becomes: a touch in a conversation, and a task to answer it.

Doing it twice does nothing: a message is known by its key. The same message again is linked to the first; a replayed
item is read into what it became. The messages of an album are one touch, in whatever order they come.
"""

from __future__ import annotations

from typing import TypeGuard

from sqlalchemy.orm import Session

from crm import (
    answer_tasks,
    campaign_answers,
    chat_changes,
    chat_fates,
    chat_junk,
    chat_keys,
    chat_limits,
    chat_links,
    chat_manners,
    chat_news,
    chat_places,
    chat_touches,
    chat_wishes,
    chat_words,
    chats,
    consent_answers,
    conversations,
    distribution,
    first_answers,
    list_invitations,
    suppressions,
    tasks,
    telling,
    told_answers,
    turns,
)
from crm.answer_tasks import Asking
from crm.chat_places import Coming, Place
from crm.chat_touches import Came
from crm.chat_wishes import Wish
from crm.chats import Chat, ChatMessage
from crm.contacts import Contact
from crm.conversations import Conversation, Interaction
from crm.first_answers import Spoken
from crm.setup import Setup, setup
from hub.bus import Audience
from hub.channels import LiveChannel
from hub.chats import Chatter
from hub.events import ChatChanged, MessageEdited, MessageFate, MessageReacted, MessageReceived
from hub.journal import Inbound, Outcome
from hub.rows import change
from hub.said import said
from hub.users import Department

Heard = MessageReceived | MessageEdited | MessageReacted | MessageFate | ChatChanged


def take(session: Session, item: Inbound, channel: LiveChannel, event: Heard) -> Outcome:
    """Make records of what a messenger tells, and say what it became."""
    match event:
        case MessageReceived():
            return _received(session, item, channel, event)
        case MessageEdited() | MessageReacted():
            return _news(session, item, channel, event)
        case MessageFate():
            return _fate(session, channel, event)
        case ChatChanged(what="began"):
            junk = chat_junk.judge(session, item, channel, event.sender)
            return junk or chat_wishes.begun(session, item, channel, event)
        case ChatChanged():
            return chat_changes.take(session, item, channel, event)


def _fate(session: Session, channel: LiveChannel, event: MessageFate) -> Outcome:
    chat = chat_places.find(session, channel.id, event.chat) if event.chat else None
    changed = chat_fates.told(session, chat, channel, event)
    path = f"/contacts/{session.get_one(Interaction, changed[0]).contact_id}" if changed else None
    return Outcome(said("what became of messages of ours"), path)


def _news(
    session: Session, item: Inbound, channel: LiveChannel, event: MessageEdited | MessageReacted
) -> Outcome:
    if isinstance(event, MessageReacted):
        chat_fates.meet_the_postman(session, channel.id)
    touch = chat_news.told(session, item, channel, event)
    if touch is not None:
        _tell(session, session.get_one(Contact, touch.contact_id))
        return Outcome(said("news of a message"), f"/contacts/{touch.contact_id}")
    chat = chat_places.find(session, channel.id, event.chat)
    if chat is not None and _tells_words(event, chat):
        outcome = _received(session, item, channel, _as_came(chat, event), edited=True)
        chat_news.edited(session, channel.id, event.key, event.at or item.received_at)
        return outcome
    return Outcome(said("news of a message that is not here: kept until it comes"))


def _tells_words(event: MessageEdited | MessageReacted, chat: Chat) -> TypeGuard[MessageEdited]:
    """Tell whether it says what the contact wrote."""
    return (
        isinstance(event, MessageEdited)
        and bool(event.text)
        and not event.withdrawn
        and chat_news.is_of_contact(chat, event)
    )


def _as_came(chat: Chat, event: MessageEdited) -> MessageReceived:
    """Give a message of which only an edit came as if it had come, so that it is answered."""
    sender = Chatter(id=chat.handle, name=chat.name, username=chat.username, language=chat.language)
    return MessageReceived(key=event.key, chat=event.chat, sender=sender, at=event.at, text=event.text)


def _received(
    session: Session, item: Inbound, channel: LiveChannel, event: MessageReceived, *, edited: bool = False
) -> Outcome:
    known = chat_keys.find(session, channel.id, event.key)
    if known is not None:
        return _again(session, item, event, known)
    if (junk := chat_junk.judge(session, item, channel, event.sender)) is not None:
        return junk
    if _is_empty(event):
        return chat_wishes.begun(session, item, channel, _as_beginning(event))
    state = setup(session)
    department = state.department(event.department)
    came = Came(item, channel, event, _place(session, item, channel, event, state, department), edited)
    album = chat_touches.album_of(session, came)
    if album is not None:
        chat_touches.join(session, came, album)
        _tell(session, came.place.contact)
        return Outcome(said("a part of the same album"), f"/contacts/{album.contact_id}")
    return _written(session, came, state, department)


def _as_beginning(event: MessageReceived) -> ChatChanged:
    return ChatChanged(chat=event.chat, sender=event.sender, what="began", at=event.at, start=event.start,
                       origin=event.origin)  # fmt: skip


def _is_empty(event: MessageReceived) -> bool:
    """Tell whether it says nothing, such as the first press of a button that only begins a chat."""
    return not (event.text.strip() or event.media or event.files or event.spot or event.cards or event.pressed
                or event.answered)  # fmt: skip


def _place(
    session: Session, item: Inbound, channel: LiveChannel, event: MessageReceived, state: Setup,
    department: Department | None,
) -> Place:  # fmt: skip
    """Give where it was written, with what was answered about himself on the card."""
    at, linked = chat_places.said_at(event.at, item.received_at), chat_links.read(session, event.start)
    coming = Coming(event.chat, event.sender, at, event.start, event.origin, linked)
    department_id = department.id if department else None
    place = chat_places.place_of(session, channel, coming, state, department_id)
    chat, contact = place.chat, place.contact
    # A chat may have begun before a word was written, by a link then.
    start = event.start or (chat.starts[-1] if chat.last_in_at is None and chat.starts else "")
    if chat.last_in_at is None and contact.department_id is None and contact.responsible_id is None:
        contact.department_id = department_id
    odd = told_answers.fill(session, state, chat, contact, event.answered)
    heard_at = chat.last_in_at
    # Written each time: of two messages that meet here, the second is run again and sees the first.
    change(session, chat, last_in_at=max(at, heard_at or at))
    if chat.blocked_at is not None and at >= chat.blocked_at:
        chat.blocked_at = None
        suppressions.reached_anew(session, chats.handle_kind(channel.kind), chat.handle)
    return place._replace(remarks=(*place.remarks, *_link(session, start), *odd), heard_at=heard_at)


def _link(session: Session, start: str) -> tuple[str, ...]:
    if not start:
        return ()
    ours = chat_links.read(session, start) is not None or list_invitations.carried(session, start) is not None
    return (said("Came by a link of ours.") if ours else said("Came by the link “%(what)s”.", what=start),)


def _again(session: Session, item: Inbound, event: MessageReceived, known: Interaction) -> Outcome:
    path, message = f"/contacts/{known.contact_id}", session.get_one(ChatMessage, known.id)
    brought = chat_keys.brought_by(session, known, event.key)
    if brought == item.id:
        if not (message.edited_at or message.withdrawn_at or message.album):
            known.summary, known.text = chat_words.summary(event), event.text
        chat_touches.add_media(session, known, event)
        return Outcome(item.became or said("read again"), path)
    chat_news.original(session, known, event.key, event.text)
    chat_touches.add_media(session, known, event)
    _tell(session, session.get_one(Contact, known.contact_id))
    return Outcome(said("the same message, come again"), path, duplicate_of=brought)


def _written(session: Session, came: Came, state: Setup, department: Department | None) -> Outcome:
    item, event, contact = came.item, came.event, came.place.contact
    before = chats.conversation_of(session, came.place.chat)
    wish, is_open = chat_wishes.wished(session, came), before is not None and before.closed_at is None
    if wish is not None and not is_open:
        return _wished(session, came, wish)
    answered = (
        campaign_answers.in_chat(session, came.place.chat, event) if event.answers or not is_open else None
    )
    manager = answered.manager_id if answered else None
    conversation_id = _conversation(session, came, before, manager)
    remarks = (*came.place.remarks, *distribution.misdirected(event.department, department),
               *([answered.remark] if answered else []))  # fmt: skip
    touch_id = chat_touches.keep(session, came, conversation_id, remarks)
    if answered is not None:
        campaign_answers.note(session, answered, touch_id)
    if wish is not None:
        chat_wishes.grant(session, came, wish, touch_id, conversation_id)
    consent_answers.of_chat(session, item, came.channel, event, touch_id)
    manner = chat_manners.manner_of(session, came.channel.id)
    asking = Asking(
        chats.KIND, touch_id, conversation_id, contact, chat_words.summary(event), item.received_at, before is None,
        full=chat_limits.full(session, manner.most, conversation_id) if manner else frozenset(), whose=manager,
    )  # fmt: skip
    why = said("Chat “%(channel)s”: %(summary)s", channel=came.channel.title, summary=asking.summary)
    asked = answer_tasks.ask_for(session, state, asking, department, why)
    if manner is not None:
        spoken = Spoken(came.channel, came.place.chat, contact, department.id if department else None)
        first_answers.answer(session, manner, spoken, session.get_one(Interaction, touch_id), event)
    telling.look_again(session, contact.id, _audience(contact), asked.audience)
    name = contact.name or said("A card without a name")
    return Outcome(
        said("%(name)s, task “%(title)s”", name=name, title=asked.title), f"/contacts/{contact.id}"
    )


def _wished(session: Session, came: Came, wish: Wish) -> Outcome:
    """Have somebody leave or join a list who wants nothing else: it is on his card, and asks for nothing."""
    contact, told = came.place.contact, chat_wishes.told(wish)
    touch_id = chat_touches.keep(session, came, None, (*came.place.remarks, told))
    chat_wishes.grant(session, came, wish, touch_id, None)
    _tell(session, contact)
    return Outcome(told, f"/contacts/{contact.id}")


def _conversation(session: Session, came: Came, before: Conversation | None, manager: int | None) -> int:
    """Go on with the chat's conversation, closed or not, or open its first."""
    event, at = came.event, came.item.received_at
    subject = told_answers.topic(event.answered) or chat_words.short(event.text) or came.channel.title
    if before is None:
        return conversations.open_conversation(
            session, came.place.contact.id, came.channel.id, subject, at, assignee_id=manager
        )
    conversation_id = before.id
    if not _heard_in(came, before) and not chat_places.is_spoken_in(session, conversation_id):
        before.subject = subject  # until now only the machine said something in it
    turns.came(session, conversation_id, at)
    return conversation_id


def _heard_in(came: Came, before: Conversation) -> bool:
    """Tell of a conversation whether the contact wrote after it was opened: most have, and nothing need be asked."""
    return came.place.heard_at is not None and came.place.heard_at > before.opened_at


def _tell(session: Session, contact: Contact) -> None:
    telling.look_again(session, contact.id, _audience(contact))


def _audience(contact: Contact) -> Audience:
    return tasks.audience_of(contact.responsible_id, contact.department_id)
