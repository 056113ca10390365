"""Campaigns by a messenger: their copies leave by the outbox, like everything that is said in a chat.

A copy is claimed by the transaction that puts its command there, so that a kill makes no second one; what becomes of
the command becomes of the copy, by one transaction as well. Few are there at once: what colleagues write meanwhile
waits for no more than these. One that left stands on the timeline, and its fate goes on as that of any message.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import (
    campaign_causes,
    campaign_contents,
    campaign_messages,
    campaign_settling,
    campaign_stops,
    campaign_values,
    chat_fates,
    chat_writing,
    chats,
    suppressions,
)
from crm.campaign_messages import MARK, Message
from crm.campaign_news import changed
from crm.campaigns import CANCELLED, PAUSED, RUNNING, Campaign
from crm.chats import Chat
from crm.contacts import Contact
from crm.deliveries import CLAIMED, LEFT_OUT, REFUSED, SENT, UNKNOWN, WAITING, Delivery
from crm.desk import Refusal, contact_changed
from crm.suppressions import BOUNCED
from hub import outbox
from hub.channels import Channel
from hub.clock import now
from hub.languages import Listener, speaking_to
from hub.outbox import Outgoing
from hub.said import nsaid, said
from hub.troubles import OURS

ROOM, FEW = 30, 15
"""Messages of a campaign in the outbox at once, and how many are left there when more come."""
AGAIN = timedelta(minutes=1)  # at the latest; it goes on as soon as there is room
BLOCKED, TURNED_DOWN = "blocked", "refused"
"""Codes of refused copies: by whom they were for, and by the messenger."""
MOST_TURNED_DOWN, SHARE = 10, 0.2  # refusals that are no customer's doing, after which it stops by itself


def room(session: Session, campaign: Campaign) -> int:
    """Tell how many more may be put into the outbox; none until it is worth it."""
    going = _going(session, campaign)
    return ROOM - going if going <= FEW else 0


def look_again(campaign: Campaign, moment: datetime) -> None:
    """Have it go on when there is room, or be looked at later."""
    campaign.next_at = moment + AGAIN


def post(session: Session, campaign: Campaign, ids: Sequence[int], moment: datetime, url: str) -> None:
    """Have copies leave; `url` is under which address the hub is reached, "" where nobody said that.

    LookupError and ValueError say that what it is to say is not there, or cannot be said.
    """
    content = campaign_contents.newest(session, campaign.id)
    if content is None or content.message is None:
        raise LookupError(said("The campaign says nothing yet."))
    message = campaign_messages.message_of(content)
    if wrong := campaign_messages.wrong(session, campaign, message):
        raise LookupError(wrong[0])
    rows = session.scalars(select(Delivery).where(Delivery.id.in_(ids)).order_by(Delivery.id)).all()
    with speaking_to(Listener(campaign_contents.language_of(session, campaign))):
        known = campaign_values.values_of(session, {each.contact_id for each in rows if each.contact_id})
        common = campaign_values.common(session, campaign)
        for row in rows:
            values = common | known.get(row.contact_id or 0, {})
            if url:
                values |= campaign_values.addresses(campaign, row.id, url)
            own = campaign_messages.filled(message, values)
            row.content_id, row.code, row.why = content.id, "", ""
            _put(session, campaign, row, own, moment)
    session.flush()
    campaign_settling.rest(session, campaign, moment)


def settle(session: Session, row: Outgoing) -> None:
    """Take note of what became of a command that sends a copy."""
    if not str(row.command.get("message_id", "")).startswith(MARK) or row.rest_of_id is not None:
        return
    delivery = session.scalar(select(Delivery).where(Delivery.outgoing_id == row.id).with_for_update())
    if delivery is None:
        return  # somebody decided meanwhile to send it once more
    campaign = session.get_one(Campaign, delivery.campaign_id, with_for_update=True, populate_existing=True)
    chat = _chat(session, campaign, delivery)
    delivery.due_at = None
    if row.done_at is not None:
        delivery.state, delivery.sent_at, delivery.dotted = SENT, row.begun_at or row.done_at, True
        if chat is not None:
            chat_writing.stand(session, chat, row, said("The campaign “%(name)s”.", name=campaign.name))
    elif row.unknown_at is not None:
        delivery.state, delivery.dotted = UNKNOWN, True
    else:
        _refused(session, campaign, delivery, chat, row)
    session.flush()
    _go_on(session, campaign, row)


def _put(session: Session, campaign: Campaign, row: Delivery, own: Message, moment: datetime) -> None:
    """Put a copy into the outbox, or say why it cannot leave."""
    chat = _chat(session, campaign, row)
    if chat is None or chat.blocked_at is not None:
        row.state, row.due_at, row.why = LEFT_OUT, None, said("He does not let us write there any more.")
        return
    try:
        command = campaign_messages.command(session, campaign, own, chat.key)
    except Refusal as error:
        row.state, row.due_at, row.bounced_at, row.why = REFUSED, None, moment, error.args[0]
        return
    channel = session.get_one(Channel, chat.channel_id)
    rules = chats.rules_of(channel.kind)
    out = outbox.put(
        session, chat.channel_id, command, lifetime=chat_writing.LIFETIME, stream=chat.key,
        at_most_once=rules is None or not rules.repeats,
    )  # fmt: skip
    row.state, row.outgoing_id, row.tries = CLAIMED, out.id, row.tries + 1


def _refused(
    session: Session, campaign: Campaign, delivery: Delivery, chat: Chat | None, row: Outgoing
) -> None:
    if row.expired_at is not None and _is_called_back(session, campaign, delivery):
        return
    if row.cause == OURS:  # it surely did not leave, and no recipient is to blame
        delivery.state, delivery.outgoing_id, delivery.due_at = WAITING, None, now()
        delivery.tries -= 1
        campaign_causes.follow(session, delivery, row.cause, row.error or "")
        return
    ended = row.failed_at or row.expired_at or row.made_at
    delivery.state, delivery.bounced_at, delivery.why = REFUSED, ended, chat_fates.trouble(row)
    delivery.code = BLOCKED if row.blocked else row.cause or TURNED_DOWN
    campaign_causes.follow(session, delivery, row.cause, row.error or "")
    if not row.blocked:
        return
    suppressions.suppress(
        session, campaign.handle, delivery.address, BOUNCED, words=delivery.why, campaign_id=campaign.id
    )
    if chat is not None:
        chat.blocked_at = chat.blocked_at or ended
        contact_changed(session, session.get_one(Contact, chat.contact_id))


def _is_called_back(session: Session, campaign: Campaign, delivery: Delivery) -> bool:
    """Tell of a copy that did not leave whether it was called back meanwhile, and have it wait or be left out."""
    opposed = suppressions.suppressed(session, campaign.handle, [delivery.address], campaign.list_id)
    if campaign.state == CANCELLED or opposed:
        delivery.state, delivery.outgoing_id = LEFT_OUT, None
    elif campaign.state == PAUSED:
        delivery.state, delivery.outgoing_id, delivery.due_at = WAITING, None, now()
    return delivery.state != CLAIMED


def _go_on(session: Session, campaign: Campaign, row: Outgoing) -> None:
    """Have more copies leave where there is room, and stop by itself where the messenger turns it down."""
    going = _going(session, campaign)
    if campaign.state == RUNNING and (why := _reason_to_stop(session, campaign, row)):
        campaign_stops.stop(session, campaign, why)
    elif campaign.state == RUNNING and going <= FEW:
        campaign.paused_why = ""
        campaign_settling.rest(session, campaign, now())
    changed(session, campaign)


def _reason_to_stop(session: Session, campaign: Campaign, row: Outgoing) -> str:
    """Say what a messenger turns down again and again; that customers block us is no such reason."""
    if row.failed_at is None or row.blocked:
        return ""
    of_it = Delivery.campaign_id == campaign.id
    count = select(func.count()).select_from(Delivery)
    turned = session.scalar(count.where(of_it, Delivery.state == REFUSED, Delivery.code == TURNED_DOWN)) or 0
    ended = session.scalar(count.where(of_it, Delivery.state.in_((SENT, REFUSED)))) or 0
    if turned < MOST_TURNED_DOWN or turned < SHARE * ended or turned % MOST_TURNED_DOWN:
        return ""
    return nsaid(
        "The messenger refused %(num)s of %(of)s messages: %(why)s",
        "The messenger refused %(num)s of %(of)s messages: %(why)s",
        turned, of=ended, why=row.error or "",
    )  # fmt: skip


def _going(session: Session, campaign: Campaign) -> int:
    going = (Delivery.campaign_id == campaign.id, Delivery.state == CLAIMED)
    return session.scalar(select(func.count()).select_from(Delivery).where(*going)) or 0


def _chat(session: Session, campaign: Campaign, delivery: Delivery) -> Chat | None:
    """Give the chat of a copy: his own, in which nobody else reads it."""
    own = (
        Chat.channel_id == campaign.channel_id,
        Chat.key == delivery.address,
        Chat.handle == delivery.address,
    )
    return session.scalar(select(Chat).where(*own))
