"""A campaign is refused for what we are: it stops however small its lots are, nobody is lost, and a person decides."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import campaign_alarms, campaign_changes, campaign_sending, campaign_settling, campaign_watch
from crm.campaign_trials import CampaignTrial, are_kept_back
from crm.campaigns import CANCELLED, DONE, PAUSED, RUNNING, Campaign
from crm.deliveries import CLAIMED, LEFT_OUT, REFUSED, SENT, WAITING, Delivery
from crm.paces import ALL, Pace
from crm.suppressions import Suppression
from crm.tasks import Task
from hub.audit import RINGBACK
from hub.bulk_mail import Batch, Fate, Found
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import URL, begun, filled, posted, states
from tests.eventually import eventually
from tests.plans import plan
from tests.servers import sink as sinks

DOMAINS = 20
PEOPLE = [f"kund-{number}@d{number % DOMAINS}.example" for number in range(300)]
CODE, SAID = "5.7.1", "Message refused, poor sender reputation"
OURS = (550, CODE, SAID)
WORDS = f"Mail servers refuse us for what we are, not for whom it is to: {CODE} {SAID}"
LEFT = f"All others have left; 3 letters wait, since they were refused for what we are: {CODE} {SAID}"


@pytest.fixture
async def campaign_id(firm: Klarruta) -> int:
    """Give a campaign that has begun, to 300 people at twenty domains."""
    return await firm.do(lambda session: filled(session, PEOPLE).id)


async def lot(firm: Klarruta, campaign_id: int, most: int, refusing: str | tuple[str, ...]) -> int:
    """Send a lot of which those are refused whose addresses end so; give how many there were."""

    def send(session: Session) -> int:
        batch = campaign_sending.claim(session, campaign_id, "lease", most, now(), URL)
        if batch is None:
            return 0
        found = Found(frozenset(), fates(batch), is_whole=True)
        campaign_sending.settle(session, campaign_id, "lease", found, now())
        return len(batch.copies)

    def fates(batch: Batch) -> tuple[Fate, ...]:
        return tuple(Fate(each.id, "refused", *OURS) if each.to.address.endswith(refusing)
                     else Fate(each.id, "sent", 250) for each in batch.copies)  # fmt: skip

    return await firm.do(send)


async def how(firm: Klarruta, campaign_id: int) -> tuple[str, str]:
    """Give how the campaign is, and why."""
    campaign = await firm.db.read(lambda session: session.get_one(Campaign, campaign_id))
    return campaign.state, str(campaign.paused_why)


async def decide(firm: Klarruta, campaign_id: int, deed: str) -> None:
    """Have somebody decide."""
    await firm.do(lambda s: getattr(campaign_changes, deed)(s, RINGBACK, s.get_one(Campaign, campaign_id)))


async def told(firm: Klarruta) -> int:
    """Count the tasks that are open about a campaign."""
    about = select(Task.id).join(campaign_alarms.CampaignTask).where(Task.done_at.is_(None))
    return len(await firm.db.read(lambda session: session.scalars(about).all()))


async def test_lots_of_one_stop_it_and_nobody_is_lost(firm: Klarruta, campaign_id: int) -> None:
    sent = 0
    while await lot(firm, campaign_id, 1, "example"):
        sent += 1
    assert (sent, await how(firm, campaign_id)) == (3, (PAUSED, WORDS))
    assert await firm.do(states, campaign_id) == {WAITING: 300}
    assert await told(firm) > 0
    assert await firm.db.read(lambda session: session.scalars(select(Suppression)).all()) == []


async def test_a_domain_that_refuses_all_stops_it_though_the_others_take_theirs(
    firm: Klarruta, campaign_id: int
) -> None:
    sent = 0
    while some := await lot(firm, campaign_id, 7, "@d3.example"):
        sent += some
    assert sent < 50
    state, why = await how(firm, campaign_id)
    assert (state, why.partition(" refuses us")[0]) == (PAUSED, "d3.example")
    assert "5.7.1 Message refused" in why
    assert REFUSED not in await firm.do(states, campaign_id)


async def test_a_few_of_a_domain_that_takes_the_others_wait_until_the_end(
    firm: Klarruta, campaign_id: int
) -> None:
    few = ("kund-40@d0.example", "kund-80@d0.example", "kund-180@d0.example")
    while await lot(firm, campaign_id, 40, few):
        pass
    assert await firm.do(states, campaign_id) == {SENT: 297, WAITING: 3}
    assert await how(firm, campaign_id) == (PAUSED, LEFT)
    assert await told(firm) > 0
    await decide(firm, campaign_id, "resume")
    assert await told(firm) == 0
    assert await lot(firm, campaign_id, 40, "nobody") == 3
    assert await firm.do(states, campaign_id) == {SENT: 300}
    assert await how(firm, campaign_id) == (DONE, "")


async def test_let_go_on_they_are_tried_and_at_last_refused(
    firm: Klarruta, campaign_id: int, clock: Clock
) -> None:
    few = ("kund-40@d0.example", "kund-80@d0.example")
    while await lot(firm, campaign_id, 40, few):
        pass
    await decide(firm, campaign_id, "resume")
    for _ in range(campaign_sending.TRIES - 1):
        assert await how(firm, campaign_id) == (RUNNING, "")
        assert await lot(firm, campaign_id, 40, few) == 2
        clock.advance(hours=5)
    assert await firm.do(states, campaign_id) == {SENT: 298, REFUSED: 2}
    assert await how(firm, campaign_id) == (DONE, "")
    domains = await firm.db.read(lambda s: s.scalars(select(Pace.domain).where(Pace.domain != ALL)).all())
    assert domains == []


async def test_what_was_not_mended_stops_it_again_and_all_of_it_is_due_at_once(
    firm: Klarruta, campaign_id: int
) -> None:
    assert await lot(firm, campaign_id, 50, "example") == 50
    assert (await how(firm, campaign_id))[0] == PAUSED
    await decide(firm, campaign_id, "resume")
    assert await lot(firm, campaign_id, 300, "example") == 300
    assert (await how(firm, campaign_id))[0] == PAUSED
    await decide(firm, campaign_id, "resume")
    assert await lot(firm, campaign_id, 300, "nobody") == 300
    assert await how(firm, campaign_id) == (DONE, "")


async def test_all_of_it_refused_again_stops_it_again(firm: Klarruta, campaign_id: int) -> None:
    assert await lot(firm, campaign_id, 300, "example") == 300
    await decide(firm, campaign_id, "resume")
    assert await lot(firm, campaign_id, 300, "example") == 300
    assert (await how(firm, campaign_id))[0] == PAUSED


async def test_cancelled_they_are_left_out(firm: Klarruta, campaign_id: int) -> None:
    await lot(firm, campaign_id, 50, "example")
    await decide(firm, campaign_id, "cancel")
    assert await firm.do(states, campaign_id) == {LEFT_OUT: 300}
    assert (await how(firm, campaign_id))[0] == CANCELLED


async def test_one_that_never_ends_tries_a_few_again_and_stops_for_many(
    firm: Klarruta, campaign_id: int
) -> None:
    await firm.do(lambda session: session.execute(update(Campaign).values(frozen=False)))
    assert await lot(firm, campaign_id, 200, ("kund-40@d0.example",)) == 200
    assert await how(firm, campaign_id) == (RUNNING, "")
    due = await firm.db.read(
        lambda s: s.scalars(select(Delivery.due_at).where(Delivery.ours_at.is_not(None))).one()
    )
    assert due is not None
    assert due > now() + timedelta(minutes=4)
    await lot(firm, campaign_id, 40, "example")
    assert (await how(firm, campaign_id))[0] == PAUSED


async def test_what_waits_for_a_person_does_not_wait_for_the_choice_of_a_trial(
    firm: Klarruta, campaign_id: int
) -> None:
    await firm.do(
        lambda session: session.add(
            CampaignTrial(campaign_id=campaign_id, variants=["A", "B"], share=10, rule="clicked", hours=1)
        )
    )
    await lot(firm, campaign_id, 50, "example")
    assert not await firm.db.read(are_kept_back, campaign_id)


async def test_it_is_found_without_looking_at_all_copies(firm: Klarruta, campaign_id: int) -> None:
    await lot(firm, campaign_id, 100, ("kund-1@d1.example", "kund-21@d1.example", "kund-41@d1.example"))

    def plans(session: Session) -> str:
        campaign = session.get_one(Campaign, campaign_id)
        return "\n".join(
            (
                plan(session, campaign_watch.reason_to_stop, campaign),
                plan(session, campaign_settling.let_go, campaign, now()),
            )
        )

    if not firm.db.shared:
        told = await firm.do(plans)
        assert "SCAN deliveries" not in told
        assert told.count("ix_deliveries_ours (campaign_id=?") == 4


async def test_through_a_mail_server_all_get_it_once_that_is_mended(firm: Klarruta, tmp_path: Path) -> None:
    async with sinks.sink() as outside:
        outside.says |= dict.fromkeys(PEOPLE, "550 5.7.1 Blocked")

        async with posted(firm.db, tmp_path / "logs"):
            campaign_id = await firm.do(lambda session: begun(session, PEOPLE, outside.port).id)
            await reached(firm, campaign_id, PAUSED)
            assert await firm.do(states, campaign_id) == {WAITING: 300}
            outside.says.clear()
            await decide(firm, campaign_id, "resume")
            await reached(firm, campaign_id, DONE)
    assert sorted(each.recipients[0] for each in outside.letters) == sorted(PEOPLE)


async def reached(firm: Klarruta, campaign_id: int, state: str) -> None:
    """Wait until it is so, and nothing is in hand any more."""

    async def is_so() -> bool:
        return (await how(firm, campaign_id))[0] == state and CLAIMED not in await firm.do(
            states, campaign_id
        )

    await eventually(is_so, 30)
