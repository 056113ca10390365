"""A campaign for nine in the morning reaches each at nine by his own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from crm import campaign_hours, contacts
from crm.campaign_copies import Ready
from crm.campaigns import Campaign
from crm.contacts import PHONE
from tests.crm.klarruta import Klarruta

NINE = datetime(2027, 1, 12, 9)  # noqa: DTZ001 - by whose clock is the question
COPENHAGEN, SINGAPORE, NOWHERE = "+4532123456", "+6561234567", ""


def when(session: Session, moment: datetime, **pace: object) -> list[datetime | None]:
    """Give when copies for somebody in each place may leave, None for now."""
    campaign = Campaign(name="Nine", key="k", pace=pace)
    people = [contacts.add_contact(session, f"Who {each}", [(PHONE, each)] if each else [])
              for each in (COPENHAGEN, SINGAPORE, NOWHERE)]  # fmt: skip
    copies = [Ready(number, contact, "kund.example", "", "A", None) for number, contact in enumerate(people)]
    found = campaign_hours.quiet(session, campaign, copies, moment)
    return [found.get(each.id) for each in copies]


async def test_each_gets_it_when_his_own_clock_shows_the_time(firm: Klarruta) -> None:
    begins = campaign_hours.earliest(NINE)
    here, there, ours = await firm.do(lambda session: when(session, begins, at=NINE.isoformat()))
    assert here == ours == datetime(2027, 1, 12, 8, tzinfo=UTC)  # the company is in Stockholm
    assert there == datetime(2027, 1, 12, 1, tzinfo=UTC)
    assert begins <= there


async def test_where_it_is_later_already_it_leaves_at_once(firm: Klarruta) -> None:
    moment = datetime(2027, 1, 12, 5, tzinfo=UTC)
    assert (await firm.do(lambda session: when(session, moment, at=NINE.isoformat())))[1] is None


async def test_hours_hold_beside_it(firm: Klarruta) -> None:
    hours = {"at": NINE.isoformat(), "from": "10:00", "until": "16:00"}
    here = (await firm.do(lambda session: when(session, datetime(2027, 1, 12, tzinfo=UTC), **hours)))[0]
    assert here == datetime(2027, 1, 12, 8, tzinfo=UTC) + timedelta(hours=1)
