"""A test of what a campaign says by a messenger: it goes to the chat that one of us has with the channel himself.

Whose chat it is, his card says: it holds the mail address of somebody of us. So no test reaches a customer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    addresses,
    campaign_contents,
    campaign_message_faults,
    campaign_messages,
    campaign_tests,
    campaign_values,
    chat_writing,
)
from crm.campaign_messages import Message
from crm.campaigns import Campaign
from crm.chats import Chat
from crm.contacts import MAIL, Contact, Handle, find
from crm.desk import Refusal
from hub.languages import Listener, _, speaking_to
from hub.users import User, Viewer

MOST = 50


class Reader(NamedTuple):
    """One of us, and the chat that he has with the channel."""

    chat_id: int
    name: str


def readers(session: Session, campaign: Campaign) -> Sequence[Reader]:
    """Give those of us to whom a test can go."""
    ours = (
        select(Chat.id, User.name)
        .join(Handle, (Handle.contact_id == Chat.contact_id) & (Handle.kind == MAIL))
        .join(User, User.email == Handle.value)
        .where(Chat.channel_id == campaign.channel_id, Chat.key == Chat.handle, Chat.blocked_at.is_(None),
               User.disabled_at.is_(None))
        .order_by(User.name, Chat.id).limit(MOST)
    )  # fmt: skip
    return [Reader(*row) for row in session.execute(ours)]


def send(session: Session, viewer: Viewer, campaign: Campaign, chat_id: int, page: str = "") -> str:
    """Send what was saved last to one of us, and give his name; `page` is where places for his own page lead."""
    reader = next((each for each in readers(session, campaign) if each.chat_id == chat_id), None)
    if reader is None:
        raise Refusal(_("A test goes to somebody of us who has a chat there: choose one."))
    content = campaign_contents.newest(session, campaign.id)
    message = campaign_messages.message_of(content)
    if wrong := campaign_message_faults.wrong(session, campaign, message):
        raise Refusal(str(wrong[0]))
    chat = session.get_one(Chat, chat_id)
    own = read_by(session, campaign, message, chat.contact_id, page)
    chat_writing.post(
        session, viewer, chat, campaign_messages.command(session, campaign, own, chat.key, mark="")
    )
    campaign_tests.sent(session, viewer, campaign, [content] if content else [], reader.name)
    return reader.name


def reader_called(session: Session, campaign: Campaign, who: str) -> Contact | None:
    """Give the contact of this name, mail address, or handle of the messenger; None where there is none."""
    who = who.strip()
    mail = addresses.read(who)
    contact_id = find(session, MAIL, mail.handle) if mail else find(session, campaign.handle, who.lstrip("+"))
    if contact_id is None and who and mail is None:
        named = select(Contact.id).where(Contact.name == who, Contact.merged_into_id.is_(None))
        contact_id = session.scalar(named.order_by(Contact.id).limit(1))
    return session.get(Contact, contact_id) if contact_id is not None else None


def read_by(
    session: Session, campaign: Campaign, message: Message, contact_id: int | None, page: str = ""
) -> Message:
    """Give a message as a contact reads it, None for somebody of whom we know nothing."""
    with speaking_to(Listener(campaign_contents.language_of(session, campaign))):
        known = campaign_values.values_of(session, [contact_id]).get(contact_id, {}) if contact_id else {}
        values: Mapping[str, str] = (
            campaign_values.common(session, campaign) | known | {"unsubscribe_url": page}
        )
        return campaign_messages.filled(message, values)
