"""Two letters are tried on some, and all the others get the better one; what cannot be told is said so."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import campaign_changes, campaign_sending, campaign_trial_changes, campaign_verdicts
from crm.campaign_trial_changes import Wanted
from crm.campaign_trials import ANSWERED, ASK, CLICKED, OPENED, PERSON, CampaignTrial
from crm.campaigns import DONE, RUNNING, Campaign, CampaignContent
from crm.deliveries import LEFT_OUT, SENT, Delivery
from crm.desk import Refusal
from hub.audit import RINGBACK
from hub.bulk_mail import Fate, Found
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import HTML, add_mailbox, agree, begin, states, write_campaign

PEOPLE = [f"kund-{number}@stort.example" for number in range(200)]
URL = "https://crm.klarruta.example"


def tried(session: Session, **wanted: object) -> int:
    """Give a campaign with two letters that are tried on 30 % before the others get one of them."""
    add_mailbox(session, 25)
    campaign = write_campaign(session, PEOPLE)
    session.add(CampaignTrial(campaign_id=campaign.id, variants=["A", "B"], share=30, rule=CLICKED, hours=4))
    session.add(
        CampaignContent(campaign_id=campaign.id, variant="B", subject="Vinter", html=HTML, text="Hej!")
    )
    session.flush()
    if wanted:
        campaign_trial_changes.set_up(session, RINGBACK, campaign, Wanted(**{"share": 30, **wanted}))  # type: ignore[arg-type]
    begin(session, campaign.id)
    assert not campaign_sending.prepare(session, campaign.id)
    return campaign.id


def sent_all(session: Session, campaign_id: int, *, but: int = 0) -> list[str]:
    """Have all leave that may leave now, and give their addresses; `but` of each lot are lost before their dot."""
    addresses: list[str] = []
    while batch := campaign_sending.claim(session, campaign_id, "lease", 50, now(), URL):
        sent = batch.copies[: len(batch.copies) - but]
        addresses += [each.to.address for each in sent]
        fates = tuple(Fate(each.id, "sent", 250) for each in sent)
        found = Found(frozenset(each.id for each in sent), fates, is_whole=True)
        campaign_sending.settle(session, campaign_id, "lease", found, now())
        but = 0
    return addresses


def variants(session: Session, campaign_id: int) -> dict[str, str]:
    """Give by address what variant it gets."""
    rows = select(Delivery.address, Delivery.variant).where(Delivery.campaign_id == campaign_id)
    return dict(session.execute(rows).all())


def clicks(session: Session, campaign_id: int, **by: int) -> None:
    """Have so many of each variant follow a link."""
    for variant, number in by.items():
        ids = session.scalars(
            select(Delivery.id)
            .where(Delivery.campaign_id == campaign_id, Delivery.variant == variant)
            .limit(number)
        ).all()
        session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(clicked_at=now()))


def trial(session: Session, campaign_id: int) -> CampaignTrial:
    """Give the trial as it is."""
    return session.get_one(CampaignTrial, campaign_id)


def looked_again(session: Session, campaign_id: int) -> list[str]:
    """Have the campaign's time come, as the post does, and give who was written to."""
    assert (campaign_id, campaign_id) in campaign_sending.take(session, now(), 10)
    return sent_all(session, campaign_id)


async def test_some_are_asked_and_all_the_others_get_the_better_letter_once(
    firm: Klarruta, clock: Clock
) -> None:
    campaign_id = await firm.do(tried)
    asked = await firm.do(sent_all, campaign_id)
    drawn = await firm.do(variants, campaign_id)
    by_letter = Counter(drawn.values())
    assert 40 <= by_letter["A"] + by_letter["B"] == len(asked) <= 80
    assert min(by_letter["A"], by_letter["B"]) >= 15
    await firm.do(clicks, campaign_id, A=1, B=14)
    clock.advance(hours=3, minutes=59)
    assert await firm.do(campaign_sending.take, now(), 10) == []
    clock.advance(minutes=2)
    others = await firm.do(looked_again, campaign_id)
    assert sorted(asked + others) == sorted(PEOPLE)
    assert {(await firm.do(variants, campaign_id))[each] for each in others} == {"B"}
    found = await firm.do(trial, campaign_id)
    assert (found.winner, found.decided_by) == ("B", None)
    assert "more than chance" in found.why
    assert found.found["B"]["clicked"] == 14
    assert (await firm.do(lambda session: session.get_one(Campaign, campaign_id))).state == DONE


async def test_who_gets_which_is_the_same_after_a_kill(firm: Klarruta, clock: Clock) -> None:
    campaign_id = await firm.do(tried)
    before = await firm.do(variants, campaign_id)

    def made_again(session: Session) -> None:
        session.execute(update(Campaign).values(started_at=None))
        session.execute(
            Delivery.__table__.delete().where(Delivery.id % 2 == 0)
        )  # killed while they were made
        assert not campaign_sending.prepare(session, campaign_id)

    await firm.do(made_again)
    assert await firm.do(variants, campaign_id) == before
    first = await firm.do(sent_all, campaign_id, but=7)
    clock.advance(hours=5)
    second = await firm.do(looked_again, campaign_id)
    assert sorted(first + second) == sorted(PEOPLE)


async def test_the_clock_begins_when_the_last_one_who_is_asked_was_written_to(
    firm: Klarruta, clock: Clock
) -> None:
    campaign_id = await firm.do(tried)
    await firm.do(campaign_sending.claim, campaign_id, "lost", 10, now(), URL)
    await firm.do(sent_all, campaign_id)
    assert (await firm.do(trial, campaign_id)).decides_at is None
    await firm.do(campaign_sending.settle, campaign_id, "lost", Found(frozenset(), (), is_whole=True), now())
    clock.advance(hours=9)
    await firm.do(sent_all, campaign_id)
    decides_at = (await firm.do(trial, campaign_id)).decides_at
    assert decides_at is not None
    assert decides_at > now() + timedelta(hours=3)


async def test_a_tie_is_said_and_the_first_goes_on(firm: Klarruta, clock: Clock) -> None:
    campaign_id = await firm.do(tried)
    await firm.do(sent_all, campaign_id)
    clock.advance(hours=5)
    await firm.do(looked_again, campaign_id)
    found = await firm.do(trial, campaign_id)
    assert found.winner == "A"
    assert "nothing can be told" in found.why


async def test_what_is_too_few_to_tell_a_person_decides_if_that_was_wished(
    firm: Klarruta, clock: Clock
) -> None:
    campaign_id = await firm.do(tried, unsure=ASK)
    asked = await firm.do(sent_all, campaign_id)
    await firm.do(clicks, campaign_id, A=2, B=3)
    clock.advance(hours=5)
    assert await firm.do(looked_again, campaign_id) == []
    found = await firm.do(trial, campaign_id)
    assert (found.winner, found.decided_at is not None) == ("", True)
    assert "too few to tell" in found.why
    clock.advance(days=2)
    assert await firm.do(campaign_sending.take, now(), 10) == []

    def chosen(session: Session) -> None:
        campaign_trial_changes.choose(session, RINGBACK, session.get_one(Campaign, campaign_id), "A")

    await firm.do(chosen)
    assert len(asked) + len(await firm.do(looked_again, campaign_id)) == len(PEOPLE)
    with pytest.raises(Refusal, match="chosen already"):
        await firm.do(chosen)


async def test_a_number_decides_before_the_time(firm: Klarruta, clock: Clock) -> None:
    campaign_id = await firm.do(tried, enough=10)
    await firm.do(sent_all, campaign_id)
    await firm.do(clicks, campaign_id, A=9)
    clock.advance(minutes=2)
    assert await firm.do(looked_again, campaign_id) == []
    await firm.do(clicks, campaign_id, B=1)
    clock.advance(minutes=2)
    await firm.do(looked_again, campaign_id)
    assert (await firm.do(trial, campaign_id)).winner == "A"


async def test_where_a_person_chooses_it_waits_for_him(firm: Klarruta, clock: Clock) -> None:
    campaign_id = await firm.do(tried, rule=PERSON)
    await firm.do(sent_all, campaign_id)
    clock.advance(hours=5)
    assert await firm.do(looked_again, campaign_id) == []
    clock.advance(days=30)
    assert await firm.do(campaign_sending.take, now(), 10) == []
    campaign = await firm.do(lambda session: session.get_one(Campaign, campaign_id))
    assert campaign.state == RUNNING

    def cancelled(session: Session) -> None:
        campaign_changes.cancel(session, RINGBACK, session.get_one(Campaign, campaign_id))

    await firm.do(cancelled)
    assert set(await firm.do(states, campaign_id)) == {SENT, LEFT_OUT}


async def test_who_comes_to_fit_a_living_one_after_the_choice_gets_what_was_chosen(
    firm: Klarruta, clock: Clock
) -> None:
    campaign_id = await firm.do(tried)
    await firm.do(lambda session: session.execute(update(Campaign).values(frozen=False)))
    await firm.do(sent_all, campaign_id)
    await firm.do(clicks, campaign_id, B=9)
    clock.advance(hours=5)
    await firm.do(looked_again, campaign_id)

    def joined(session: Session) -> None:
        agree(session, session.get_one(Campaign, campaign_id), ["ny@stort.example"])

    await firm.do(joined)
    clock.advance(minutes=11)
    assert not await firm.do(campaign_sending.prepare, campaign_id)
    assert await firm.do(looked_again, campaign_id) == ["ny@stort.example"]
    assert (await firm.do(variants, campaign_id))["ny@stort.example"] == "B"


async def test_what_is_not_counted_cannot_decide(firm: Klarruta) -> None:
    def wanted(session: Session, rule: str) -> None:
        campaign = session.scalars(select(Campaign)).one()
        campaign.state = "draft"
        campaign_trial_changes.set_up(session, RINGBACK, campaign, Wanted(rule=rule))

    await firm.do(tried)
    with pytest.raises(Refusal, match="not counted"):
        await firm.do(wanted, OPENED)
    await firm.do(wanted, ANSWERED)


async def test_all_are_shared_out_where_all_are_asked(firm: Klarruta) -> None:
    campaign_id = await firm.do(tried, share=100)
    assert len(await firm.do(sent_all, campaign_id)) == len(PEOPLE)
    assert (await firm.do(lambda session: session.get_one(Campaign, campaign_id))).state == DONE
    with pytest.raises(Refusal, match="Nobody waits"):
        await firm.do(
            lambda session: campaign_trial_changes.choose(
                session, RINGBACK, session.get_one(Campaign, campaign_id), "A"
            )
        )


def test_shares_and_leads_are_those_of_the_books() -> None:
    """Wilson for 81 of 263, and the difference of 56 of 70 and 48 of 80 (both of Newcombe 1998)."""
    found = campaign_verdicts.share(81, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    low, high = campaign_verdicts.lead(campaign_verdicts.share(56, 70), campaign_verdicts.share(48, 80))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)
    assert campaign_verdicts.share(0, 0)[2:] == (0.0, 1.0)


def test_a_lead_is_sure_only_where_chance_does_not_explain_it() -> None:
    assert campaign_verdicts.verdict({"A": (10, 500), "B": (40, 500)}).is_sure
    assert not campaign_verdicts.verdict({"A": (2, 20), "B": (5, 20)}).is_sure
    # What is enough against one other is not against three.
    assert campaign_verdicts.verdict({"A": (10, 100), "B": (21, 100)}).is_sure
    four = campaign_verdicts.verdict({"A": (10, 100), "B": (21, 100), "C": (10, 100), "D": (9, 100)})
    assert (four.best, four.is_sure) == ("B", False)
    assert campaign_verdicts.verdict({"A": (0, 0), "B": (0, 0)}).tied == ("B",)
