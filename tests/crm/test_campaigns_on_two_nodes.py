"""Campaigns that two nodes move at once: what one has decided, the other does not do against it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from crm import campaign_changes, campaign_sending, consents, suppressions
from crm.campaigns import Campaign
from crm.contacts import MAIL
from crm.deliveries import CLAIMED, LEFT_OUT, WAITING
from crm.suppressions import BY_HAND, Suppression
from hub.audit import RINGBACK
from hub.bulk_mail import Batch
from hub.clock import now
from hub.db import Database
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import URL, add_mailbox, begin, filled, states, write_campaign
from tests.crm.messenger import Messenger
from tests.crm.nodes import overtaken
from tests.crm.wired import Wire

PEOPLE = [f"kund-{number}@stort.example" for number in range(4)]


@pytest.fixture
async def campaign_id(firm: Klarruta) -> int:
    """Give a campaign whose copies wait."""
    return (await firm.do(filled, PEOPLE)).id


def claiming(campaign_id: int) -> Callable[[Session], Batch | None]:
    """Give what claims copies."""
    return lambda session: campaign_sending.claim(session, campaign_id, "lease", 100, now(), URL)


def changing(campaign_id: int, how: str) -> Callable[[Session], None]:
    """Give what pauses a campaign, or cancels it."""
    return lambda session: getattr(campaign_changes, how)(
        session, RINGBACK, session.get_one(Campaign, campaign_id)
    )


@pytest.mark.parametrize(("how", "left"), [("pause", WAITING), ("cancel", LEFT_OUT)])
async def test_nothing_is_claimed_of_what_another_node_paused_or_cancelled(
    firm: Klarruta, node: Database, campaign_id: int, how: str, left: str
) -> None:
    batch, _ = await overtaken(firm.db, claiming(campaign_id), node, changing(campaign_id, how))
    assert batch is None
    assert await firm.do(states, campaign_id) == {left: len(PEOPLE)}


async def test_nothing_is_put_into_the_outbox_of_what_another_node_paused(
    messenger: Messenger, node: Database
) -> None:
    wire = Wire(messenger)
    await wire.open(range(71, 74))
    await wire.db.write(begin, wire.campaign_id)
    await wire.db.write(campaign_sending.prepare, wire.campaign_id)
    await overtaken(wire.db, claiming(wire.campaign_id), node, changing(wire.campaign_id, "pause"))
    assert await wire.outbox() == []


async def test_who_left_on_another_node_is_not_among_the_copies_that_are_claimed(
    firm: Klarruta, node: Database, campaign_id: int
) -> None:
    def leaves(session: Session) -> None:
        list_id = session.get_one(Campaign, campaign_id).list_id or 0
        consents.withdraw(session, list_id, MAIL, PEOPLE[0], consents.Origin(source="page"))

    batch, _ = await overtaken(firm.db, claiming(campaign_id), node, leaves)
    assert isinstance(batch, Batch)
    assert {each.to.address for each in batch.copies} == set(PEOPLE[1:])
    assert await firm.do(states, campaign_id) == {CLAIMED: 3, LEFT_OUT: 1}


async def test_who_leaves_twice_at_once_is_on_the_list_of_those_who_left_once(
    firm: Klarruta, node: Database
) -> None:
    number = (await firm.do(write_campaign, PEOPLE)).id

    def leaves(session: Session) -> bool:
        list_id = session.get_one(Campaign, number).list_id or 0
        return consents.withdraw(session, list_id, MAIL, PEOPLE[0], consents.Origin(source="page"))

    assert await overtaken(firm.db, leaves, node, leaves) == (False, True)
    assert len(await firm.do(suppressions.standing)) == 1


async def test_who_is_taken_off_twice_at_once_is_put_back_by_one_word(firm: Klarruta, node: Database) -> None:
    def takes_off(session: Session) -> int:
        return suppressions.suppress(session, MAIL, PEOPLE[0], BY_HAND).id

    first, _ = await overtaken(firm.db, takes_off, node, takes_off)

    def put_back(session: Session) -> set[str]:
        suppressions.lift(session, RINGBACK, session.get_one(Suppression, first), "a mistake")
        return suppressions.suppressed(session, MAIL, PEOPLE)

    assert await firm.do(put_back) == set()


async def test_a_campaign_whose_copies_two_nodes_make_has_one_for_each(
    firm: Klarruta, node: Database
) -> None:
    def begins(session: Session) -> int:
        add_mailbox(session, 9)
        campaign = write_campaign(session, PEOPLE)
        begin(session, campaign.id)
        return campaign.id

    number = await firm.do(begins)

    def prepare(session: Session) -> bool:
        return campaign_sending.prepare(session, number)

    await overtaken(firm.db, prepare, node, prepare)
    assert await firm.do(states, number) == {WAITING: len(PEOPLE)}
