"""Nothing comes though much usually would: told once, with figures, and taken back when something comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import silences
from crm.calendars import set_hours
from crm.tasks import Task
from crm.working_hours import Span, WorkingHours
from hub.channels import Channel
from hub.clock import Clock, now
from hub.journal import Inbound
from hub.rhythm import Silence
from hub.ulid import ulid
from tests.crm.klarruta import Klarruta
from tests.crm.website import Website

TUESDAY = datetime(2026, 11, 24, 14, tzinfo=UTC)  # an afternoon in Gothenburg


@pytest.fixture
async def shop(website: Website, clock: Clock) -> Website:
    """Give a website that had an order every half hour of the working days of five weeks, until today at nine."""
    clock.advance(seconds=(TUESDAY - now()).total_seconds())
    await website.db.write(_orders, TUESDAY - timedelta(weeks=5), TUESDAY.replace(hour=9))
    return website


def _orders(session: Session, since: datetime, until: datetime) -> None:
    moment = since
    while moment <= until:
        if moment.weekday() < 5 and 8 <= moment.hour < 16:
            _come(session, moment)
        moment += timedelta(minutes=30)


def _come(session: Session, moment: datetime, **values: object) -> None:
    fate = values or {"done_at": moment, "became_path": "/contacts/1"}
    session.add(Inbound(channel_id=1, key=ulid(), received_at=moment, headers={}, body=b"x", size=1, **fate))


async def look(website: Website, clock: Clock, **later: float) -> Silence:
    """Let time pass, look, and give what is known of the channel."""
    clock.advance(**later)
    await website.db.write(silences.listen, 1)
    return await website.db.read(lambda session: session.get_one(Silence, 1))


async def tasks(website: Website) -> Sequence[Task]:
    return await website.db.read(lambda session: session.scalars(select(Task).order_by(Task.id)).all())


async def test_a_silence_is_told_once_with_what_is_usual(shop: Website, clock: Clock) -> None:
    row = await look(shop, clock)
    assert (row.since, row.words) == (TUESDAY.replace(hour=9), "nothing for 5 hours, usually 10")
    await look(shop, clock, minutes=30)
    (task,) = await tasks(shop)
    assert (task.title, task.why) == ("Nothing comes by “Website”", "nothing for 5 hours, usually 10")


async def test_it_ends_by_itself_and_the_next_is_told_anew(shop: Website, clock: Clock) -> None:
    await look(shop, clock)
    await shop.db.write(_come, now())
    row = await look(shop, clock, minutes=2)
    assert (row.since, row.words) == (None, None)
    assert [task.done_at is not None for task in await tasks(shop)] == [True]
    await look(shop, clock, days=1)
    assert [task.done_at is not None for task in await tasks(shop)] == [True, False]


async def test_a_machine_that_posts_all_day_does_not_hide_it(shop: Website, clock: Clock) -> None:
    await shop.db.write(_come, now(), set_aside_at=now())
    assert (await look(shop, clock, minutes=1)).since == TUESDAY.replace(hour=9)


@pytest.mark.parametrize("again", [False, True], ids=["a test", "a repeat"])
async def test_tests_and_repeats_do_not_hide_it(shop: Website, clock: Clock, *, again: bool) -> None:
    repeat = {"became_path": "/contacts/1", "duplicate_of": 1} if again else {}
    await shop.db.write(_come, now(), done_at=now(), became="a test by the sender, nothing to do", **repeat)
    assert (await look(shop, clock, minutes=1)).since == TUESDAY.replace(hour=9)


async def test_what_cannot_be_read_has_come_all_the_same(shop: Website, clock: Clock) -> None:
    await shop.db.write(_come, now(), failed_at=now())
    assert (await look(shop, clock, minutes=1)).since is None


async def test_the_night_is_no_silence(shop: Website, clock: Clock) -> None:
    await shop.db.write(_orders, TUESDAY.replace(hour=9, minute=30), TUESDAY.replace(hour=16))
    assert (await look(shop, clock, hours=15)).since is None


async def test_a_paused_channel_is_not_silent(shop: Website, clock: Clock) -> None:
    await look(shop, clock)
    await shop.db.write(lambda session: setattr(session.get_one(Channel, 1), "paused_at", now()))
    assert (await look(shop, clock, minutes=2)).since is None
    assert [task.done_at is not None for task in await tasks(shop)] == [True]


async def test_too_little_history_says_nothing(website: Website, clock: Clock) -> None:
    clock.advance(seconds=(TUESDAY - now()).total_seconds())
    await website.db.write(_orders, TUESDAY - timedelta(days=9), TUESDAY.replace(hour=9))
    assert (await look(website, clock)).since is None


async def test_on_a_holiday_less_is_usual(website: Website, firm: Klarruta, clock: Clock) -> None:
    week = tuple((Span.read("08:00-17:00"),) if day < 5 else () for day in range(7))
    await firm.do(set_hours, WorkingHours(zone="Europe/Stockholm", week=week, country="SE"))
    holiday = datetime(2026, 12, 25, 14, tzinfo=UTC)  # a Friday
    clock.advance(seconds=(holiday - now()).total_seconds())
    await website.db.write(_orders, holiday - timedelta(weeks=5), holiday - timedelta(hours=20))
    assert (await look(website, clock)).since is None
