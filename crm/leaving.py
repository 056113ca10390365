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
from crm.holders import Holder
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


def leave(session: Session, holder: Holder, origin: Origin) -> None:
    """Have no more of its list come; where it is of none, nothing at all."""
    if holder.own is None:
        leave_all(session, holder, origin)
        return
    consents.withdraw(session, holder.own.id, holder.kind, holder.address, _by(holder, origin))
    _left(session, holder)


def leave_all(session: Session, holder: Holder, origin: Origin) -> None:
    """Have nothing at all come any more."""
    by = _by(holder, origin)
    for list_id, line in consents.newest(session, holder.kind, holder.address).items():
        if line.state in {GIVEN, ASKED}:
            consents.withdraw(session, list_id, holder.kind, holder.address, by)
    suppressions.suppress(
        session, holder.kind, holder.address, UNSUBSCRIBED, words=by.words, campaign_id=by.campaign_id
    )
    _left(session, holder)


def choices(session: Session, holder: Holder) -> Sequence[Choice]:
    """Give what can be chosen: its own list, those that it gets or got, and those that are open to everybody.

    By a messenger those are open that are offered there.
    """
    known = consents.newest(session, holder.kind, holder.address)
    wanted = select(MailingList).where(MailingList.retired_at.is_(None)).order_by(MailingList.name)
    shown = [
        each
        for each in session.scalars(wanted)
        if _is_open(each, holder) or each.id in known or each == holder.own
    ]
    return [Choice(each, _is_taken(session, each, known, holder)) for each in shown]


def choose(
    session: Session, holder: Holder, wanted: Collection[int], origin: Origin
) -> Sequence[MailingList]:
    """Have letters come of these lists alone, and give those to which he has still to be asked, where he reads it."""
    asked = []
    for choice in choices(session, holder):
        if choice.taken and choice.list.id not in wanted:
            by = msgspec.structs.replace(_by(holder, origin), words=f"☐ {choice.list.name} · {origin.words}")
            consents.withdraw(session, choice.list.id, holder.kind, holder.address, by)
            _left(session, holder)
        elif not choice.taken and choice.list.id in wanted:
            if _proved(session, choice.list, holder):
                by = msgspec.structs.replace(_by(holder, origin), words=choice.list.words)
                consents.give(session, choice.list.id, holder.kind, holder.address, by)
            else:
                asked.append(choice.list)
    return asked


def _is_open(each: MailingList, holder: Holder) -> bool:
    return each.public if holder.kind == MAIL else bool(each.word)


def _is_taken(
    session: Session, each: MailingList, known: dict[int, consents.Consent], holder: Holder
) -> bool:
    line = known.get(each.id)
    comes = line.state == GIVEN if line is not None else each == holder.own
    return comes and not suppressions.suppressed(session, holder.kind, [holder.address], each.id)


def _proved(session: Session, each: MailingList, holder: Holder) -> bool:
    """Tell whether he agreed to this list before, or need not prove that the address is his."""
    before = select(consents.Consent.id).where(
        consents.Consent.kind == holder.kind, consents.Consent.value == holder.address,
        consents.Consent.list_id == each.id, consents.Consent.state == GIVEN, consents.counts(consents.Consent),
    )  # fmt: skip
    return not each.confirms or session.scalar(before.limit(1)) is not None


def _left(session: Session, holder: Holder) -> None:
    """Say of a copy that it made somebody leave, also to who looks at its campaign."""
    if holder.copy is None:
        return
    campaign_news.changed(session, session.get_one(Campaign, holder.copy.campaign_id))
    if holder.copy.unsubscribed_at is None:
        holder.copy.unsubscribed_at = now()
        copy_events.happened(session, holder.copy, copy_events.LEFT)


def _by(holder: Holder, origin: Origin) -> Origin:
    campaign_id = holder.copy.campaign_id if holder.copy is not None else origin.campaign_id
    return msgspec.structs.replace(origin, contact_id=holder.contact_id, campaign_id=campaign_id)
