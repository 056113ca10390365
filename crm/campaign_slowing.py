"""Whom a campaign writes to more slowly, after a lot of which some were put off: a receiving domain, or all.

All letters leave by one mail server, whatever domain they are for. Where many domains at once seem to say "not now", it
is that server which does, and the mailbox writes more slowly to everybody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import paces
from crm.campaigns import Campaign
from crm.deliveries import SENT, Delivery
from crm.paces import ALL, Pace
from hub.bulk_mail import Fate

SHARE = 0.05  # of a domain's letters in a lot: fewer are exceptions
MANY, MOST = 5, 0.5  # domains at once, and this share of those in a lot
LATELY = timedelta(minutes=5)
_OF_ONE = re.compile(r"[245]\.[12]\.\d{1,3}")
"""Of one recipient (RFC 3463, 3.2 and 3.3): his address, or his mailbox, as one that is full."""


def slow_down(session: Session, campaign: Campaign, fates: Sequence[Fate], moment: datetime) -> None:
    """Have what was put off of a lot slow down its domains, or the mailbox as a whole."""
    later = {
        each.copy
        for each in fates
        if each.end == "later" and each.code and not _OF_ONE.fullmatch(each.enhanced)
    }
    if not later or campaign.channel_id is None:
        return
    answered, put_off = _by_domain(session, fates, later)
    slow = sorted(domain for domain, number in put_off.items() if number >= SHARE * answered[domain])
    own = paces.pace(session, campaign.channel_id)
    if _is_our_own(session, campaign, own, slow, len(answered), moment):
        own.slow_down(moment)
        return
    for domain in slow:
        paces.pace(session, campaign.channel_id, domain).slow_down(moment)


def _by_domain(
    session: Session, fates: Sequence[Fate], later: Collection[int]
) -> tuple[Counter[str], Counter[str]]:
    """Count what was answered, and what was put off."""
    wanted = select(Delivery.id, Delivery.domain).where(Delivery.id.in_([each.copy for each in fates]))
    rows = session.execute(wanted).all()
    return Counter(row.domain for row in rows), Counter(row.domain for row in rows if row.id in later)


def _is_our_own(
    session: Session, campaign: Campaign, own: Pace, slow: Sequence[str], of: int, moment: datetime
) -> bool:
    """Tell whether it is our own mail server that puts off; where lots are small, several are looked at together."""
    if len(slow) >= max(MANY, MOST * of):
        return True
    if len(slow) < of or _got_through(session, campaign, moment - LATELY):
        return False
    before = select(func.count()).select_from(Pace).where(
        Pace.channel_id == campaign.channel_id, Pace.domain != ALL, Pace.domain.not_in(slow),
        Pace.halved_at > moment - LATELY,
    )  # fmt: skip
    return own.halved(moment) > 0 or len(slow) + (session.scalar(before) or 0) >= MANY


def _got_through(session: Session, campaign: Campaign, since: datetime) -> bool:
    last = select(Delivery.sent_at).where(Delivery.campaign_id == campaign.id, Delivery.state == SENT)
    sent_at = session.scalar(last.order_by(Delivery.id.desc()).limit(1))
    return sent_at is not None and sent_at > since
