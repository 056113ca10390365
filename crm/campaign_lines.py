"""The lines of the ledger by which a campaign goes somewhere: the newest of an address, one address of each contact.

Whoever agreed with several addresses gets it where he agreed last. An address that is on no card stands for itself.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from crm import consents
from crm.campaigns import MAIL, Campaign
from crm.chats import Chat
from crm.consents import GIVEN, Consent
from crm.contacts import Handle
from crm.deliveries import LEFT_OUT, Delivery
from crm.suppressions import allowed


def goes_elsewhere(campaign: Campaign, *, begun: bool = False) -> ColumnElement[bool]:
    """Tell of a line and its handle whether another one of the contact gets it; of one that has `begun`, or got it."""
    other = aliased(Handle)
    instead = _agreed_later(campaign, other)
    return (
        select(other.id)
        .where(
            other.contact_id == Handle.contact_id, other.kind == campaign.handle, other.id != Handle.id,
            or_(instead, _has_copy(campaign, other)) if begun else instead,
        )
        .correlate(Handle, Consent).exists()
    )  # fmt: skip


def lets_write(campaign: Campaign, line: type[Consent] = Consent) -> list[ColumnElement[bool]]:
    """Say what must hold of a line so that a campaign may go there."""
    return [
        line.list_id == campaign.list_id, line.kind == campaign.handle, line.state == GIVEN, holds(line),
        allowed(campaign.list_id, line.kind, line.value), *reached(campaign, line),
    ]  # fmt: skip


def holds(line: type[Consent] = Consent) -> ColumnElement[bool]:
    """Tell of a line whether it is the newest of its address and list."""
    newer = aliased(Consent)
    same = (newer.list_id == line.list_id, newer.kind == line.kind, newer.value == line.value)
    overtaken = select(newer.id).where(*same, newer.id > line.id, consents.counts(newer))
    return and_(consents.counts(line), ~overtaken.correlate_except(newer).exists())


def reached(campaign: Campaign, line: type[Consent] = Consent) -> list[ColumnElement[bool]]:
    """Say of a line what else must hold: by a messenger he has a chat of his own, and lets us write."""
    if campaign.handle == MAIL:
        return []
    chat = select(Chat.id).where(
        Chat.channel_id == campaign.channel_id, Chat.key == line.value, Chat.handle == line.value,
        Chat.blocked_at.is_(None),
    )  # fmt: skip
    return [chat.correlate_except(Chat).exists()]


def _agreed_later(campaign: Campaign, other: type[Handle]) -> ColumnElement[bool]:
    # Within the look for other handles: side by side a store may look through the whole list for each.
    line = aliased(Consent)
    later = select(line.id).where(
        line.value == other.value, line.id > Consent.id, *lets_write(campaign, line)
    )
    return later.correlate_except(line).exists()


def _has_copy(campaign: Campaign, other: type[Handle]) -> ColumnElement[bool]:
    copy = select(Delivery.id).where(
        Delivery.campaign_id == campaign.id, Delivery.address == other.value, Delivery.state != LEFT_OUT
    )
    return copy.correlate_except(Delivery).exists()
