"""What became of copies, and what follows for their campaign: it goes on, waits, stands and says why, or is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from crm import (
    campaign_deciding,
    campaign_filling,
    campaign_slowing,
    campaign_stops,
    campaign_watch,
    delivery_reports,
    sequence_sent,
)
from crm.campaign_news import changed
from crm.campaigns import CANCELLED, DONE, RUNNING, SENDING, Campaign
from crm.deliveries import CLAIMED, LEFT_OUT, REFUSED, SENT, UNKNOWN, WAITING, Delivery
from hub import asked
from hub.bulk_mail import Fate, Found, Trouble
from hub.db import announce
from hub.said import said
from hub.statements import Statement
from hub.timers import Due

_COPIES = cast("Table", Delivery.__table__)
_WAIT_AGAIN = Statement(
    update(_COPIES).where(_COPIES.c.lease == bindparam("of"), _COPIES.c.state == CLAIMED)
    .values(state=WAITING, lease=None, leased_until=None, tries=_COPIES.c.tries - 1)
)  # fmt: skip
TIMER = SENDING
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=4)
TRIES = 12  # within about a day and a half
WORDS = 300  # letters of what a mail server says


def settle(
    session: Session, campaign_id: int, lease: str, found: Found, moment: datetime, trouble: Trouble | None = None,
    *, tells: bool = True,
) -> None:  # fmt: skip
    """Write down what a log tells of the copies of a lease, and what follows for the campaign.

    Who looks at it is told if `tells`, or where it does not simply go on.
    """
    session.flush()
    campaign = session.get_one(Campaign, campaign_id)
    ours = [each for each in found.fates if campaign_watch.is_ours(each)]
    decided = _decided(session, ours)
    _sent(session, lease, [each.copy for each in found.fates if each.end == "sent"], moment)
    for fate in found.fates:
        if fate.end == "later":
            _try_later(session, lease, fate, moment)
        elif fate.end == "refused" and not campaign_watch.is_ours(fate):
            _refused(session, lease, fate, moment)
    for fate in ours:
        _for_us(session, campaign, lease, fate, moment, decided=fate.copy in decided)
    campaign_slowing.slow_down(session, campaign, found.fates, moment)
    _left_over(session, lease, found)
    sequence_sent.settled(session, campaign, {each.copy for each in found.fates} | found.dotted)
    if campaign.state == CANCELLED:
        leave_out(session, campaign)
    stop = campaign_watch.refused_for_what_we_are(found.fates, decided)
    stop = stop or campaign_watch.reason_to_stop(session, campaign)
    _go_on(session, campaign, moment, trouble, stop)
    if tells or campaign.state != RUNNING or trouble is not None:
        changed(session, campaign)


def recover(session: Session, lease: str, found: Found, moment: datetime) -> None:
    """Settle what a log tells that was left behind when the hub was killed."""
    ids = select(Delivery.campaign_id).where(Delivery.lease == lease).distinct()
    for campaign_id in session.scalars(ids).all():
        settle(session, campaign_id, lease, found, moment)


def give_up(session: Session, moment: datetime, leases: Collection[str] | None = None) -> None:
    """Count as unknown what was claimed and of which no log tells: its lease ran out, or it is none of these."""
    # What a messenger takes has no lease: the outbox tells its end.
    over = Delivery.leased_until <= moment if leases is None else Delivery.lease.not_in(leases)
    over = and_(Delivery.lease.is_not(None), over)
    # Not DISTINCT: for it SQLite would walk through every copy, by the index of campaigns.
    lost = select(Delivery.campaign_id).where(Delivery.state == CLAIMED, over)
    campaigns = [session.get_one(Campaign, each) for each in sorted(set(session.scalars(lost)))]
    session.execute(
        update(Delivery).where(Delivery.state == CLAIMED, over).values(state=UNKNOWN, dotted=True)
    )
    for campaign in campaigns:
        _go_on(session, campaign, moment, None, None)


def leave_out(session: Session, campaign: Campaign) -> None:
    """Leave out the copies of a cancelled campaign that have not left."""
    waiting = (Delivery.campaign_id == campaign.id, Delivery.state == WAITING)
    session.execute(update(Delivery).where(*waiting).values(state=LEFT_OUT, due_at=None, why=""))


def let_go(session: Session, campaign: Campaign, moment: datetime) -> None:
    """Have those copies be tried at once that were refused for what we are: a person decided so."""
    session.execute(update(Delivery).where(*campaign_watch.held(campaign.id)).values(due_at=moment))


def _decided(session: Session, ours: Sequence[Fate]) -> frozenset[int]:
    """Give those of what is refused for what we are that were so before."""
    if not ours:
        return frozenset()
    again = select(Delivery.id).where(Delivery.id.in_([each.copy for each in ours]))
    return frozenset(session.scalars(again.where(Delivery.ours_at.is_not(None))))


def _of(lease: str) -> tuple[ColumnElement[bool], ...]:
    """Name the copies of a lease. What the other side said is truer than what was thought meanwhile."""
    return (Delivery.lease == lease, Delivery.state.in_((CLAIMED, UNKNOWN)))


def _sent(session: Session, lease: str, ids: Sequence[int], moment: datetime) -> None:
    if ids:
        session.flush()
        given = {"of": lease, "moment": moment, **asked.values(session, ids)}
        _send(asked.dialect_of(session)).carry_out(session, given)


@cache
def _send(dialect: str) -> Statement:
    """Change copies of a lease; not their code and why: where one came back before this, they say so."""
    row, listed = _COPIES.c, asked.asked(dialect, asked.NUMBERS)
    ours = (row.lease == bindparam("of"), or_(row.state == CLAIMED, row.state == UNKNOWN))
    return Statement(
        update(_COPIES).where(*ours, row.id.in_(select(listed.c.value)))
        .values(state=SENT, sent_at=bindparam("moment"), due_at=None, lease=None, leased_until=None, dotted=True)
    )  # fmt: skip


def _refused(session: Session, lease: str, fate: Fate, moment: datetime) -> None:
    """End a copy; what follows for its address, the reports of mail servers say (crm/delivery_reports.py)."""
    delivery = session.scalar(select(Delivery).where(*_of(lease), Delivery.id == fate.copy))
    if delivery is None:
        return
    delivery.state, delivery.due_at, delivery.lease, delivery.leased_until = REFUSED, None, None, None
    delivery.bounced_at = moment
    delivery_reports.came_back(session, delivery, fate.code, fate.enhanced, fate.words)


def _try_later(session: Session, lease: str, fate: Fate, moment: datetime) -> None:
    """Have a copy wait that was refused for now, longer each time, and at last no more."""
    tries = session.scalar(select(Delivery.tries).where(Delivery.id == fate.copy)) or 0
    if tries >= TRIES:
        return _refused(session, lease, fate, moment)
    pause = min(FIRST_PAUSE * 2 ** max(tries - 1, 0), LONGEST_PAUSE)
    values = {"state": WAITING, "due_at": moment + pause, "lease": None, "leased_until": None} | _said(fate)
    session.execute(update(Delivery).where(*_of(lease), Delivery.id == fate.copy).values(values))
    return None


def _for_us(
    session: Session, campaign: Campaign, lease: str, fate: Fate, moment: datetime, *, decided: bool
) -> None:
    """Have a copy wait for a person that was refused for what we are; tried once he has `decided`, or no end comes."""
    why = {"code": fate.enhanced or str(fate.code), "why": fate.words[:WORDS]}
    waits = {"state": WAITING, "due_at": None, "lease": None, "leased_until": None} | why
    tried = decided or _never_ends(campaign)
    values = ({} if tried else waits) | ({} if decided else {"ours_at": moment})
    if values:
        session.execute(update(Delivery).where(*_of(lease), Delivery.id == fate.copy).values(values))
    if tried:
        _try_later(session, lease, fate, moment)


def _said(fate: Fate) -> dict[str, object]:
    return {
        "code": fate.enhanced or str(fate.code or ""),
        "why": f"{fate.code or ''} {fate.words}".strip()[:WORDS],
    }


def _left_over(session: Session, lease: str, found: Found) -> None:
    """Have wait again what surely did not leave; of what may have, nobody knows."""
    rest = (Delivery.lease == lease, Delivery.state == CLAIMED)
    silent = found.dotted.difference(each.copy for each in found.fates)
    if silent or not found.is_whole:
        doubt = rest if not found.is_whole else (*rest, Delivery.id.in_(silent))
        session.execute(update(Delivery).where(*doubt).values(state=UNKNOWN, dotted=True))
    session.flush()
    _WAIT_AGAIN.carry_out(session, {"of": lease})


def _go_on(
    session: Session, campaign: Campaign, moment: datetime, trouble: Trouble | None, stop: str | None
) -> None:
    """Have a campaign go on, wait, or stand and say why."""
    if campaign.state != RUNNING:
        return
    if stop is not None or (trouble is not None and trouble.wait is None):
        campaign_stops.stop(session, campaign, stop or (trouble.words if trouble else ""))
    elif trouble is not None and trouble.wait is not None:
        campaign.paused_why = said("It goes on by itself: %(why)s", why=trouble.words)
        _next(session, campaign, moment + trouble.wait)
    else:
        campaign.paused_why = ""
        rest(session, campaign, moment)


def rest(session: Session, campaign: Campaign, at: datetime) -> None:
    """Have a campaign go on when its next copy may leave, not before `at`, and at once while its copies are made.

    It is done when there is none, and none in hand; where some were refused for what we are, it stands, and a person
    decides. A living one looks again for whom it is meant, and a letter of a sequence whether somebody came to it just
    as this one looked.
    """
    due = session.scalar(
        select(func.min(Delivery.due_at)).where(
            Delivery.campaign_id == campaign.id, Delivery.state == WAITING
        )
    )
    chosen = campaign_deciding.next_at(session, campaign, at)
    again = at + campaign_filling.AGAIN if due is None and _never_ends(campaign) else None
    more = at if campaign.filled_to is not None else None
    moments = [max(each, at) for each in (due, chosen, again, more) if each is not None]
    if moments:
        _next(session, campaign, min(moments))
        return
    in_hand = select(Delivery.id).where(Delivery.campaign_id == campaign.id, Delivery.state == CLAIMED)
    campaign.next_at = None
    if session.scalar(in_hand.limit(1)) is None and not campaign_deciding.holds(session, campaign.id):
        _end(session, campaign, at)


def _end(session: Session, campaign: Campaign, at: datetime) -> None:
    left = campaign_watch.left_for_us(session, campaign)
    if left is not None:
        return campaign_stops.stop(session, campaign, left)
    campaign.state, campaign.ended_at = DONE, at
    return changed(session, campaign)


def _never_ends(campaign: Campaign) -> bool:
    return not campaign.frozen or campaign.sequence_id is not None


def _next(session: Session, campaign: Campaign, at: datetime) -> None:
    campaign.next_at = at
    announce(session, Due(TIMER, at))
