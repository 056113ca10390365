"""How far a campaign is: what became of its copies, how fast it goes, and when it will have ended."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import copy_counts
from crm.campaigns import RUNNING, Campaign
from crm.deliveries import LEFT_OUT, REFUSED, SENT, UNKNOWN, WAITING, Delivery

LATELY = timedelta(minutes=1)
MOST = 1000  # copies that are looked at for the speed


class Progress(NamedTuple):
    """Copies by what became of them; `left` have still to leave. `speed` is in copies a minute.

    `ends_at` is when the last one will have left at this speed; None where that cannot be said, as while it `grows`:
    the first ones leave while others are being made.
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
    speed = _speed(session, campaign, moment) if campaign.state == RUNNING else 0.0
    grows = campaign.filled_to is not None
    ends_at = moment + timedelta(minutes=left / speed) if left and speed and not grows else None
    return Progress(
        by_state[SENT], left, by_state[REFUSED], by_state[UNKNOWN], by_state[LEFT_OUT], speed, ends_at, grows
    )


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
