"""A campaign slows down for whoever says "not now": a domain, or our own mail server; for one recipient it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_progress, campaign_sending, campaign_slowness, pace_changes, paces
from crm.campaigns import Campaign
from crm.paces import ALL, FASTEST, Pace
from hub.audit import RINGBACK
from hub.bulk_mail import Copy, Fate, Found
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import URL, filled

BUSY = (421, "4.7.0", "Try again later")
THROTTLED = (454, "4.7.0", "Throttling failure: Maximum sending rate exceeded.")
FULL = (452, "4.2.2", "The recipient is over quota")

Answer = Callable[[Copy], tuple[int, str, str] | None]


async def campaign_to(firm: Klarruta, domains: int, people: int = 60) -> int:
    """Give a campaign to so many people, in turn at these domains."""
    addresses = [f"kund-{number}@d{number % domains}.example" for number in range(people)]
    return await firm.do(lambda session: filled(session, addresses).id)


async def lot(firm: Klarruta, campaign_id: int, most: int, answer: Answer) -> int:
    """Send a lot; `answer` says why a copy is put off, None where it is taken. Give how many there were."""

    def send(session: Session) -> int:
        batch = campaign_sending.claim(session, campaign_id, "lease", most, now(), URL)
        if batch is None:
            return 0
        said = [(each.id, answer(each)) for each in batch.copies]
        fates = [Fate(copy, "later", *why) if why else Fate(copy, "sent", 250) for copy, why in said]
        campaign_sending.settle(
            session, campaign_id, "lease", Found(frozenset(), tuple(fates), is_whole=True), now()
        )
        return len(batch.copies)

    return await firm.do(send)


async def halved(firm: Klarruta) -> dict[str, int]:
    """Give how many times each pace is halved."""
    rows = await firm.db.read(lambda session: session.scalars(select(Pace)).all())
    return {each.domain: each.halved(now()) for each in rows if each.halved(now())}


async def test_full_mailboxes_slow_nobody_down(firm: Klarruta) -> None:
    campaign_id = await campaign_to(firm, 1)
    assert await lot(firm, campaign_id, 60, lambda _copy: FULL) == 60
    assert await halved(firm) == {}


async def test_one_of_many_slows_nobody_down(firm: Klarruta) -> None:
    campaign_id = await campaign_to(firm, 1)
    await lot(firm, campaign_id, 60, lambda copy: BUSY if copy.to.address.startswith("kund-7@") else None)
    assert await halved(firm) == {}


async def test_lots_that_were_on_their_way_together_halve_it_once(firm: Klarruta, clock: Clock) -> None:
    campaign_id = await campaign_to(firm, 1)
    for _ in range(2):
        await lot(firm, campaign_id, 20, lambda _copy: BUSY)
    assert await halved(firm) == {"d0.example": 1}
    clock.advance(seconds=40)
    await lot(firm, campaign_id, 20, lambda _copy: BUSY)
    assert await halved(firm) == {"d0.example": 2}


async def test_many_domains_at_once_are_our_own_mail_server(firm: Klarruta) -> None:
    campaign_id = await campaign_to(firm, 40)
    await lot(firm, campaign_id, 50, lambda _copy: THROTTLED)
    assert await halved(firm) == {ALL: 1}

    def said(session: Session) -> list[str]:
        campaign = session.get_one(Campaign, campaign_id)
        return [str(each.words) for each in campaign_slowness.reasons(session, campaign, now())]

    assert "Its own mail server says “not now”: it gets 1 of 2 of what it got." in await firm.db.read(said)
    own = await firm.db.read(lambda session: session.scalars(select(Pace).where(Pace.domain == ALL)).one())
    assert own.room(now(), 1000) == FASTEST / 60 / 2


async def test_a_few_of_many_domains_are_slowed_down_alone(firm: Klarruta) -> None:
    campaign_id = await campaign_to(firm, 20)
    ends = tuple(f"@d{number}.example" for number in range(6))
    await lot(firm, campaign_id, 60, lambda copy: BUSY if copy.to.address.endswith(ends) else None)
    assert await halved(firm) == {end[1:]: 1 for end in ends}


async def test_lots_of_one_tell_our_own_mail_server_as_well(firm: Klarruta) -> None:
    campaign_id = await campaign_to(firm, 40)
    for _ in range(7):
        assert await lot(firm, campaign_id, 1, lambda _copy: THROTTLED) == 1
    assert await halved(firm) == {f"d{number}.example": 1 for number in range(4)} | {ALL: 1}


async def test_the_end_is_told_by_the_pace_that_holds_now(firm: Klarruta, clock: Clock) -> None:
    campaign_id = await campaign_to(firm, 2, 400)
    clock.advance(seconds=5)
    await lot(firm, campaign_id, 200, lambda _copy: None)

    def told(session: Session) -> campaign_progress.Progress:
        return campaign_progress.progress(session, session.get_one(Campaign, campaign_id), now())

    def slow(session: Session, domain: str, halvings: int) -> None:
        pace = paces.pace(session, session.get_one(Campaign, campaign_id).channel_id or 0, domain)
        pace.halvings, pace.halved_at = halvings, now()

    assert (await firm.db.read(told)).speed > 150
    await firm.do(slow, "d0.example", 6)  # 9.375 a minute, and half of what is left goes there
    seen = await firm.db.read(told)
    assert seen.speed == 18.75
    assert seen.ends_at is not None
    assert seen.ends_at - now() > timedelta(minutes=10)
    await firm.do(slow, ALL, 7)
    assert (await firm.db.read(told)).speed == 4.6875


async def test_a_domain_that_is_limited_no_more_is_forgotten(firm: Klarruta, clock: Clock) -> None:
    campaign_id = await campaign_to(firm, 3)
    await lot(firm, campaign_id, 60, lambda _copy: BUSY)
    assert len(await halved(firm)) == 3

    def limit(session: Session) -> None:
        box = session.get_one(Campaign, campaign_id).channel_id or 0
        pace_changes.limit(session, RINGBACK, box, "d0.example", 100)

    await firm.do(limit)
    assert await firm.do(paces.forget) == 0
    clock.advance(hours=3)
    assert await firm.do(paces.forget) == 2
    left = await firm.db.read(lambda session: sorted(session.scalars(select(Pace.domain))))
    assert left == [ALL, "d0.example"]
