"""A campaign goes to everybody who is to have it, once; what stands in its way is said, and nobody is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import (
    campaign_changes,
    campaign_filling,
    campaign_sending,
    consents,
    contacts,
    delivery_reports,
    paces,
    suppressions,
)
from crm.campaign_progress import progress
from crm.campaigns import CANCELLED, DONE, PAUSED, RUNNING, Campaign
from crm.contacts import MAIL, PHONE
from crm.deliveries import CLAIMED, LEFT_OUT, REFUSED, SENT, UNKNOWN, WAITING, Delivery
from crm.desk import Refusal
from crm.suppressions import BY_HAND, Suppression
from hub import bulk_logs, bulk_post
from hub.audit import RINGBACK
from hub.bulk_logs import BulkLog
from hub.bulk_mail import Fate, Found, Trouble
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import OFFICE, add_mailbox, agree, begin, begun, posted, states, write_campaign
from tests.eventually import eventually
from tests.plans import plan
from tests.servers import sink as sinks
from tests.servers.sink import Sink

PEOPLE = [f"kund-{number}@{'stort.example' if number % 2 else 'litet.example'}" for number in range(30)]
URL = "https://crm.klarruta.example"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """Give the world that letters go to."""
    async with sinks.sink() as made:
        made.offers.append("PIPELINING")
        yield made


@pytest.fixture
async def campaign_id(firm: Klarruta, sink: Sink) -> int:
    """Give a campaign that has not begun."""

    def write(session: Session) -> int:
        add_mailbox(session, sink.port)
        return write_campaign(session, PEOPLE).id

    return await firm.do(write)


def prepared(session: Session, campaign_id: int) -> None:
    """Have a campaign begun, and its copies made."""
    begin(session, campaign_id)
    assert not campaign_sending.prepare(session, campaign_id)


def campaign_of(session: Session, campaign_id: int) -> tuple[str, str]:
    """Give how a campaign is, and why."""
    campaign = session.get_one(Campaign, campaign_id)
    return campaign.state, campaign.paused_why


async def ended(firm: Klarruta, campaign_id: int, state: str = DONE, seconds: float = 30) -> None:
    """Wait until it is so."""

    async def is_so() -> bool:
        return (await firm.do(campaign_of, campaign_id))[0] == state

    await eventually(is_so, seconds)


async def claimed(firm: Klarruta, campaign_id: int, lease: str = "lease", most: int = 100) -> list[int]:
    """Claim copies, and give their numbers."""
    batch = await firm.do(campaign_sending.claim, campaign_id, lease, most, now(), URL)
    return [each.id for each in batch.copies] if batch else []


async def settled(firm: Klarruta, campaign_id: int, *fates: Fate, dotted: tuple[int, ...] = (),
                  trouble: Trouble | None = None) -> None:  # fmt: skip
    """Settle them."""
    found = Found(frozenset(dotted), fates, is_whole=True)
    await firm.do(campaign_sending.settle, campaign_id, "lease", found, now(), trouble)


async def test_everybody_who_agreed_gets_it_once(
    firm: Klarruta, sink: Sink, campaign_id: int, tmp_path: Path
) -> None:
    async with posted(firm.db, tmp_path / "logs"):
        await firm.do(begin, campaign_id)
        await ended(firm, campaign_id)
    assert sorted(each.recipients[0] for each in sink.letters) == sorted(PEOPLE)
    assert await firm.do(states, campaign_id) == {SENT: 30}
    assert list((tmp_path / "logs").iterdir()) == []
    letter = sink.letters[0].content.decode()
    assert f"List-Unsubscribe: <{URL}/unsubscribe/" in letter
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in letter
    assert "Precedence: bulk" in letter


async def test_a_letter_in_nobodys_name_is_from_the_company(
    firm: Klarruta, sink: Sink, campaign_id: int, tmp_path: Path
) -> None:
    await firm.do(lambda session: session.execute(update(Campaign).values(sender_name="")))
    async with posted(firm.db, tmp_path / "logs"):
        await firm.do(begin, campaign_id)
        await ended(firm, campaign_id)
    letter = message_from_bytes(sink.letters[0].content, policy=default)
    assert letter["From"] == f"Klarruta Fönster <{OFFICE}>"


async def test_a_mailbox_that_was_made_elsewhere_a_moment_ago_sends(
    firm: Klarruta, sink: Sink, tmp_path: Path
) -> None:
    async with posted(firm.db, tmp_path / "logs"):
        campaign_id = await firm.do(lambda session: begun(session, PEOPLE, sink.port).id)
        await ended(firm, campaign_id)
    assert await firm.do(campaign_of, campaign_id) == (DONE, "")
    assert len(sink.letters) == len(PEOPLE)


async def test_who_took_it_back_or_must_not_be_written_to_gets_none(firm: Klarruta, campaign_id: int) -> None:
    def change(session: Session) -> None:
        list_id = session.get_one(Campaign, campaign_id).list_id
        assert list_id is not None
        consents.withdraw(session, list_id, MAIL, PEOPLE[0], consents.Origin(source="page"))
        other = write_campaign(session, [], "Other")
        session.add(Suppression(kind=MAIL, value=PEOPLE[1], reason=BY_HAND))
        session.add(Suppression(kind=MAIL, value=PEOPLE[2], reason=BY_HAND, list_id=other.list_id))
        session.add(Suppression(kind=MAIL, value=PEOPLE[3], reason=BY_HAND, lifted_at=now()))

    await firm.do(change)
    await firm.do(prepared, campaign_id)
    addresses = await firm.do(lambda session: set(session.scalars(select(Delivery.address))))
    assert addresses == set(PEOPLE) - {PEOPLE[0], PEOPLE[1]}


async def test_who_leaves_while_it_goes_gets_none(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(prepared, campaign_id)
    await firm.do(suppressions.suppress, MAIL, PEOPLE[5], BY_HAND)
    ids = await claimed(firm, campaign_id)
    assert len(ids) == 29
    assert (await firm.do(states, campaign_id))[LEFT_OUT] == 1


async def test_who_leaves_while_his_copy_is_on_its_way_is_not_tried_again(
    firm: Klarruta, campaign_id: int
) -> None:
    await firm.do(prepared, campaign_id)
    assert len(await claimed(firm, campaign_id)) == 30
    await firm.do(suppressions.suppress, MAIL, PEOPLE[5], BY_HAND)
    await settled(firm, campaign_id)
    assert len(await claimed(firm, campaign_id, "again")) == 29
    assert (await firm.do(states, campaign_id))[LEFT_OUT] == 1


async def test_copies_made_twice_are_made_once(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(prepared, campaign_id)
    await firm.do(lambda session: session.execute(update(Campaign).values(started_at=None)))
    assert not await firm.do(campaign_sending.prepare, campaign_id)
    assert await firm.do(states, campaign_id) == {WAITING: 30}


async def test_no_copy_is_claimed_twice(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(prepared, campaign_id)
    first, second, third = [await claimed(firm, campaign_id, lease, 20) for lease in ("a", "b", "c")]
    assert (len(first), len(second), third) == (20, 10, [])
    assert not set(first) & set(second)


async def test_what_became_of_each_is_kept(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(prepared, campaign_id)
    ids = await claimed(firm, campaign_id)
    sent = tuple(Fate(each, "sent", 250) for each in ids[4:])
    await settled(
        firm, campaign_id, Fate(ids[0], "refused", 550, "5.1.1", "Unknown user"),
        Fate(ids[1], "later", 451, "4.7.1", "Greylisted"), *sent, dotted=(ids[2], *ids[4:]),
    )  # fmt: skip
    assert await firm.do(states, campaign_id) == {SENT: 26, REFUSED: 1, WAITING: 2, UNKNOWN: 1}
    rows = await firm.do(lambda session: [session.get_one(Delivery, each) for each in ids[:4]])
    assert (rows[0].code, rows[0].why) == ("5.1.1", "Unknown user")
    assert timedelta(minutes=4) < (rows[1].due_at or now()) - now() < timedelta(minutes=6)
    assert (rows[2].state, rows[2].dotted) == (UNKNOWN, True)
    assert (rows[3].state, rows[3].tries, rows[3].lease) == (WAITING, 0, None)
    assert rows[1].tries == 1


async def test_what_comes_back_before_it_is_settled_says_why(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(prepared, campaign_id)
    ids = await claimed(firm, campaign_id)
    full = (0, "5.2.2", "Mailbox full")
    await firm.do(
        lambda session: delivery_reports.came_back(session, session.get_one(Delivery, ids[0]), *full)
    )
    await settled(firm, campaign_id, *(Fate(each, "sent", 250) for each in ids), dotted=tuple(ids))
    row = await firm.do(lambda session: session.get_one(Delivery, ids[0]))
    assert (row.state, row.code, row.why, row.bounced_at is not None) == (SENT, *full[1:], True)


async def test_what_is_said_of_a_try_is_gone_once_another_one_succeeds(
    firm: Klarruta, campaign_id: int
) -> None:
    await firm.do(prepared, campaign_id)
    ids = await claimed(firm, campaign_id)
    await settled(firm, campaign_id, Fate(ids[0], "later", 451, "4.7.1", "Greylisted"))
    await firm.do(lambda session: session.execute(update(Delivery).values(due_at=now())))
    await firm.do(lambda session: session.execute(update(paces.Pace).values(halvings=0)))
    again = await claimed(firm, campaign_id)
    assert ids[0] in again
    await settled(firm, campaign_id, *(Fate(each, "sent", 250) for each in again), dotted=tuple(again))
    row = await firm.do(lambda session: session.get_one(Delivery, ids[0]))
    assert (row.state, row.code, row.why) == (SENT, "", "")


async def test_what_was_refused_for_now_is_tried_longer_apart_and_at_last_no_more(
    firm: Klarruta, campaign_id: int, clock: Clock
) -> None:
    await firm.do(prepared, campaign_id)
    await firm.do(
        lambda session: session.execute(update(Delivery).where(Delivery.id > 1).values(state=LEFT_OUT))
    )
    for _ in range(campaign_sending.TRIES):
        assert len(await claimed(firm, campaign_id)) == 1
        await settled(firm, campaign_id, Fate(1, "later", 452, "4.2.2", "Full"))
        clock.advance(hours=5)
    assert await firm.do(states, campaign_id) == {REFUSED: 1, LEFT_OUT: 29}
    assert await firm.do(campaign_of, campaign_id) == (DONE, "")


async def test_a_server_that_is_away_has_all_wait_and_says_so(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(prepared, campaign_id)
    await claimed(firm, campaign_id)
    await settled(
        firm, campaign_id, trouble=Trouble("The mail server does not answer.", timedelta(seconds=30))
    )
    assert await firm.do(states, campaign_id) == {WAITING: 30}
    state, why = await firm.do(campaign_of, campaign_id)
    assert (state, "does not answer" in why) == (RUNNING, True)
    assert await firm.do(campaign_sending.take, now(), 10) == []
    assert await firm.do(campaign_sending.take, now() + timedelta(seconds=31), 10) == [
        (campaign_id, campaign_id)
    ]


async def test_a_sender_that_is_refused_needs_a_person(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(prepared, campaign_id)
    await claimed(firm, campaign_id)
    await settled(firm, campaign_id, trouble=Trouble("The mail server refuses user “office”.", None))
    assert await firm.do(campaign_of, campaign_id) == (PAUSED, "The mail server refuses user “office”.")
    assert await firm.do(states, campaign_id) == {WAITING: 30}


async def test_refused_for_what_we_are_it_stops_and_nobody_is_suppressed(
    firm: Klarruta, campaign_id: int
) -> None:
    await firm.do(prepared, campaign_id)
    ids = await claimed(firm, campaign_id)
    fates = [Fate(each, "refused", 550, "5.7.26", "Not authenticated") for each in ids[:5]]
    await settled(firm, campaign_id, *fates, *(Fate(each, "sent", 250) for each in ids[5:]))
    state, why = await firm.do(campaign_of, campaign_id)
    assert (state, "550 5.7.26 Not authenticated" in why) == (PAUSED, True)
    assert await firm.do(states, campaign_id) == {SENT: 25, WAITING: 5}
    assert await firm.do(lambda session: session.scalars(select(Suppression)).all()) == []


async def test_complaints_stop_it_and_a_person_has_it_go_on(
    firm: Klarruta, campaign_id: int, clock: Clock
) -> None:
    await firm.do(prepared, campaign_id)
    ids = await claimed(firm, campaign_id, most=20)
    await settled(firm, campaign_id, *(Fate(each, "sent", 250) for each in ids))
    three = update(Delivery).where(Delivery.id.in_(ids[:3])).values(complained_at=now())
    await firm.do(lambda session: session.execute(three))
    clock.advance(seconds=5)
    more = await claimed(firm, campaign_id, most=5)
    await settled(firm, campaign_id, *(Fate(each, "sent", 250) for each in more))
    assert await firm.do(campaign_of, campaign_id) == (PAUSED, "3 of the last 25 recipients complained.")
    await firm.do(
        lambda session: campaign_changes.resume(session, RINGBACK, session.get_one(Campaign, campaign_id))
    )
    last = await claimed(firm, campaign_id)
    await settled(firm, campaign_id, *(Fate(each, "sent", 250) for each in last))
    assert await firm.do(campaign_of, campaign_id) == (DONE, "")


async def test_many_that_are_refused_stop_it(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(prepared, campaign_id)
    ids = await claimed(firm, campaign_id)
    await settled(firm, campaign_id, *(Fate(each, "refused", 550, "5.1.1", "Unknown") for each in ids[:20]),
                  *(Fate(each, "sent", 250) for each in ids[20:29]))  # fmt: skip
    assert await firm.do(campaign_of, campaign_id) == (
        PAUSED, "20 of the last 29 letters came back or were refused.",
    )  # fmt: skip


async def test_paused_nothing_is_claimed_and_resumed_it_is(firm: Klarruta, campaign_id: int) -> None:
    def change(session: Session, how: str) -> None:
        getattr(campaign_changes, how)(session, RINGBACK, session.get_one(Campaign, campaign_id))

    await firm.do(prepared, campaign_id)
    await firm.do(change, "pause")
    assert await claimed(firm, campaign_id) == []
    with pytest.raises(Refusal):
        await firm.do(change, "pause")
    await firm.do(change, "resume")
    assert len(await claimed(firm, campaign_id, most=10)) == 10
    await firm.do(change, "cancel")
    assert await firm.do(states, campaign_id) == {CLAIMED: 10, LEFT_OUT: 20}
    await settled(firm, campaign_id)
    assert await firm.do(states, campaign_id) == {LEFT_OUT: 30}
    assert (await firm.do(campaign_of, campaign_id))[0] == CANCELLED


async def test_pausing_holds_what_is_on_its_way_at_once(
    firm: Klarruta, sink: Sink, campaign_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_post, "LANES", 1)
    sink.pause = 1
    async with posted(firm.db, tmp_path / "logs"):
        await firm.do(begin, campaign_id)
        await eventually(lambda: len(sink.letters) >= 2)
        await firm.do(
            lambda session: campaign_changes.pause(session, RINGBACK, session.get_one(Campaign, campaign_id))
        )

        async def is_settled() -> bool:
            return CLAIMED not in await firm.do(states, campaign_id)

        await eventually(is_settled)
        assert len(sink.letters) <= 8
    counted = await firm.do(states, campaign_id)
    assert counted == {SENT: len(sink.letters), WAITING: 30 - len(sink.letters)}


async def test_who_leaves_while_his_copy_is_in_hand_gets_none_if_it_has_not_begun(
    firm: Klarruta, sink: Sink, campaign_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_post, "LANES", 1)
    sink.pause = 0.5
    in_hand = select(Delivery.address).where(Delivery.state == CLAIMED).order_by(Delivery.id.desc()).limit(1)

    def leaves(session: Session) -> str:
        list_id = session.get_one(Campaign, campaign_id).list_id or 0
        last = session.scalars(in_hand).one()
        consents.withdraw(session, list_id, MAIL, last, consents.Origin(source="page"))
        return last

    async with posted(firm.db, tmp_path / "logs"):
        await firm.do(begin, campaign_id)
        await eventually(lambda: len(sink.letters) >= 2)
        left = await firm.do(leaves)
        sink.pause = 0
        await ended(firm, campaign_id)
    assert {each.recipients[0] for each in sink.letters} == set(PEOPLE) - {left}
    assert await firm.do(states, campaign_id) == {SENT: 29, LEFT_OUT: 1}


async def test_what_a_killed_hub_left_behind_is_settled_by_its_log(
    firm: Klarruta, campaign_id: int, sink: Sink, tmp_path: Path
) -> None:
    await firm.do(prepared, campaign_id)
    log = BulkLog.begun(tmp_path / "logs", "lease")
    ids = await claimed(firm, campaign_id, most=4)
    for each in ids[:3]:
        log.dot(each)
    log.tell(Fate(ids[0], "sent", 250))
    log.tell(Fate(ids[1], "refused", 550, "5.1.1", "Unknown"))
    log.keep()
    log.close()
    file = tmp_path / "logs/lease.log"
    file.write_bytes(file.read_bytes() + b'[%d,"se' % ids[3])  # cut off
    async with posted(firm.db, tmp_path / "logs"):
        await ended(firm, campaign_id)
    assert await firm.do(states, campaign_id) == {SENT: 28, REFUSED: 1, UNKNOWN: 1}
    assert len(sink.letters) == 27


async def test_what_a_process_still_writes_is_settled_once_it_has_let_go(
    firm: Klarruta, campaign_id: int, sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await firm.do(prepared, campaign_id)
    begun = BulkLog.begun(tmp_path / "logs", "lease")
    writes_on = BulkLog.held(begun.path)
    begun.close()
    ids, looks = await claimed(firm, campaign_id, most=4), list[bool]()
    is_held = bulk_logs.is_held
    monkeypatch.setattr(bulk_logs, "is_held", lambda path: looks.append(is_held(path)) or looks[-1])
    async with posted(firm.db, tmp_path / "logs"):
        await eventually(lambda: len(looks) > 2)
        assert sink.letters == []
        for each in ids:
            writes_on.dot(each)
            writes_on.tell(Fate(each, "sent", 250))
        writes_on.keep()
        writes_on.close()
        await ended(firm, campaign_id)
    assert await firm.do(states, campaign_id) == {SENT: 30}
    assert len(sink.letters) == 26  # nobody twice


@pytest.mark.parametrize("log", ["none", "of-before-the-machine-started"])
async def test_without_a_log_to_believe_nobody_knows(
    firm: Klarruta, campaign_id: int, tmp_path: Path, clock: Clock, log: str
) -> None:
    await firm.do(prepared, campaign_id)
    await claimed(firm, campaign_id, most=4)
    if log != "none":
        (tmp_path / "logs").mkdir()
        (tmp_path / "logs/lease.log").write_text("another boot\n1\n")
    if firm.db.shared and log == "none":
        clock.advance(minutes=31)
        await firm.do(campaign_sending.give_up, now())
    async with posted(firm.db, tmp_path / "logs"):
        await ended(firm, campaign_id)
    assert await firm.do(states, campaign_id) == {SENT: 26, UNKNOWN: 4}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # whose plans do not differ with what is there
@pytest.mark.parametrize("leases", [None, ("another",)])
async def test_leases_that_ran_out_are_found_among_those_that_run(
    firm: Klarruta, campaign_id: int, leases: tuple[str, ...] | None
) -> None:
    await firm.do(prepared, campaign_id)
    await claimed(firm, campaign_id, most=4)
    found = await firm.do(plan, campaign_sending.give_up, now() + timedelta(minutes=31), leases)
    assert "SCAN deliveries USING INDEX ix_deliveries_state" not in found
    assert found.count("ix_deliveries_claimed") == 2, found
    assert await firm.do(states, campaign_id) == {WAITING: 26, UNKNOWN: 4}


async def test_a_person_decides_on_what_nobody_knows(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(prepared, campaign_id)
    ids = await claimed(firm, campaign_id)
    await settled(firm, campaign_id, *(Fate(each, "sent", 250) for each in ids[2:]), dotted=tuple(ids))
    assert await firm.do(campaign_of, campaign_id) == (DONE, "")

    def decide(session: Session, how: str) -> int:
        decided: int = getattr(campaign_changes, how)(
            session, RINGBACK, session.get_one(Campaign, campaign_id)
        )
        return decided

    assert await firm.do(decide, "send_again") == 2
    assert sorted(await claimed(firm, campaign_id)) == ids[:2]
    await settled(firm, campaign_id, dotted=tuple(ids[:2]))
    assert await firm.do(decide, "leave") == 2
    with pytest.raises(Refusal, match="nothing to decide"):
        await firm.do(decide, "send_again")
    assert await firm.do(states, campaign_id) == {SENT: 28, UNKNOWN: 2}


async def test_a_domain_gets_no_more_than_its_pace(firm: Klarruta, campaign_id: int, clock: Clock) -> None:
    def limit(session: Session) -> None:
        channel = session.get_one(Campaign, campaign_id).channel_id or 0
        paces.pace(session, channel, "stort.example").per_hour = 240  # four a minute

    await firm.do(prepared, campaign_id)
    await firm.do(limit)
    first = await claimed(firm, campaign_id, "first")
    assert len(first) == 15 + 4
    assert await claimed(firm, campaign_id, "second") == []
    came = 0
    for minute in range(1, 5):
        clock.advance(minutes=1)
        came += len(await claimed(firm, campaign_id, f"minute {minute}"))
        assert came <= 4 * minute
    assert came == 11


async def test_a_sender_gets_no_more_than_his_pace_and_it_outlives_a_restart(
    firm: Klarruta, campaign_id: int, clock: Clock
) -> None:
    def limit(session: Session) -> None:
        paces.pace(session, session.get_one(Campaign, campaign_id).channel_id or 0).per_hour = 600

    await firm.do(prepared, campaign_id)
    await firm.do(limit)
    assert len(await claimed(firm, campaign_id, "first")) == 10
    assert await claimed(firm, campaign_id, "second") == []
    at = await firm.do(campaign_sending.earliest, now())
    assert at is not None
    assert timedelta(0) < at - now() <= timedelta(seconds=6)
    clock.advance(seconds=30)
    assert len(await claimed(firm, campaign_id, "third")) == 5


async def test_a_domain_that_says_not_now_is_written_to_more_slowly_and_recovers(
    firm: Klarruta, campaign_id: int, clock: Clock
) -> None:
    await firm.do(prepared, campaign_id)
    ids = await claimed(firm, campaign_id)
    await settled(firm, campaign_id, Fate(ids[1], "later", 421, "4.7.0", "Try again later"),
                  *(Fate(each, "sent", 250) for each in ids[2:]))  # fmt: skip

    def interval(session: Session) -> timedelta | None:
        row = session.scalars(select(paces.Pace).where(paces.Pace.domain == "stort.example")).one()
        return row.interval(now())

    assert await firm.do(interval) == timedelta(hours=2) / paces.FASTEST
    clock.advance(minutes=11)
    assert await firm.do(interval) is None


def test_a_new_sender_is_warmed_up_day_by_day() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    pace = paces.Pace(channel_id=1, domain=paces.ALL, halvings=0, warms_from=monday)
    hourly = []
    for day in (0, 1, 2, 5, 13):
        interval = pace.interval(monday + timedelta(days=day))
        assert interval is not None
        hourly.append(round(timedelta(hours=1) / interval))
    assert hourly == [2, 4, 8, 66, 17_066]
    assert pace.interval(monday + timedelta(days=14)) is None


async def test_nobody_is_written_to_in_his_night(firm: Klarruta, campaign_id: int, clock: Clock) -> None:
    clock.shift = datetime(2026, 11, 27, 21, 30, tzinfo=UTC) - datetime.now(UTC)  # half past ten in Stockholm

    def hours(session: Session) -> None:
        session.get_one(Campaign, campaign_id).pace = {"from": "08:00", "until": "22:00"}
        contacts.add_contact(session, "Karin", [(MAIL, PEOPLE[0]), (PHONE, "+12125550123")])  # in New York

    await firm.do(hours)
    await firm.do(prepared, campaign_id)
    assert [PEOPLE[0]] == await firm.do(
        lambda session: [
            each.to.address
            for each in campaign_sending.claim(session, campaign_id, "a", 100, now(), URL).copies  # type: ignore[union-attr]
        ]
    )
    assert await claimed(firm, campaign_id, "b") == []
    at = await firm.do(campaign_sending.earliest, now())
    assert at == datetime(2026, 11, 28, 7, tzinfo=UTC)


async def test_several_go_side_by_side(
    firm: Klarruta, campaign_id: int, sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_post, "TURN", 0.1)
    monkeypatch.setattr(bulk_post, "CAMPAIGNS", 1)
    monkeypatch.setattr(bulk_post, "MOST", 20)
    sink.pause = 0.01
    many = [f"person-{number}@example.net" for number in range(2000)]
    large = await firm.do(lambda session: write_campaign(session, many, "Large").id)
    async with posted(firm.db, tmp_path / "logs"):
        await firm.do(begin, large)
        await eventually(lambda: len(sink.letters) > 20)
        await firm.do(begin, campaign_id)
        await ended(firm, campaign_id)
        assert (await firm.do(states, large))[WAITING] > 50
        await ended(firm, large, seconds=120)
    assert len(sink.letters) == 2030


async def test_a_living_campaign_reaches_who_agrees_later(
    firm: Klarruta, campaign_id: int, clock: Clock
) -> None:
    await firm.do(lambda session: session.execute(update(Campaign).values(frozen=False)))
    await firm.do(prepared, campaign_id)
    ids = await claimed(firm, campaign_id)
    await settled(firm, campaign_id, *(Fate(each, "sent", 250) for each in ids))
    assert await firm.do(campaign_of, campaign_id) == (RUNNING, "")
    await firm.do(lambda session: agree(session, session.get_one(Campaign, campaign_id), ["new@example.net"]))
    clock.advance(minutes=11)
    assert await firm.do(campaign_sending.take, now(), 5) == [(campaign_id, campaign_id)]
    await firm.do(campaign_sending.prepare, campaign_id)
    assert len(await claimed(firm, campaign_id)) == 1


async def test_the_first_copies_leave_while_others_are_made(
    firm: Klarruta, campaign_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_filling, "LOT", 10)
    await firm.do(begin, campaign_id)
    for number in (10, 20):
        assert await firm.do(campaign_sending.prepare, campaign_id)
        ids = await claimed(firm, campaign_id)
        assert len(ids) == 10
        await settled(firm, campaign_id, *(Fate(each, "sent", 250) for each in ids))
        assert await firm.do(states, campaign_id) == {SENT: number}
        assert await firm.do(campaign_of, campaign_id) == (RUNNING, "")
        assert await firm.do(campaign_sending.take, now(), 5) == [(campaign_id, campaign_id)]  # at once
        far = await firm.do(lambda session: progress(session, session.get_one(Campaign, campaign_id), now()))
        assert (far.grows, far.ends_at) == (True, None)
    while await firm.do(campaign_sending.prepare, campaign_id):
        pass
    ids = await claimed(firm, campaign_id)
    assert len(ids) == 10
    await settled(firm, campaign_id, *(Fate(each, "sent", 250) for each in ids))
    assert await firm.do(states, campaign_id) == {SENT: 30}
    assert (await firm.do(campaign_of, campaign_id))[0] == DONE


async def test_its_progress_adds_up(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(prepared, campaign_id)
    ids = await claimed(firm, campaign_id, most=20)
    await settled(firm, campaign_id, Fate(ids[0], "refused", 550, "5.1.1", "Unknown"),
                  *(Fate(each, "sent", 250) for each in ids[2:]), dotted=(ids[1],))  # fmt: skip
    told = await firm.do(lambda session: progress(session, session.get_one(Campaign, campaign_id), now()))
    assert (told.sent, told.left, told.refused, told.unknown, told.total) == (18, 10, 1, 1, 30)
    assert told.speed > 0
    assert told.ends_at is not None


async def test_it_begins_at_its_time_and_not_before(firm: Klarruta, campaign_id: int, clock: Clock) -> None:
    at = now() + timedelta(hours=3)
    await firm.do(begin, campaign_id, at)
    assert await firm.do(campaign_sending.take, now(), 5) == []
    assert await firm.do(campaign_sending.earliest, now()) == at
    clock.advance(hours=3, seconds=1)
    assert await firm.do(campaign_sending.take, now(), 5) == [(campaign_id, campaign_id)]
