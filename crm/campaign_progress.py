"""How far a campaign is: what became of its copies, how fast it goes, and when it will have ended."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import copy_counts, paces
from crm.campaigns import MAIL, RUNNING, Campaign
from crm.deliveries import LEFT_OUT, REFUSED, SENT, UNKNOWN, WAITING, Delivery
from crm.paces import ALL, Pace

MINUTE = LATELY = timedelta(minutes=1)
MOST = 1000  # copies that are looked at for the speed


class Progress(NamedTuple):
    """Copies by what became of them; `left` have still to leave. `speed` is in copies a minute.

    `ends_at` is when the last one will have left at this speed; None where that cannot be said: while it `grows`, the
    first ones leaving while others are being made, and while some wait for a person, or longer than that.
    """

    sent: int
    left: int
    refused: int
    unknown: int
    left_out: int
    speed: float
    ends_at: datetime | None
    grows: bool

    @property
    def total(self) -> int:
        """Give how many copies there are."""
        return self.sent + self.left + self.refused + self.unknown + self.left_out


def progress(session: Session, campaign: Campaign, moment: datetime) -> Progress:
    """Say how far it is."""
    by_state = defaultdict(int, copy_counts.by_state(session, [campaign.id]).get(campaign.id, {}))
    left = by_state[WAITING]
    speed = 0.0
    if campaign.state == RUNNING:
        speed = min(_speed(session, campaign, moment), _most(session, campaign, moment))
    grows = campaign.filled_to is not None
    ends_at = moment + timedelta(minutes=left / speed) if left and speed and not grows else None
    if ends_at is not None and _waits_longer(session, campaign, ends_at):
        ends_at = None
    return Progress(
        by_state[SENT], left, by_state[REFUSED], by_state[UNKNOWN], by_state[LEFT_OUT], speed, ends_at, grows
    )


def _waits_longer(session: Session, campaign: Campaign, until: datetime) -> bool:
    """Tell whether a copy has no time at all, or a later one."""
    waiting = (
        select(Delivery.id).where(Delivery.campaign_id == campaign.id, Delivery.state == WAITING).limit(1)
    )
    longer = (Delivery.due_at.is_(None), Delivery.due_at > until)
    return any(session.scalar(waiting.where(each)) is not None for each in longer)


def _speed(session: Session, campaign: Campaign, moment: datetime) -> float:
    """Give how many left in the last minute, or as many a minute since it began; of many, by when the last few did."""
    last = (
        select(Delivery.sent_at).where(Delivery.campaign_id == campaign.id, Delivery.state == SENT)
        .order_by(Delivery.id.desc()).limit(MOST).subquery()
    )  # fmt: skip
    lately = select(func.count(), func.min(last.c.sent_at)).where(last.c.sent_at > moment - LATELY)
    number, first = session.execute(lately).one()
    since = first if number == MOST else max(campaign.started_at or moment, moment - LATELY)
    return float(number * LATELY / max(moment - since, timedelta(seconds=1)))


def _most(session: Session, campaign: Campaign, moment: datetime) -> float:
    """Give how many may leave a minute at the pace that holds now, by the slowest domain's share of what is left."""
    channel_id = campaign.channel_id or 0
    own = paces.known(session, channel_id)
    limits = [_a_minute(own, moment)] if own is not None else []
    domains = _left(session, campaign) if campaign.handle == MAIL else Counter[str]()
    slower = select(Pace).where(Pace.channel_id == channel_id, Pace.domain.in_(domains))
    limits += [
        _a_minute(each, moment) * domains.total() / domains[each.domain] for each in session.scalars(slower)
    ]
    return min(limits, default=math.inf)


def _a_minute(pace: Pace, moment: datetime) -> float:
    interval = pace.interval(moment)
    return MINUTE / interval if interval else math.inf


def _left(session: Session, campaign: Campaign) -> Counter[str]:
    """Count the last of those that have still to leave by their domains, where one of these may be slower."""
    slower = select(Pace.id).where(Pace.channel_id == campaign.channel_id, Pace.domain != ALL).limit(1)
    if session.scalar(slower) is None:
        return Counter()
    last = select(Delivery.domain).where(Delivery.campaign_id == campaign.id, Delivery.state == WAITING)
    return Counter(session.scalars(last.order_by(Delivery.id.desc()).limit(MOST)))
