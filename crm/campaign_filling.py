"""Who gets a campaign: those who agreed to its list, are meant by its segments, and against whom nothing stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import Session, aliased

from crm import campaign_stops, campaign_trials, campaign_whom
from crm.campaign_news import changed
from crm.campaigns import MAIL, RUNNING, SCHEDULED, Campaign
from crm.consents import GIVEN, Consent, counts
from crm.contacts import Handle
from crm.deliveries import WAITING, Delivery
from crm.desk import Refusal
from crm.suppressions import Suppression
from hub.clock import now
from hub.errors import describe
from hub.rows_unless_there import insert_many_unless_there

LOT = 1000  # lines of the ledger at once
AGAIN = timedelta(minutes=10)  # after which a living campaign looks who fits by now
Contacts = Select[int]
"""Ids of contacts, as a rule means them."""


def prepare(session: Session, campaign_id: int, after_id: int) -> int | None:
    """Begin a campaign whose time is there, and make its next copies; give where to go on, None at the end."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or campaign.state not in {SCHEDULED, RUNNING} or campaign.sequence_id is not None:
        return None
    if campaign.state == SCHEDULED:
        campaign.state = RUNNING
        changed(session, campaign)
    if campaign.started_at is not None and campaign.frozen:
        return None
    try:
        whom, without = (
            campaign_whom.meant_by(session, ids) for ids in (campaign.segments, campaign.without)
        )
    except (Refusal, ValueError) as error:
        campaign_stops.stop(session, campaign, describe(error))
        return None
    go_on = fill(
        session, campaign, after_id, LOT, now(), whom=whom if campaign.segments else None, without=without
    )
    if go_on is None:
        campaign.started_at = campaign.started_at or now()
    return go_on


def fill(
    session: Session, campaign: Campaign, after_id: int, most: int, at: datetime, *,
    whom: Sequence[Contacts] | None = None, without: Sequence[Contacts] = (),
) -> int | None:  # fmt: skip
    """Make copies for `most` lines of the ledger at most, on from `after_id`; give where to go on, None at the end.

    `whom` are the segments, None where it goes to the whole list. Done again it makes no second copy for anybody.
    Of a trial, copies of those who are not asked wait for its choice.
    """
    trial = campaign_trials.trial_of(session, campaign.id, locked=True)
    lines = session.execute(_lines(campaign, after_id, most, whom, without)).all()
    rows = [
        {"campaign_id": campaign.id, "contact_id": contact_id, "address": value, "domain": _domain(campaign, value),
         "variant": variant, "state": WAITING, "due_at": at if variant else None, "tries": 0, "dotted": False,
         "code": "", "why": ""}
        for _id, value, contact_id in lines
        for variant in [campaign_trials.drawn(campaign, trial, value) if trial else "A"]
    ]  # fmt: skip
    if rows:
        insert_many_unless_there(session, Delivery, rows)
    return lines[-1].id if len(lines) == most else None


def _lines(
    campaign: Campaign, after_id: int, most: int, whom: Sequence[Contacts] | None, without: Sequence[Contacts]
) -> Select[int, str, int]:
    newer, stands = aliased(Consent), aliased(Suppression)
    same = (newer.list_id == Consent.list_id, newer.kind == Consent.kind, newer.value == Consent.value)
    overtaken = select(newer.id).where(*same, newer.id > Consent.id, counts(newer)).exists()
    everywhere_or_here = or_(stands.list_id.is_(None), stands.list_id == Consent.list_id)
    against = select(stands.id).where(
        stands.lifted_at.is_(None),
        stands.kind == Consent.kind,
        stands.value == Consent.value,
        everywhere_or_here,
    )
    return (
        select(Consent.id, Consent.value, Handle.contact_id)
        .outerjoin(Handle, (Handle.value == Consent.value) & (Handle.kind == Consent.kind))
        .where(
            Consent.id > after_id, Consent.list_id == campaign.list_id, Consent.kind == campaign.handle,
            Consent.state == GIVEN, counts(Consent), ~overtaken, ~against.exists(),
            *campaign_whom.reached(campaign), *_meant(whom, without),
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


def _domain(campaign: Campaign, address: str) -> str:
    return address.rpartition("@")[2].lower() if campaign.handle == MAIL else ""
