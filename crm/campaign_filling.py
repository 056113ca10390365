"""Who gets a campaign: those who agreed to its list, are meant by its segments, and against whom nothing stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, false, func, literal, or_, select
from sqlalchemy.orm import Session

from crm import campaign_stops, campaign_trials, campaign_whom
from crm.campaign_lines import goes_elsewhere, lets_write
from crm.campaign_news import changed
from crm.campaign_trials import CampaignTrial
from crm.campaigns import MAIL, RUNNING, SCHEDULED, Campaign
from crm.consents import Consent
from crm.contacts import Handle
from crm.deliveries import WAITING, Delivery
from crm.desk import Refusal
from hub.asked import dialect_of
from hub.clock import now
from hub.db import Moment
from hub.errors import describe
from hub.rows_unless_there import insert_found_unless_there, insert_many_unless_there

LOT = 1000  # lines of the ledger at once
_FRESH = {"state": WAITING, "tries": 0, "dotted": False, "code": "", "why": ""}
AGAIN = timedelta(minutes=10)  # after which a living campaign looks who fits by now
Contacts = Select[int]
"""Ids of contacts, as a rule means them."""


def prepare(session: Session, campaign_id: int) -> bool:
    """Begin a campaign whose time is there, and make its next copies; tell whether there are more to be made."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or campaign.state not in {SCHEDULED, RUNNING} or campaign.sequence_id is not None:
        return False
    if campaign.state == SCHEDULED:
        campaign.state = RUNNING
        changed(session, campaign)
    if campaign.started_at is None:
        campaign.started_at, campaign.filled_to = now(), 0
    elif campaign.filled_to is None and campaign.frozen:
        return False
    try:
        whom, without = (
            campaign_whom.meant_by(session, ids) for ids in (campaign.segments, campaign.without)
        )
    except (Refusal, ValueError) as error:
        campaign_stops.stop(session, campaign, describe(error))
        return False
    meant = whom if campaign.segments else None
    begin = campaign.filled_to or 0
    campaign.filled_to = fill(session, campaign, begin, LOT, now(), whom=meant, without=without)
    return campaign.filled_to is not None


def fill(
    session: Session, campaign: Campaign, after_id: int, most: int, at: datetime, *,
    whom: Sequence[Contacts] | None = None, without: Sequence[Contacts] = (),
) -> int | None:  # fmt: skip
    """Make copies for `most` lines of the ledger at most, on from `after_id`; give where to go on, None at the end.

    `whom` are the segments, None where it goes to the whole list. Done again it makes no second copy for anybody.
    Of a trial, copies of those who are not asked wait for its choice.
    """
    trial = campaign_trials.trial_of(session, campaign.id, locked=True)
    lines = _lines(session, campaign, after_id, most, whom, without)
    if trial is not None:
        return _draw(session, campaign, trial, session.execute(lines).all(), most, at)
    some = lines.subquery()
    found = {
        "campaign_id": literal(campaign.id), "contact_id": some.c.contact_id, "address": some.c.value,
        "domain": some.c.domain, "variant": literal("A"), "due_at": literal(at, Moment),
        **{name: literal(value) for name, value in _FRESH.items()},
    }  # fmt: skip
    insert_found_unless_there(session, Delivery, found, some.c.id > after_id)
    number, last = session.execute(select(func.count(), func.max(some.c.id)).select_from(some)).one()
    return last if number == most else None


def _draw(
    session: Session, campaign: Campaign, trial: CampaignTrial, lines: Sequence[Row[int, str, int, str]],
    most: int, at: datetime,
) -> int | None:  # fmt: skip
    """Make copies of a trial's variants."""
    rows = [
        {"campaign_id": campaign.id, "contact_id": contact_id, "address": value, "domain": domain,
         "variant": variant, "due_at": at if variant else None, **_FRESH}
        for _id, value, contact_id, domain in lines
        for variant in [campaign_trials.drawn(campaign, trial, value)]
    ]  # fmt: skip
    insert_many_unless_there(session, Delivery, rows)
    return lines[-1].id if len(lines) == most else None


def _lines(
    session: Session, campaign: Campaign, after_id: int, most: int, whom: Sequence[Contacts] | None,
    without: Sequence[Contacts],
) -> Select[int, str, int, str]:  # fmt: skip
    return (
        select(Consent.id, Consent.value, Handle.contact_id, _domain(session, campaign).label("domain"))
        .outerjoin(Handle, (Handle.value == Consent.value) & (Handle.kind == Consent.kind))
        .where(
            Consent.id > after_id, *lets_write(campaign), *_meant(whom, without),
            ~goes_elsewhere(campaign, begun=True),
        )
        .order_by(Consent.id).limit(most)
    )  # fmt: skip


def _meant(whom: Sequence[Contacts] | None, without: Sequence[Contacts]) -> list[ColumnElement[bool]]:
    """Have a contact be in one of the segments, and in none of those without; whom nobody knows is in none."""
    among = [] if whom is None else [or_(false(), *(Handle.contact_id.in_(each) for each in whom))]
    return [
        *among,
        *(or_(Handle.contact_id.is_(None), Handle.contact_id.not_in(each)) for each in without),
    ]


def _domain(session: Session, campaign: Campaign) -> ColumnElement[str]:
    """Give what stands behind the last @ of an address."""
    if campaign.handle != MAIL:
        return literal("")
    if dialect_of(session) == "sqlite":
        before = func.rtrim(Consent.value, func.replace(Consent.value, "@", ""))
        return func.lower(func.replace(Consent.value, before, ""))
    return func.lower(func.substring(Consent.value, "[^@]*$"))
