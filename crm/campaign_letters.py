"""Letters that come back to a campaign: reports of mail servers, complaints, and wishes to get no more.

Which copy they are about is proven by the token in the address that they came to, or in the Message-ID of what they
return. Without it nothing is believed but a wish of one who gets letters, where nobody says that he did not send it.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    addresses,
    campaign_news,
    campaign_watch,
    consents,
    delivery_reports,
    delivery_tokens,
    holders,
    leaving,
)
from crm.campaigns import Campaign
from crm.consents import GIVEN, Origin
from crm.contacts import MAIL
from crm.deliveries import Delivery
from hub.languages import N_
from hub.letters import Bounce, LetterReceived
from hub.said import Said, said

MOST = 20  # recipients of one report: a copy has one
COMPLAINT, UNSUBSCRIBE = "complaint", "unsubscribe"
FATES = {"bounce": N_("a copy of a campaign came back"), "delay": N_("a copy of a campaign is delayed"),
         "delivered": N_("a copy of a campaign was delivered")}  # fmt: skip


def hear(session: Session, event: LetterReceived, place: str) -> Said | None:
    """Write down what an automatic letter says of copies, and tell what it was; None where it is about none.

    `place` is the mailbox that it came to.
    """
    if event.kind == UNSUBSCRIBE:
        return _unsubscribed(session, event, place)
    told = None
    for bounce in event.bounces[:MOST]:
        delivery = _of(session, bounce)
        if delivery is None:
            continue
        if event.kind == COMPLAINT:
            delivery_reports.complained(session, delivery, bounce.action)
            told = said("somebody complained of a campaign: nothing is written to him any more")
        elif event.kind in FATES:
            _landed(session, delivery, bounce)
            told = said(FATES[event.kind])
        campaign = session.get_one(Campaign, delivery.campaign_id)
        campaign_watch.look(session, campaign)
        campaign_news.changed(session, campaign)
    return told


def _landed(session: Session, delivery: Delivery, bounce: Bounce) -> None:
    if bounce.action in {"failed", "delayed"}:
        failed = bounce.action == "failed"
        kind, _sep, words = bounce.diagnostic.partition(";")  # RFC 3464, 2.3.6
        words = words if kind.strip().lower() == "smtp" else bounce.diagnostic
        delivery_reports.came_back(session, delivery, 0, bounce.status, words.strip(), failed=failed)


def _of(session: Session, bounce: Bounce) -> Delivery | None:
    name = bounce.original_message_id.partition("@")[0]
    tokens = (text for text in (bounce.detail, name) if text)
    found = (delivery_tokens.proven(session, text, "envelope") for text in tokens)
    return next((each for each in found if each is not None), None)


def _unsubscribed(session: Session, event: LetterReceived, place: str) -> Said | None:
    origin = Origin(source=consents.MAIL, place=place, words=" ".join((event.subject or event.text).split()))
    delivery = delivery_tokens.proven(session, event.token, "leave") if event.token else None
    if delivery is not None:
        leaving.leave(session, holders.of_copy(session, delivery), origin)
        return said("unsubscribed: %(address)s", address=delivery.address)
    address = (
        addresses.read(event.sender.address) if event.sender and event.verdicts.dmarc != "fail" else None
    )
    if address is None or not _leaves(session, address.handle, origin):
        return None
    return said("unsubscribed: %(address)s", address=address.handle)


def _leaves(session: Session, address: str, origin: Origin) -> bool:
    """Have one who wrote by himself leave what he gets: the last campaign's list, or else all that he agreed to."""
    last = select(Delivery).where(Delivery.address == address, Delivery.sent_at.is_not(None))
    delivery = session.scalars(last.order_by(Delivery.id.desc()).limit(1)).first()
    if delivery is not None:
        leaving.leave(session, holders.of_copy(session, delivery), origin)
    held = [
        list_id for list_id, line in consents.newest(session, MAIL, address).items() if line.state == GIVEN
    ]
    for list_id in held:
        consents.withdraw(session, list_id, MAIL, address, origin)
    return delivery is not None or bool(held)
