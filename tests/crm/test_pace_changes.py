"""A pace that is changed holds at once: nothing waits any longer for its turn by the one before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm import campaign_sending, pace_changes
from crm.campaigns import Campaign
from crm.pace_changes import Limits
from hub.audit import RINGBACK
from hub.bulk_mail import Fate, Found, Trouble
from hub.clock import now
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import URL, filled

PEOPLE = [f"kund-{number}@d{number % 2}.example" for number in range(40)]
ONE_AN_HOUR = Limits(per_hour=1)


@pytest.fixture
async def campaign_id(firm: Klarruta) -> int:
    """Give a campaign that has begun, to people at two domains."""
    return await firm.do(lambda session: filled(session, PEOPLE).id)


def sent(session: Session, campaign_id: int, trouble: Trouble | None = None) -> int:
    """Send what may leave now, where it is the campaign's turn, and count it."""
    number = 0
    while (campaign_id, campaign_id) in campaign_sending.take(session, now(), 10):
        batch = campaign_sending.claim(session, campaign_id, "lease", 100, now(), URL)
        fates = tuple(Fate(each.id, "sent", 250) for each in batch.copies) if batch else ()
        found = Found(frozenset(), fates, is_whole=True)
        if batch:
            campaign_sending.settle(session, campaign_id, "lease", found, now(), trouble)
        number += len(fates)
    return number


async def settle(firm: Klarruta, campaign_id: int, limits: Limits) -> None:
    """Have an admin settle how fast its mailbox writes."""
    await firm.do(lambda session: pace_changes.settle(session, RINGBACK, _box(session, campaign_id), limits))


async def limit(firm: Klarruta, campaign_id: int, domain: str, per_hour: int | None) -> None:
    """Have an admin limit a domain."""
    await firm.do(
        lambda session: pace_changes.limit(session, RINGBACK, _box(session, campaign_id), domain, per_hour)
    )


@pytest.mark.parametrize("slow", [ONE_AN_HOUR, Limits(warms=True)])
async def test_without_a_limit_all_leave_at_once(firm: Klarruta, campaign_id: int, slow: Limits) -> None:
    await settle(firm, campaign_id, slow)
    assert await firm.do(sent, campaign_id) == 1
    assert await firm.do(sent, campaign_id) == 0
    await settle(firm, campaign_id, Limits(per_hour=600))
    assert await firm.do(sent, campaign_id) == 10
    await settle(firm, campaign_id, Limits())
    assert await firm.do(sent, campaign_id) == 29


async def test_of_a_domain_as_well(firm: Klarruta, campaign_id: int) -> None:
    await limit(firm, campaign_id, "d0.example", 1)
    assert await firm.do(sent, campaign_id) == 21
    assert await firm.do(sent, campaign_id) == 0
    await limit(firm, campaign_id, "d0.example", 120)
    assert await firm.do(sent, campaign_id) == 2
    await limit(firm, campaign_id, "d0.example", None)
    assert await firm.do(sent, campaign_id) == 17


async def test_what_is_settled_as_it_was_wakes_nobody(firm: Klarruta, campaign_id: int) -> None:
    await settle(firm, campaign_id, ONE_AN_HOUR)
    await firm.do(sent, campaign_id)
    await settle(firm, campaign_id, Limits(per_hour=1, vouched=True))
    assert await firm.do(sent, campaign_id) == 0


async def test_who_waits_for_another_reason_goes_on_waiting(firm: Klarruta, campaign_id: int) -> None:
    await settle(firm, campaign_id, Limits(per_hour=60))
    assert await firm.do(sent, campaign_id, Trouble("No answer.", timedelta(minutes=5))) == 1
    await settle(firm, campaign_id, Limits())
    assert await firm.do(sent, campaign_id) == 0


def _box(session: Session, campaign_id: int) -> int:
    return session.get_one(Campaign, campaign_id).channel_id or 0
