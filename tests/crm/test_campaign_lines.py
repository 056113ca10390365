"""Somebody with several addresses gets a campaign once, where he agreed last; addresses of nobody are one each."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_whom, consents, contacts, segment_changes, segment_rules, suppressions
from crm.campaign_filling import fill
from crm.campaign_whom import ELSEWHERE, GETS
from crm.campaigns import Campaign
from crm.contacts import MAIL
from crm.deliveries import Delivery
from crm.suppressions import BY_HAND
from hub.audit import RINGBACK
from hub.clock import now
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import agree, write_campaign
from tests.plans import plan

WORK, HOME, ERIK, NOBODY, NOBODY_ELSE = (
    "karin@kontor.example", "karin@hemma.example", "erik@berg.example", "info@x.example", "post@x.example",
)  # fmt: skip
PAGE = consents.Origin(source=consents.PAGE)


@pytest.fixture
async def campaign_id(firm: Klarruta) -> int:
    """Give a campaign to which Karin agreed with two addresses, Erik with one, and two of which nobody knows whose."""

    def write(session: Session) -> int:
        contacts.add_contact(session, "Karin Nyman", [(MAIL, HOME), (MAIL, WORK), ("phone", "+46317890123")])
        contacts.add_contact(session, "Erik Berg", [(MAIL, ERIK)])
        return write_campaign(session, [HOME, ERIK, NOBODY, WORK, NOBODY_ELSE]).id

    return await firm.do(write)


def filled(session: Session, campaign_id: int) -> set[str]:
    """Make the copies of a campaign, and tell where they go: those who were counted, each once."""
    campaign = session.get_one(Campaign, campaign_id)
    told = {each.address for each in campaign_whom.people(session, campaign, GETS)}
    assert fill(session, campaign, 0, 100, now(), whom=_whom(session, campaign)) is None
    got = set(session.scalars(select(Delivery.address)))
    assert got == told
    return got


async def test_one_of_two_addresses_gets_it_the_one_that_agreed_last(
    firm: Klarruta, campaign_id: int
) -> None:
    assert await firm.do(filled, campaign_id) == {WORK, ERIK, NOBODY, NOBODY_ELSE}


async def test_who_agrees_anew_gets_it_there(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(lambda session: agree(session, session.get_one(Campaign, campaign_id), [HOME]))
    assert await firm.do(filled, campaign_id) == {HOME, ERIK, NOBODY, NOBODY_ELSE}


@pytest.mark.parametrize("how", ["took-back", "opposed"])
async def test_where_the_last_may_not_be_written_to_the_other_gets_it(
    firm: Klarruta, campaign_id: int, how: str
) -> None:
    def no_more(session: Session) -> None:
        if how == "opposed":
            suppressions.suppress(session, MAIL, WORK, BY_HAND)
        else:
            list_id = session.get_one(Campaign, campaign_id).list_id or 0
            consents.withdraw(session, list_id, MAIL, WORK, PAGE)

    await firm.do(no_more)
    assert HOME in await firm.do(filled, campaign_id)


@pytest.mark.parametrize("by_segment", [False, True], ids=["list", "segment"])
async def test_the_other_one_is_counted_and_named(
    firm: Klarruta,
    campaign_id: int,
    by_segment: bool,  # noqa: FBT001 - a case
) -> None:
    def count(session: Session) -> tuple[dict[str, int], list[str]]:
        campaign = session.get_one(Campaign, campaign_id)
        if by_segment:
            rule = segment_rules.parse({"what": "group", "of": "all", "rules": []})
            campaign.segments = [segment_changes.make(session, RINGBACK, "Everybody", rule).id]
        named = campaign_whom.people(session, campaign, ELSEWHERE)
        return campaign_whom.counts(session, campaign), [each.address for each in named]

    counted, named = await firm.do(count)
    assert (counted, named) == ({GETS: 2 if by_segment else 4, ELSEWHERE: 1}, [HOME])
    await firm.do(filled, campaign_id)


async def test_who_has_a_copy_gets_no_other_when_he_agrees_with_another_address(
    firm: Klarruta, campaign_id: int
) -> None:
    def again(session: Session) -> set[str]:
        campaign = session.get_one(Campaign, campaign_id)
        agree(session, campaign, [HOME])
        assert fill(session, campaign, 0, 100, now()) is None
        return set(session.scalars(select(Delivery.address)))

    before = await firm.do(filled, campaign_id)
    assert await firm.do(again) == before


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_the_other_addresses_of_a_million_are_found_by_indexes(
    firm: Klarruta, campaign_id: int
) -> None:
    def plans(session: Session) -> str:
        campaign = session.get_one(Campaign, campaign_id)
        made = plan(session, fill, campaign, 0, 100, now())
        return made + plan(session, campaign_whom.counts, campaign)

    found = await firm.do(plans)
    assert "USING INDEX ix_handles_contact_id" in found
    assert not [
        line for line in found.splitlines() if line.startswith(("SCAN handles", "SCAN consents", "SCAN del"))
    ]


def _whom(session: Session, campaign: Campaign) -> list[campaign_whom.Select[int]] | None:
    return campaign_whom.meant_by(session, campaign.segments) if campaign.segments else None
