"""The copies of a campaign as they leave: what it says is cut once, and filled in for each recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_values, delivery_tokens, leaving, letter_boxes
from crm.campaign_contents import Stencils
from crm.campaigns import Campaign, CampaignContent
from crm.deliveries import Delivery
from crm.mailing_lists import MailingList
from hub.bulk_mail import Batch, Copy, Mailing
from hub.languages import Listener, speaking_to
from hub.letters import Address
from hub.said import said

Claimed = Row[int, int | None, str, str, int | None]
"""A copy: its number, whose it is, its address, its variant, and its content where that was settled."""
_RECIPIENTS = select(
    Delivery.id, Delivery.contact_id, Delivery.address, Delivery.variant, Delivery.content_id
)


def batch(session: Session, campaign: Campaign, ids: Sequence[int], moment: datetime, url: str) -> Batch:
    """Write copies of a campaign; `url` is under which address the hub is reached.

    LookupError and ValueError say that what it is to say is not there, or cannot be said.
    """
    rows = session.execute(_RECIPIENTS.where(Delivery.id.in_(ids)).order_by(Delivery.id)).all()
    with speaking_to(Listener(campaign_contents.language_of(session, campaign))):
        contents = _contents(session, campaign, rows)
        own = _own(session, campaign)
        common = campaign_values.common(session, campaign)
        known = campaign_values.values_of(session, {contact for _id, contact, *_ in rows if contact})
        copies = [
            _copy(campaign, row, contents[row.variant, row.content_id],
                  common | known.get(row.contact_id or 0, {}), moment, url, own)
            for row in rows
        ]  # fmt: skip
        of = session.get(MailingList, campaign.list_id) if campaign.list_id else None
        mailings = {content.id: _mailing(campaign, cut, of, own) for content, cut in contents.values()}
        return Batch(campaign.channel_id or 0, mailings, copies)


Cut = tuple[CampaignContent, Stencils]


def _contents(
    session: Session, campaign: Campaign, rows: Sequence[Claimed]
) -> Mapping[tuple[str, int | None], Cut]:
    found = {}
    for variant, content_id in {(row.variant, row.content_id) for row in rows}:
        content = (
            session.get(CampaignContent, content_id) if content_id
            else campaign_contents.newest(session, campaign.id, variant)
        )  # fmt: skip
        if content is None:
            raise LookupError(said("The campaign says nothing yet."))
        found[variant, content_id] = content, campaign_contents.stencils(content)
    return found


def _copy(
    campaign: Campaign, row: Claimed, of: Cut, known: Mapping[str, str], moment: datetime, url: str, own: str
) -> Copy:
    content, cut = of
    values = {**known, "email": row.address, **campaign_values.addresses(campaign, row.id, url)}
    leave = delivery_tokens.token(campaign, row.id, "leave")
    ways = (leaving.unsubscribe_url(url, leave), leaving.unsubscribe_mailto(own, leave))
    return Copy(
        id=row.id, mailing=content.id, to=Address(values.get("name", ""), row.address),
        token=delivery_tokens.token(campaign, row.id, "envelope"), written_at=moment, leave=ways,
        subject=cut.subject.between(values), text=cut.text.between(values), html=cut.html.between(values),
    )  # fmt: skip


def _mailing(campaign: Campaign, cut: Stencils, of: MailingList | None, own: str) -> Mailing:
    domain = own.rpartition("@")[2]
    return Mailing(
        sender=Address(campaign.sender_name, ""), subject=cut.subject.pieces(), text=cut.text.pieces(),
        html=cut.html.pieces(), list_id=f"list-{of.id}.{domain}" if of else "", list_name=of.name if of else "",
        feedback_id=f"{campaign.id}:{of.id if of else 0}:campaign:ringback",
    )  # fmt: skip


def _own(session: Session, campaign: Campaign) -> str:
    """Give the address that a campaign is from."""
    box = letter_boxes.box(session, campaign.channel_id or 0)
    return box.address if box is not None else ""
