"""Who followed which link, and who looked in which hour, is counted as it happens: each once, and machines never."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm import campaign_figures, campaign_people, copy_event_counts, copy_events
from crm.campaign_people import Asked
from crm.campaigns import DONE, Campaign
from crm.check import examine
from crm.copy_event_counts import CopyEventCount
from crm.copy_events import Link
from crm.deliveries import SENT, Delivery
from hub import backup
from hub.blobs import Blobs
from hub.clock import Clock, now
from hub.sqlite import SqliteDatabase
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import add_mailbox, write_campaign

PEOPLE, LINKS = 12, 4


@pytest.fixture
async def campaign_id(firm: Klarruta, clock: Clock) -> int:
    """Give a campaign of which all copies left an hour ago."""
    clock.advance(minutes=-now().minute)  # what is counted by the hour must not run over the end of one

    def write(session: Session) -> int:
        add_mailbox(session, 9)
        campaign = write_campaign(session, [], counts_opens=True, counts_clicks=True)
        campaign.state, campaign.started_at = DONE, now()
        session.add_all(
            Delivery(campaign_id=campaign.id, address=f"{each}@kund.example", domain="kund.example", state=SENT,
                     sent_at=now(), variant="AB"[each % 2]) for each in range(PEOPLE)
        )  # fmt: skip
        session.flush()
        return campaign.id

    made = await firm.do(write)
    clock.advance(hours=1)
    return made


def looked(session: Session, copy_id: int, link: int | None, *, by_program: bool = False) -> None:
    """Have a copy be opened, or a link of it followed."""
    if link is None:
        copy_events.opened(session, copy_id, by_program=by_program)
    else:
        copy_events.clicked(session, copy_id, Link(link, LINKS), by_program=by_program)


async def copies(firm: Klarruta) -> list[int]:
    return list(await firm.db.read(lambda session: session.scalars(select(Delivery.id)).all()))


async def shown(firm: Klarruta, campaign_id: int) -> tuple[dict[str, int], list[tuple[int, int]], int]:
    """Give what is told: people by variant and link, opened and clicked by hour, and machines."""

    def read(session: Session) -> tuple[dict[str, int], list[tuple[int, int]], int]:
        campaign = session.get_one(Campaign, campaign_id)
        links = copy_event_counts.by_link(session, campaign_id)
        hours = [(each.opened, each.clicked) for each in campaign_figures.hours(session, campaign)]
        machines = campaign_people.count(session, campaign, Asked(kind="machine"))
        return (
            {f"{variant}{link}": number for (variant, link), number in sorted(links.items())},
            hours,
            machines,
        )

    return await firm.db.read(read)


async def test_each_counts_once_for_a_link_and_once_for_an_hour(
    firm: Klarruta, campaign_id: int, clock: Clock
) -> None:
    first, second, third, *_others = await copies(firm)
    for copy, link in ((first, None), (first, None), (first, 0), (first, 0), (second, 0), (third, 1)):
        await firm.do(looked, copy, link)
        clock.advance(seconds=5)
    await firm.do(looked, third, None, by_program=True)
    await firm.do(looked, third, None, by_program=True)
    clock.advance(hours=1)
    await firm.do(looked, first, 0)
    await firm.do(looked, second, None)
    assert await shown(firm, campaign_id) == ({"A0": 1, "A1": 1, "B0": 1}, [(0, 0), (1, 3), (1, 1)], 1)

    clock.advance(hours=1)
    await firm.do(lambda session: [looked(session, second, link) for link in range(3)])  # at once: nobody
    links, hours, machines = await shown(firm, campaign_id)
    assert ({name: number for name, number in links.items() if number}, machines) == (
        {"A0": 1, "A1": 1, "B0": 1}, 2,
    )  # fmt: skip
    assert hours == [(0, 0), (1, 3), (1, 1)]
    assert await firm.db.read(copy_event_counts.wrong) == []


async def test_they_follow_whatever_happens(firm: Klarruta, campaign_id: int, clock: Clock) -> None:
    rolls, ids = random.Random(9), await copies(firm)  # noqa: S311 - the same each time

    def happen(session: Session, *, fails: bool) -> None:
        for _ in range(60):
            clock.advance(seconds=rolls.choice((0, 1, 1, 700)))
            looked(
                session,
                rolls.choice(ids),
                rolls.choice((None, *range(LINKS))),
                by_program=rolls.random() < 0.2,
            )
        if fails:
            raise RuntimeError("killed before it was kept")

    for turn in range(6):
        if turn % 2:
            with pytest.raises(RuntimeError):
                await firm.do(partial(happen, fails=True))
        else:
            await firm.do(partial(happen, fails=False))
        assert await firm.db.read(copy_event_counts.wrong) == []
    links, hours, machines = await shown(firm, campaign_id)
    assert (sum(links.values()) > PEOPLE, sum(map(sum, hours)) > PEOPLE, machines > 1) == (True, True, True)


async def test_two_at_the_same_moment_are_one_person(firm: Klarruta, campaign_id: int) -> None:
    ids = await copies(firm)
    for _again in range(2):  # the second time nothing of the copy itself changes
        await asyncio.gather(*(firm.db.write(looked, each, link) for each in ids for link in (None, None, 0)))
    links, hours, machines = await shown(firm, campaign_id)
    assert (links, hours[-1], machines) == ({"A0": 6, "B0": 6}, (12, 12), 0)
    assert await firm.db.read(copy_event_counts.wrong) == []
    rows = await firm.db.read(
        lambda session: session.scalar(select(func.count()).select_from(CopyEventCount))
    )
    assert (rows or 0) < 60


async def test_what_went_wrong_is_found_and_mended_and_comes_back_from_a_backup(
    firm: Klarruta, campaign_id: int, tmp_path: Path, clock: Clock
) -> None:
    for place, each in enumerate(await copies(firm)):
        await firm.do(looked, each, place % LINKS)
        clock.advance(minutes=20)
    told = await shown(firm, campaign_id)
    await firm.do(
        lambda session: session.execute(update(CopyEventCount).values(number=CopyEventCount.number + 1))
    )
    assert await firm.db.read(copy_event_counts.wrong) == [campaign_id]
    assert any(
        "Campaign “Summer”: its pages show other numbers" in each.words
        for each in await firm.db.read(examine)
    )
    await firm.do(copy_event_counts.count_anew, campaign_id)
    assert await shown(firm, campaign_id) == told
    file, other = tmp_path / "monday.tar.gz", SqliteDatabase(tmp_path / "other.db")
    await backup.write(firm.db, Blobs(tmp_path / "blobs"), file)
    await other.migrate(partial(backup.read, Blobs(tmp_path / "other-blobs"), file))
    assert await other.read(copy_event_counts.wrong) == []
    assert sum((await other.read(copy_event_counts.by_link, campaign_id)).values()) == PEOPLE
    await other.close()
