"""Answers to campaigns: a person's letter that names a copy, or what he writes in a chat in which one came lately.

It is for whoever sent the campaign.

Our Message-ID is the copy's own token, so that whoever names it has had the copy before him. An automatic answer is
none, and neither is a letter that passes the copy on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_alarms, copy_events, delivery_tokens, sequences
from crm.campaign_news import changed
from crm.campaigns import Campaign
from crm.chats import Chat, ChatMessage
from crm.deliveries import Delivery
from hub.chats import MessageReceived
from hub.clock import now
from hub.letters import LetterReceived
from hub.said import Said, said

MOST = 60  # Message-IDs that are looked at, the newest first
FORGED = "fail"  # what DMARC says of a letter that only claims to be from somebody (RFC 7489)


LATELY = timedelta(days=3)  # in which what somebody writes in a chat is about what he got there


class Answered(NamedTuple):
    """The copy that is answered, its campaign, and who sent that; nobody where he is not here any more."""

    delivery: Delivery
    campaign: Campaign
    manager_id: int | None

    @property
    def remark(self) -> Said:
        """Say what is answered."""
        return said("An answer to the campaign “%(name)s”.", name=self.campaign.name)


def answered(session: Session, event: LetterReceived) -> Answered | None:
    """Find the copy that a letter answers; None where it answers none of ours."""
    if event.automatic or event.forwarded or event.verdicts.dmarc == FORGED:
        return None
    named = [event.in_reply_to, *reversed(event.references)][:MOST]
    for message_id in dict.fromkeys(filter(None, named)):
        delivery = delivery_tokens.proven(session, message_id.partition("@")[0], "envelope")
        if delivery is not None:
            campaign = session.get_one(Campaign, delivery.campaign_id)
            return Answered(delivery, campaign, _manager(session, campaign))
    return None


def in_chat(session: Session, chat: Chat, event: MessageReceived) -> Answered | None:
    """Find the copy that a message in a chat answers: the one that it names, or one that came lately."""
    delivery = last_copy(session, chat, event.answers)
    if delivery is None or delivery.sent_at is None:
        return None
    late = delivery.answered_at is not None or delivery.sent_at < now() - LATELY
    if late and not event.answers:
        return None
    campaign = session.get_one(Campaign, delivery.campaign_id)
    return Answered(delivery, campaign, _manager(session, campaign))


def last_copy(session: Session, chat: Chat, named: str = "") -> Delivery | None:
    """Give the copy of a campaign that left last in a chat, or that with this remote id."""
    wanted = select(Delivery).join(ChatMessage, ChatMessage.outgoing_id == Delivery.outgoing_id)
    found = wanted.where(ChatMessage.chat_id == chat.id, *([ChatMessage.remote_id == named] if named else []))
    return session.scalar(found.order_by(ChatMessage.interaction_id.desc()).limit(1))


def note(session: Session, found: Answered, interaction_id: int) -> None:
    """Write down that it was answered, and by which letter."""
    found.delivery.answered_at = found.delivery.answered_at or now()
    copy_events.happened(session, found.delivery, copy_events.REPLIED, interaction_id)
    changed(session, found.campaign)
    if found.campaign.sequence_id is not None:
        sequences.look_soon(session, found.campaign.list_id)


def _manager(session: Session, campaign: Campaign) -> int | None:
    user = campaign_alarms.starter(session, campaign)
    return user.id if user is not None else None
