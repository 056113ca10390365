"""What a campaign stops for by itself, in words: that we are refused, complaints, and letters that come back.

Mailbox providers turn a sender away at three complaints of a thousand letters. What comes back for good and often
says that a list is old or bought; both are found out early, while little harm is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from crm import campaign_stops, copy_counts
from crm.campaigns import RUNNING, Campaign
from crm.copy_counts import CopyCount
from crm.deliveries import REFUSED, SENT, Delivery
from crm.delivery_reports import OURS, classify
from hub.bulk_mail import Fate
from hub.said import nsaid, said

WATCHED = (
    "watched_from"  # in `Campaign.pace`: what was before does not stop it again, since a person let it go on
)
LAST = 1000  # copies that are looked at
MOST_OURS = 3  # refusals for what we are, and
OURS_SHARE = 0.1  # this share of those that were answered together
COMPLAINTS, COMPLAINT_SHARE = 3, 0.003
RETURNED, RETURNED_SHARE = 20, 0.05
_FOR_US = Delivery.bounced_at.is_not(None) & (
    Delivery.code.startswith("5.7.") | Delivery.code.in_(("5.1.7", "5.1.8"))
)
"""What came back for what we are, as mail servers report it; see crm/delivery_reports.py."""
_AMISS = or_(CopyCount.bounced, CopyCount.complained, CopyCount.state == REFUSED)
"""All that could be a reason; a campaign without it need not be looked through after each lot."""


def is_ours(fate: Fate) -> bool:
    """Tell whether a refusal is meant for us and not for the recipient."""
    return fate.end == "refused" and classify(fate.code, fate.enhanced, fate.words) == OURS


def refused_for_what_we_are(fates: Sequence[Fate]) -> str | None:
    """Say that we are, where it is no exception among these."""
    ours = [each for each in fates if is_ours(each)]
    if len(ours) < MOST_OURS or len(ours) < OURS_SHARE * len(fates):
        return None
    words, _number = Counter(f"{each.code} {each.enhanced} {each.words}" for each in ours).most_common(1)[0]
    return said("Mail servers refuse us for what we are, not for whom it is to: %(why)s", why=words[:300])


def reason_to_stop(session: Session, campaign: Campaign) -> str | None:
    """Say why a campaign has to stop, by what became of its last copies."""
    if copy_counts.number(session, campaign.id, _AMISS) < min(MOST_OURS, COMPLAINTS, RETURNED):
        return None
    last = _last(session, campaign)
    if last.ours >= max(MOST_OURS, OURS_SHARE * last.sent):
        return said("Mail servers refuse us for what we are, not for whom it is to: %(why)s",
                    why=_ours(session, campaign))  # fmt: skip
    if last.complained >= max(COMPLAINTS, COMPLAINT_SHARE * last.sent):
        return nsaid("%(num)s of the last %(of)s recipients complained.",
                     "%(num)s of the last %(of)s recipients complained.", last.complained, of=last.sent)  # fmt: skip
    returned, of = last.bounced + last.refused, last.sent + last.refused
    if returned >= max(RETURNED, RETURNED_SHARE * of):
        return nsaid("%(num)s of the last %(of)s letters came back or were refused.",
                     "%(num)s of the last %(of)s letters came back or were refused.", returned, of=of)  # fmt: skip
    return None


def look(session: Session, campaign: Campaign) -> None:
    """Have a campaign stand that has to, by what came back while nothing was sent as well."""
    why = reason_to_stop(session, campaign) if campaign.state == RUNNING else None
    if why is not None:
        campaign_stops.stop(session, campaign, why)


class Last(NamedTuple):
    """What became of the last copies that left, and how many beside them were refused.

    `ours` of those that came back did for what we are.
    """

    sent: int
    bounced: int
    ours: int
    complained: int
    refused: int


def _last(session: Session, campaign: Campaign) -> Last:
    of_it, since = Delivery.campaign_id == campaign.id, campaign.pace.get(WATCHED)
    seen = datetime.fromisoformat(since) if isinstance(since, str) else None
    sent = (
        select(Delivery.id, Delivery.bounced_at, Delivery.complained_at, case((_FOR_US, 1)).label("ours"))
        .where(of_it, Delivery.state == SENT, *([Delivery.sent_at >= seen] if seen else []))
        .order_by(Delivery.id.desc()).limit(LAST).subquery()
    )  # fmt: skip
    counts = select(
        func.count(),
        func.count(sent.c.bounced_at),
        func.count(sent.c.ours),
        func.count(sent.c.complained_at),
        func.min(sent.c.id),
    ).select_from(sent)
    number, bounced, ours, complained, first = session.execute(counts).one()
    beside = [Delivery.id >= first] if number == LAST else []
    refused = (
        select(func.count())
        .select_from(Delivery)
        .where(of_it, Delivery.state == REFUSED, *beside, *([Delivery.bounced_at >= seen] if seen else []))
    )
    return Last(number, bounced, ours, complained, session.scalar(refused) or 0)


def _ours(session: Session, campaign: Campaign) -> str:
    """Give what was said of the last copy that came back for what we are."""
    last = select(Delivery.code, Delivery.why).where(Delivery.campaign_id == campaign.id, _FOR_US)
    row = session.execute(last.order_by(Delivery.id.desc()).limit(1)).first()
    return f"{row.code} {row.why}"[:300] if row is not None else ""
