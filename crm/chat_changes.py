"""What happens to a chat beside its messages: it begins, the customer blocks us, or lets us write again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_links, chat_places, chats, first_answers, suppressions, tasks, telling, turns
from crm.chat_places import Coming
from crm.chats import Chat, ChatMessage
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.first_answers import Spoken
from crm.setup import setup
from hub.channels import Channel, LiveChannel
from hub.chats import ChatChanged
from hub.journal import Inbound, Outcome
from hub.languages import N_
from hub.rows import hold, insert
from hub.said import Said, said

WORDS = {
    "blocked": N_("Blocked us: nothing that we write arrives"),
    "unblocked": N_("Lets us write again"),
}


def take(session: Session, item: Inbound, channel: LiveChannel, event: ChatChanged) -> Outcome:
    """Keep what happened, and say what it became. It asks for nothing."""
    at = chat_places.said_at(event.at, item.received_at)
    if event.what == "began":
        return begin(session, channel, coming_of(session, event, at), greets=not event.mute)
    chat = chat_places.find(session, channel.id, event.chat)
    if chat is None:
        return Outcome(said("about a chat that nobody knows: nothing made"))
    if event.sender.id != chat.handle:
        return Outcome(said("another one came into a chat or left it: nothing made"))
    contact = session.get_one(Contact, chat.contact_id)
    is_news = (
        event.what == "blocked" or chat.blocked_at is not None
    )  # Viber says “unblocked” of whoever subscribes
    _change(session, chat, event.what, at)
    if is_news:
        remark(session, item, chat, event.what, said(WORDS[event.what]), at)
    telling.look_again(session, contact.id, tasks.audience_of(contact.responsible_id, contact.department_id))
    name = contact.name or said("A card without a name")
    return Outcome(
        said("%(name)s: %(what)s", name=name, what=said(WORDS[event.what])), f"/contacts/{contact.id}"
    )


def begin(session: Session, channel: LiveChannel, coming: Coming, *, greets: bool) -> Outcome:
    """Make the chat that somebody begins, and greet him where that reaches him; else he is greeted when he writes."""
    place = chat_places.place_of(session, channel, coming, setup(session), None)
    chat, contact = place.chat, place.contact
    hold(session, Chat, chat.id)  # of two who meet here, the second is run again and sees the first
    _change(session, chat, "unblocked", coming.at)
    if greets:
        first_answers.greet(session, Spoken(channel, chat, contact, contact.department_id))
    telling.look_again(session, contact.id, tasks.audience_of(contact.responsible_id, contact.department_id))
    name = contact.name or said("A card without a name")
    return Outcome(said("%(name)s began a chat", name=name), f"/contacts/{contact.id}")


def coming_of(session: Session, event: ChatChanged, at: datetime) -> Coming:
    """Give how somebody comes, by whose link."""
    linked = chat_links.read(session, event.start)
    return Coming(event.chat, event.sender, at, event.start, event.origin, linked)


def _change(session: Session, chat: Chat, what: str, at: datetime) -> None:
    """Keep whether he blocks us; news that come late change nothing."""
    if what == "unblocked" and chat.blocked_at is not None and at >= chat.blocked_at:
        chat.blocked_at = None
        kind = chats.handle_kind(session.get_one(Channel, chat.channel_id).kind)
        suppressions.reached_anew(session, kind, chat.handle)
    if what == "blocked" and chat.blocked_at is None and (chat.last_in_at is None or at >= chat.last_in_at):
        chat.blocked_at = at


def remark(session: Session, item: Inbound, chat: Chat, what: str, words: Said, at: datetime) -> int | None:
    """Show something on the timeline, once, and give its interaction; None where it is there already."""
    key = f"{what} {chat.key} {item.id}"
    here = select(Interaction.id).where(Interaction.channel_id == chat.channel_id, Interaction.key == key)
    if session.scalar(here) is not None:
        return None
    around = chats.conversation_of(session, chat)
    touch_id = insert(
        session, Interaction, contact_id=chat.contact_id, conversation_id=around.id if around else None,
        channel_id=chat.channel_id, inbound_id=item.id, key=key, kind=chats.KIND, direction="internal", at=at,
        summary=words, text="", fields=[], origin=[], remarks=[],
    )  # fmt: skip
    insert(session, ChatMessage, interaction_id=touch_id, chat_id=chat.id, remote_id=None)
    if around is not None:
        turns.touched(session, around.id, item.received_at)
    return touch_id
