"""Leaving: what somebody may do who holds a copy of a campaign, by its link, its button or a letter to us.

Whoever holds the copy decides for its address, also where it was passed on to him: he can stop letters, and take what
he stopped back. The same again changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_news, consents, copy_events, suppressions
from crm.campaigns import Campaign
from crm.consents import ASKED, GIVEN, Origin
from crm.contacts import MAIL
from crm.deliveries import Delivery
from crm.mailing_lists import MailingList
from crm.suppressions import UNSUBSCRIBED
from hub.clock import now

PATH = "/unsubscribe"
SUBJECT = "unsubscribe"


class Choice(msgspec.Struct, frozen=True):
    """A list as its page shows it; `taken` says that letters of it come."""

    list: MailingList
    taken: bool


def unsubscribe_url(base: str, token: str) -> str:
    """Give the address of the page, and of the one click, for a copy's token to leave."""
    return f"{base.rstrip('/')}{PATH}/{token}"


def unsubscribe_mailto(address: str, token: str) -> str:
    """Give the address to which a letter says the same; `address` is the mailbox that campaigns are written from."""
    name, _at, domain = address.rpartition("@")
    return f"mailto:{name}+{token}@{domain}?subject={SUBJECT}"


def list_of(session: Session, delivery: Delivery) -> MailingList | None:
    """Give the list that a copy is of."""
    campaign = session.get_one(Campaign, delivery.campaign_id)
    return session.get(MailingList, campaign.list_id) if campaign.list_id is not None else None


def leave(session: Session, delivery: Delivery, origin: Origin) -> None:
    """Have no more of its list come; where it is of none, nothing at all."""
    of = list_of(session, delivery)
    if of is None:
        leave_all(session, delivery, origin)
        return
    kind = session.get_one(Campaign, delivery.campaign_id).handle
    consents.withdraw(session, of.id, kind, delivery.address, _by(delivery, origin))
    _left(session, delivery)


def leave_all(session: Session, delivery: Delivery, origin: Origin) -> None:
    """Have nothing at all come any more."""
    by = _by(delivery, origin)
    for list_id, line in consents.newest(session, MAIL, delivery.address).items():
        if line.state in {GIVEN, ASKED}:
            consents.withdraw(session, list_id, MAIL, delivery.address, by)
    suppressions.suppress(
        session, MAIL, delivery.address, UNSUBSCRIBED, words=by.words, campaign_id=delivery.campaign_id
    )
    _left(session, delivery)


def choices(session: Session, delivery: Delivery) -> Sequence[Choice]:
    """Give what can be chosen: its own list, those that it gets or got, and those that are open to everybody."""
    known, own = consents.newest(session, MAIL, delivery.address), list_of(session, delivery)
    wanted = select(MailingList).where(MailingList.retired_at.is_(None)).order_by(MailingList.name)
    shown = [each for each in session.scalars(wanted) if each.public or each.id in known or each == own]
    return [Choice(each, _is_taken(session, each, known, delivery, own)) for each in shown]


def choose(
    session: Session, delivery: Delivery, wanted: Collection[int], origin: Origin
) -> Sequence[MailingList]:
    """Have letters come of these lists alone, and give those to which he has still to be asked by a letter."""
    asked = []
    for choice in choices(session, delivery):
        if choice.taken and choice.list.id not in wanted:
            by = msgspec.structs.replace(
                _by(delivery, origin), words=f"☐ {choice.list.name} · {origin.words}"
            )
            consents.withdraw(session, choice.list.id, MAIL, delivery.address, by)
            _left(session, delivery)
        elif not choice.taken and choice.list.id in wanted:
            if _proved(session, choice.list, delivery):
                by = msgspec.structs.replace(_by(delivery, origin), words=choice.list.words)
                consents.give(session, choice.list.id, MAIL, delivery.address, by)
            else:
                asked.append(choice.list)
    return asked


def _is_taken(
    session: Session, each: MailingList, known: dict[int, consents.Consent], delivery: Delivery,
    own: MailingList | None,
) -> bool:  # fmt: skip
    line = known.get(each.id)
    comes = line.state == GIVEN if line is not None else each == own
    return comes and not suppressions.suppressed(session, MAIL, [delivery.address], each.id)


def _proved(session: Session, each: MailingList, delivery: Delivery) -> bool:
    """Tell whether he agreed to this list before, or need not prove that the address is his."""
    before = select(consents.Consent.id).where(
        consents.Consent.kind == MAIL, consents.Consent.value == delivery.address,
        consents.Consent.list_id == each.id, consents.Consent.state == GIVEN, consents.counts(consents.Consent),
    )  # fmt: skip
    return not each.confirms or session.scalar(before.limit(1)) is not None


def _left(session: Session, delivery: Delivery) -> None:
    """Say of a copy that it made somebody leave, also to who looks at its campaign."""
    campaign_news.changed(session, session.get_one(Campaign, delivery.campaign_id))
    if delivery.unsubscribed_at is None:
        delivery.unsubscribed_at = now()
        copy_events.happened(session, delivery, copy_events.LEFT)


def _by(delivery: Delivery, origin: Origin) -> Origin:
    return msgspec.structs.replace(origin, contact_id=delivery.contact_id, campaign_id=delivery.campaign_id)
