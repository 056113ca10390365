"""Sending campaigns: copies are claimed before their first byte leaves, and settled by what a log tells of them.

The rows are the only truth. A claimed copy of whose final dot the log knows nothing waits again; one with a dot and no
answer is `unknown`, and a person decides. What hub/bulk_post.py does in between is the same after a kill.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import cast

from sqlalchemy import ColumnElement, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from crm import (
    campaign_chats,
    campaign_copies,
    campaign_deciding,
    campaign_filling,
    campaign_hours,
    campaign_settling,
    campaign_stops,
    paces,
    sequence_letters,
    suppressions,
)
from crm.campaign_copies import Ready
from crm.campaign_settling import TIMER as TIMER  # noqa: PLC0414 - the post knows it from here
from crm.campaign_settling import TRIES as TRIES  # noqa: PLC0414 - the same
from crm.campaigns import MAIL, RUNNING, SCHEDULED, Campaign
from crm.deliveries import CLAIMED, LEFT_OUT, WAITING, Delivery
from hub.asked import NUMBERS, asked, dialect_of, values
from hub.bulk_mail import Batch
from hub.channels import Channel
from hub.errors import describe
from hub.rows import hold
from hub.statements import Statement

_COPIES = cast("Table", Delivery.__table__)
prepare = campaign_filling.prepare
settle, recover, give_up = campaign_settling.settle, campaign_settling.recover, campaign_settling.give_up
LEASE = timedelta(minutes=30)
LOOKS = 8  # at lots of copies of which none may go now, before others have their turn


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next campaign begins or goes on."""
    return session.scalar(select(func.min(Campaign.next_at)).where(Campaign.next_at > after, _moves()))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the campaigns whose turn it is: who waits longest first, so that all have the same share."""
    wanted = select(Campaign.id).where(Campaign.next_at <= moment, _moves())
    return [
        (each, each) for each in session.scalars(wanted.order_by(Campaign.next_at, Campaign.id).limit(limit))
    ]


def _moves() -> ColumnElement[bool]:
    """Tell of campaigns whether they move by themselves; a mailbox that is paused keeps its own."""
    still = select(Channel.id).where(Channel.paused_at.is_not(None))
    return Campaign.state.in_((SCHEDULED, RUNNING)) & Campaign.channel_id.not_in(still)


def claim(
    session: Session, campaign_id: int, lease: str, most: int, moment: datetime, url: str
) -> Batch | None:
    """Claim copies that may leave now, and write them; None where none may: it goes on later then, or ends.

    Those of a messenger are put into the outbox, from which they leave like everything that is said there.
    """
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or campaign.state != RUNNING or campaign.channel_id is None:
        return None
    campaign_deciding.go_on(session, campaign, moment)
    sender = paces.pace(session, campaign.channel_id)
    by_mail = campaign.handle == MAIL
    if not by_mail and not (most := campaign_chats.room(session, campaign)):
        campaign_chats.look_again(campaign, moment)
        return None
    room = sender.room(moment, most)
    copies = _ready(session, campaign, room, moment) if room else []
    if not copies:
        campaign_settling.rest(session, campaign, moment if room else sender.free_at(moment))
        return None
    # Who pauses it at the same time comes before all of this, or behind it.
    hold(session, Campaign, campaign_id)
    try:
        if not by_mail:
            sender.take(moment, len(copies))
            campaign_chats.post(session, campaign, [each.id for each in copies], moment, url)
            return None
        batch = campaign_copies.batch(session, campaign, copies, moment, url)
    except (LookupError, ValueError) as error:
        campaign_stops.stop(session, campaign, describe(error))
        return None
    sender.take(moment, len(copies))
    session.flush()
    _claim(dialect_of(session)).carry_out(
        session, {"of": lease, "until": moment + LEASE, **values(session, (each.id for each in copies))}
    )
    return batch


@cache
def _claim(dialect: str) -> Statement:
    ours = update(_COPIES).where(_COPIES.c.id.in_(select(asked(dialect, NUMBERS).c.value)))
    return Statement(
        ours.values(state=CLAIMED, lease=bindparam("of"), leased_until=bindparam("until"),
                    tries=_COPIES.c.tries + 1, code="", why="")
    )  # fmt: skip


def _ready(session: Session, campaign: Campaign, most: int, moment: datetime) -> list[Ready]:
    """Give copies that may leave now; the others that were due are put off until they may."""
    for _ in range(LOOKS):
        rows = session.execute(
            select(*(_COPIES.c[name] for name in Ready._fields))
            .where(Delivery.campaign_id == campaign.id, Delivery.state == WAITING, Delivery.due_at <= moment)
            .order_by(Delivery.due_at, Delivery.id).limit(most).with_for_update(skip_locked=True)
        ).all()  # fmt: skip
        copies = _unopposed(session, campaign, [Ready(*row) for row in rows])
        later = campaign_hours.quiet(session, campaign, copies, moment)
        awake = [each for each in copies if each.id not in later]
        ready, slower = _within(session, campaign, awake, moment)
        _put_off(session, later | slower)
        if ready or len(rows) < most:
            return ready
    return []


def _unopposed(session: Session, campaign: Campaign, copies: Sequence[Ready]) -> list[Ready]:
    """Leave out whom nothing may be written to: what was on its way when he left may have come back to wait."""
    addresses = {each.address for each in copies}
    opposed = suppressions.suppressed(session, campaign.handle, addresses, campaign.list_id)
    if campaign.sequence_id is not None:
        opposed |= sequence_letters.gone(session, campaign.sequence_id, addresses)
    ids = [each.id for each in copies if each.address in opposed]
    if ids:
        session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(state=LEFT_OUT, due_at=None))
    return [each for each in copies if each.address not in opposed]


def _within(
    session: Session, campaign: Campaign, copies: Sequence[Ready], moment: datetime
) -> tuple[list[Ready], dict[int, datetime]]:
    """Give those that their receiving domains take at this pace, and for the others when."""
    if campaign.handle != MAIL:
        return list(copies), {}
    known = paces.paces(session, campaign.channel_id or 0, {each.domain for each in copies})
    if not known:
        return list(copies), {}
    ready, paced, later = list[Ready](), defaultdict[str, list[Ready]](list), dict[int, datetime]()
    for each in copies:
        (paced[each.domain] if each.domain in known else ready).append(each)
    for domain, theirs in paced.items():
        pace = known[domain]
        room = pace.room(moment, len(theirs))
        ready += theirs[:room]
        pace.take(moment, room)
        later |= {each.id: pace.turn(moment) for each in theirs[room:]}
    return sorted(ready), later


def _put_off(session: Session, later: dict[int, datetime]) -> None:
    by_moment = sorted(later, key=lambda each: later[each])
    for moment, ids in groupby(by_moment, lambda each: later[each]):
        session.execute(update(Delivery).where(Delivery.id.in_(list(ids))).values(due_at=moment))
