"""What a campaign stops for by itself, in words: that we are refused, complaints, and letters that come back.

Where it is done when it comes to be known that we are refused, people are told all the same: the next one will be too.

Mailbox providers turn a sender away at three complaints of a thousand letters. What comes back for good and often
says that a list is old or bought; both are found out early, while little harm is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, case, func, or_, select
from sqlalchemy.orm import Session

from crm import campaign_alarms, campaign_stops, copy_counts
from crm.campaign_alarms import REFUSED as TOLD
from crm.campaigns import DONE, RUNNING, Campaign
from crm.copy_counts import CopyCount
from crm.deliveries import REFUSED, SENT, WAITING, Delivery
from crm.delivery_reports import OURS, classify
from hub.bulk_mail import Fate
from hub.said import Said, nsaid, said
from hub.unindexed import Unindexed

WATCHED = (
    "watched_from"  # in `Campaign.pace`: what was before does not stop it again, since a person let it go on
)
LAST = 1000  # copies that are looked at
MOST_OURS = 3  # refusals for what we are, and
OURS_SHARE = 0.1  # this share of those that were answered together
COMPLAINTS, COMPLAINT_SHARE = 3, 0.003
RETURNED, RETURNED_SHARE = 20, 0.05
_FOR_US = Delivery.ours_at.is_not(None)
"""What was refused, or came back, for what we are; see crm/delivery_reports.py."""
_STATE = Unindexed(Delivery.state)  # few are found by that, and not among all that wait
_AMISS = or_(CopyCount.bounced, CopyCount.complained, CopyCount.state == REFUSED)
"""All that could be a reason; a campaign without it need not be looked through after each lot."""


def is_ours(fate: Fate) -> bool:
    """Tell whether a refusal is meant for us and not for the recipient."""
    return fate.end == "refused" and classify(fate.code, fate.enhanced, fate.words) == OURS


def refused_for_what_we_are(fates: Sequence[Fate], decided: Collection[int] = ()) -> str | None:
    """Say that we are, where it is no exception among these; of what a person let go on, many have to be."""
    ours = [each for each in fates if is_ours(each)]
    new = sum(each.copy not in decided for each in ours)
    if (new < MOST_OURS and len(ours) < RETURNED) or len(ours) < OURS_SHARE * len(fates):
        return None
    words, _number = Counter(f"{each.code} {each.enhanced} {each.words}" for each in ours).most_common(1)[0]
    return _refused(words)


def held(campaign_id: int) -> tuple[ColumnElement[bool], ...]:
    """Name the copies that wait though they were refused for what we are."""
    return (Delivery.campaign_id == campaign_id, _FOR_US, _STATE == WAITING)


def left_for_us(session: Session, campaign: Campaign) -> Said | None:
    """Say how many wait for a person when all others have left."""
    number = session.scalar(select(func.count()).select_from(Delivery).where(*held(campaign.id)))
    if not number:
        return None
    return nsaid("All others have left; %(num)s letter waits, since it was refused for what we are: %(why)s",
                 "All others have left; %(num)s letters wait, since they were refused for what we are: %(why)s",
                 number, why=_ours(session, campaign))  # fmt: skip


def reason_to_stop(session: Session, campaign: Campaign) -> str | None:
    """Say why a campaign has to stop, by what became of its last copies."""
    if not _is_amiss(session, campaign):
        return None
    last = _last(session, campaign)
    if why := _for_what_we_are(session, campaign, last):
        return why
    if last.complained >= max(COMPLAINTS, COMPLAINT_SHARE * last.sent):
        return nsaid("%(num)s of the last %(of)s recipients complained.",
                     "%(num)s of the last %(of)s recipients complained.", last.complained, of=last.sent)  # fmt: skip
    returned, of = last.bounced + last.refused, last.sent + last.refused
    if returned >= max(RETURNED, RETURNED_SHARE * of):
        return nsaid("%(num)s of the last %(of)s letters came back or were refused.",
                     "%(num)s of the last %(of)s letters came back or were refused.", returned, of=of)  # fmt: skip
    return None


def look(session: Session, campaign: Campaign) -> None:
    """Have a campaign stand that has to, by what came back meanwhile as well; of one that is done, people are told."""
    if campaign.state == RUNNING and (why := reason_to_stop(session, campaign)):
        campaign_stops.stop(session, campaign, why)
    elif campaign.state == DONE and not campaign_alarms.was_told(session, campaign, TOLD):
        last = _last(session, campaign) if _is_amiss(session, campaign) else None
        if last is not None and (why := _for_what_we_are(session, campaign, last)):
            campaign_stops.tell_after_its_end(session, campaign, why)


class Last(NamedTuple):
    """What became of the last copies that left, and how many beside them were refused.

    `bounced` and `refused` for whom they were to. For what we are, `ours` came back or were refused, by receiving
    domain, and of those domains so many others were `taken`.
    """

    sent: int
    bounced: int
    complained: int
    refused: int
    ours: Mapping[str, int]
    taken: Mapping[str, int]


def _for_what_we_are(session: Session, campaign: Campaign, last: Last) -> Said | None:
    """Say that we are refused for what we are, by many or by a domain."""
    if sum(last.ours.values()) >= max(MOST_OURS, OURS_SHARE * last.sent):
        return _refused(_ours(session, campaign))
    for domain, several in last.ours.items():
        if several >= MOST_OURS and several > last.taken.get(domain, 0):
            return said("%(domain)s refuses us for what we are, not for whom it is to: %(why)s", domain=domain,
                        why=_ours(session, campaign, domain))  # fmt: skip
    return None


def _is_amiss(session: Session, campaign: Campaign) -> bool:
    amiss = copy_counts.number(session, campaign.id, _AMISS) >= min(MOST_OURS, COMPLAINTS, RETURNED)
    for_us = select(Delivery.id).where(Delivery.campaign_id == campaign.id, _FOR_US).limit(1)
    return amiss or session.scalar(for_us) is not None


def _last(session: Session, campaign: Campaign) -> Last:
    of_it, since = Delivery.campaign_id == campaign.id, campaign.pace.get(WATCHED)
    seen = datetime.fromisoformat(since) if isinstance(since, str) else None
    theirs = case((Delivery.ours_at.is_(None), Delivery.bounced_at))
    sent = (
        select(Delivery.id, Delivery.domain, Delivery.ours_at, Delivery.complained_at, theirs.label("bounced_at"))
        .where(of_it, Delivery.state == SENT, *([Delivery.sent_at >= seen] if seen else []))
        .order_by(Delivery.id.desc()).limit(LAST).subquery()
    )  # fmt: skip
    counts = select(
        func.count(), func.count(sent.c.bounced_at), func.count(sent.c.complained_at), func.min(sent.c.id)
    ).select_from(sent)
    number, bounced, complained, first = session.execute(counts).one()
    beside = [Delivery.id >= first] if number == LAST else []
    refused = (
        select(func.count())
        .select_from(Delivery)
        .where(of_it, Delivery.state == REFUSED, Delivery.ours_at.is_(None), *beside,
               *([Delivery.bounced_at >= seen] if seen else []))
    )  # fmt: skip
    new = (
        [Delivery.ours_at >= seen, or_(Delivery.sent_at.is_(None), Delivery.sent_at >= seen)] if seen else []
    )
    ours = _by_domain(session, select(Delivery.domain, func.count()).where(of_it, _FOR_US, *beside, *new)
                      .group_by(Delivery.domain))  # fmt: skip
    return Last(number, bounced, complained, session.scalar(refused) or 0, ours, _taken(session, sent, ours))


def _taken(session: Session, sent: Subquery, ours: Mapping[str, int]) -> Mapping[str, int]:
    domains = [domain for domain, several in ours.items() if several >= MOST_OURS]
    if not domains:
        return {}
    wanted = select(sent.c.domain, func.count()).where(sent.c.domain.in_(domains), sent.c.ours_at.is_(None))
    return _by_domain(session, wanted.group_by(sent.c.domain))


def _by_domain(session: Session, wanted: Select[str, int]) -> Mapping[str, int]:
    return dict(iter(session.execute(wanted)))


def _ours(session: Session, campaign: Campaign, domain: str | None = None) -> str:
    """Give what was said of the last copy that was refused for what we are, in all or by a domain."""
    last = select(Delivery.code, Delivery.why).where(Delivery.campaign_id == campaign.id, _FOR_US)
    if domain is not None:
        last = last.where(Delivery.domain == domain)
    row = session.execute(last.order_by(Delivery.ours_at.desc(), Delivery.id.desc()).limit(1)).first()
    return f"{row.code} {row.why}" if row is not None else ""


def _refused(why: str) -> Said:
    return said("Mail servers refuse us for what we are, not for whom it is to: %(why)s", why=why[:300])
