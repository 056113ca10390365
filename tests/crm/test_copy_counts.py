"""The numbers of a campaign are those of its copies, whatever changes them and however that ends."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from crm import (
    campaign_changes,
    campaign_counts,
    campaign_figures,
    campaign_people,
    campaign_progress,
    campaign_sending,
    campaign_settling,
    copy_counts,
    delivery_reports,
    suppressions,
)
from crm.campaign_people import KINDS, Asked
from crm.campaigns import Campaign
from crm.check import examine
from crm.contacts import MAIL
from crm.copy_counts import CopyCount
from crm.deliveries import CLAIMED, LEFT_OUT, REFUSED, SENT, UNKNOWN, WAITING, Delivery
from hub import backup
from hub.blobs import Blobs
from hub.bulk_mail import Fate, Found
from hub.clock import now
from hub.sqlite import SqliteDatabase
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import URL, filled

PEOPLE = [f"kund-{number}@kund.example" for number in range(60)]
STATES = (WAITING, CLAIMED, SENT, REFUSED, UNKNOWN, LEFT_OUT)
MOMENTS = (
    "sent_at",
    "bounced_at",
    "opened_at",
    "clicked_at",
    "answered_at",
    "unsubscribed_at",
    "complained_at",
)


@pytest.fixture
async def campaign_id(firm: Klarruta) -> int:
    """Give a campaign whose copies wait."""
    return await firm.do(lambda session: filled(session, PEOPLE).id)


async def are_right(firm: Klarruta, campaign_id: int) -> None:
    """Compare every number that is shown with the copies themselves."""
    assert await firm.db.read(copy_counts.wrong) == []

    def compare(session: Session) -> dict[str, tuple[int, int]]:
        campaign = session.get_one(Campaign, campaign_id)
        return {kind: (campaign_people.count(session, campaign, Asked(kind=kind)), _true(session, campaign, kind))
                for kind in KINDS}  # fmt: skip

    compared = await firm.db.read(compare)
    assert {kind: shown for kind, (shown, _true) in compared.items()} == {
        kind: true for kind, (_shown, true) in compared.items()
    }


def _true(session: Session, campaign: Campaign, kind: str) -> int:
    ids = (
        campaign_people.people(session, campaign, Asked(kind=kind)).with_only_columns(Delivery.id).subquery()
    )
    return session.scalar(select(func.count()).select_from(ids)) or 0


async def test_they_follow_a_campaign_to_its_end(firm: Klarruta, campaign_id: int) -> None:
    await are_right(firm, campaign_id)
    batch = await firm.do(campaign_sending.claim, campaign_id, "lease", 30, now(), URL)
    assert batch is not None
    ids = [each.id for each in batch.copies]
    fates = [Fate(each, "sent", 250) for each in ids[:20]]
    fates += [
        Fate(ids[20], "refused", 550, "5.1.1", "Unknown"),
        Fate(ids[21], "later", 451, "4.3.2", "Not now"),
    ]
    found = Found(frozenset(ids[22:25]), tuple(fates), is_whole=True)
    await firm.do(campaign_sending.settle, campaign_id, "lease", found, now())
    await are_right(firm, campaign_id)

    assert await firm.do(campaign_sending.claim, campaign_id, "killed", 10, now(), URL) is not None
    await firm.do(campaign_sending.give_up, now() + timedelta(hours=1))
    await are_right(firm, campaign_id)
    told = await firm.db.read(lambda session: campaign_progress.progress(
        session, session.get_one(Campaign, campaign_id), now()))  # fmt: skip
    assert (told.sent, told.refused, told.unknown, told.left, told.total) == (20, 1, 13, 26, 60)

    def comes_to_be_known(session: Session) -> None:
        rows = [session.get_one(Delivery, each) for each in ids[:6]]
        delivery_reports.came_back(session, rows[0], 0, "5.2.2", "Full")
        delivery_reports.came_back(session, rows[1], 0, "5.1.1", "Unknown")
        delivery_reports.complained(session, rows[2], "abuse")
        rows[3].answered_at = rows[4].unsubscribed_at = rows[5].opened_at = rows[5].clicked_at = now()

    await firm.do(comes_to_be_known)
    await are_right(firm, campaign_id)
    reasons = await firm.db.read(lambda session: campaign_figures.reasons(
        session, session.get_one(Campaign, campaign_id)))  # fmt: skip
    assert [(each.code, each.people, each.example) for each in reasons] == [
        ("5.1.1", 2, "Unknown"), ("5.2.2", 1, "Full"),
    ]  # fmt: skip

    viewer = await firm.who("Maria")

    def decides(session: Session) -> None:
        campaign = session.get_one(Campaign, campaign_id)
        campaign_changes.leave(session, viewer, campaign, ids[22])
        campaign_changes.send_again(session, viewer, campaign, ids[23])

    await firm.do(decides)
    assert await firm.db.read(lambda s: campaign_changes.undecided(s, s.get_one(Campaign, campaign_id))) == 11
    await firm.do(suppressions.suppress, MAIL, PEOPLE[-1], suppressions.BY_HAND)
    await are_right(firm, campaign_id)
    await firm.do(
        lambda session: campaign_settling.leave_out(session, session.get_one(Campaign, campaign_id))
    )
    await are_right(firm, campaign_id)
    shown = (await firm.db.read(campaign_counts.sums, [campaign_id]))[campaign_id]
    assert shown == (60, 20, 3, 1)


async def test_they_follow_whatever_anybody_does_to_copies(firm: Klarruta, campaign_id: int) -> None:
    rolls = random.Random(9)  # noqa: S311 - the same each time

    def shuffle(session: Session, *, fails: bool) -> None:
        for _ in range(30):
            of = [Delivery.campaign_id == campaign_id, Delivery.id % rolls.randint(1, 7) == 0]
            moment = rolls.choice(MOMENTS)
            values = rolls.choice((
                {"state": rolls.choice(STATES), "code": rolls.choice(("", "left", "5.1.1", "4.2.2"))},
                {moment: now()}, {moment: None}, {"variant": rolls.choice("AB")},
            ))  # fmt: skip
            session.execute(update(Delivery).where(*of).values(values))
        session.execute(delete(Delivery).where(Delivery.campaign_id == campaign_id, Delivery.id % 31 == 0))
        if fails:
            raise RuntimeError("killed before it was kept")

    for turn in range(8):
        if turn % 2:
            with pytest.raises(RuntimeError):
                await firm.do(lambda session: shuffle(session, fails=True))
        else:
            await firm.do(lambda session: shuffle(session, fails=False))
        await are_right(firm, campaign_id)


async def test_many_at_once_count_each_copy_once_and_leave_few_rows(firm: Klarruta, campaign_id: int) -> None:
    ids = await firm.db.read(lambda session: session.scalars(select(Delivery.id)).all())

    def opened(session: Session, copy: int) -> None:
        session.execute(update(Delivery).where(Delivery.id == copy).values(state=SENT, sent_at=now()))
        for name in ("opened_at", "clicked_at", "answered_at"):
            session.execute(update(Delivery).where(Delivery.id == copy).values({name: now()}))

    await asyncio.gather(*(firm.db.write(opened, copy) for copy in ids))
    await are_right(firm, campaign_id)
    rows = await firm.db.read(lambda session: session.scalar(select(func.count()).select_from(CopyCount)))
    assert (rows or 0) < 480  # each of 240 statements leaves two: they are put together now and then


async def test_a_restored_store_counts_each_copy_once(
    firm: Klarruta, campaign_id: int, tmp_path: Path
) -> None:
    file, other = tmp_path / "monday.tar.gz", SqliteDatabase(tmp_path / "other.db")
    await backup.write(firm.db, Blobs(tmp_path / "blobs"), file)
    await other.migrate(partial(backup.read, Blobs(tmp_path / "other-blobs"), file))
    assert await other.read(copy_counts.by_state, [campaign_id]) == {campaign_id: {WAITING: 60}}
    assert await other.read(copy_counts.wrong) == []
    await other.close()


async def test_what_went_wrong_is_found_and_mended(firm: Klarruta, campaign_id: int) -> None:
    await firm.do(lambda session: session.execute(update(CopyCount).values(number=CopyCount.number + 1)))
    found = await firm.db.read(examine)
    assert [each.words for each in found if "Campaign" in each.words and each.wrong] == [
        "Campaign “Summer”: its pages show other numbers than its copies make: ringback recount"
    ]
    for wrong in await firm.db.read(copy_counts.wrong):
        await firm.do(copy_counts.count_anew, wrong)
    await are_right(firm, campaign_id)
    assert not [each for each in await firm.db.read(examine) if "Campaign" in each.words]
