"""The calendar of visits in the nights in which the clocks change: each visit is there, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from sqlalchemy.orm import Session

from crm.web.diary_columns import Block, columns_of, hours_of
from hub.clock import Clock
from hub.users import find_user, viewer
from tests.crm.mailbox import Mailbox
from tests.crm.visiting import Visiting

FORTH, BACK = date(2026, 3, 29), date(2026, 10, 25)


@pytest.fixture
async def visiting(mailbox: Mailbox, clock: Clock) -> Visiting:
    """Give the company's visits, in a week of winter."""
    clock.shift = datetime(2026, 3, 2, 8, tzinfo=UTC) - datetime.now(UTC)
    return Visiting(mailbox.firm)


async def shown(visiting: Visiting, day: date, zone: str, days: int) -> list[Block]:
    """Give what the calendar shows of Nils's, of a day or of the week that ends with it."""
    here = ZoneInfo(zone)

    def look(session: Session) -> list[Block]:
        nils = find_user(session, "nils@klarruta.example")
        asked = [day - timedelta(days=each) for each in reversed(range(days))]
        since, until = (
            datetime.combine(each, datetime.min.time(), here) for each in (asked[0], day + timedelta(days=1))
        )
        hours = hours_of(session, [nils], since.astimezone(UTC), until.astimezone(UTC), here)
        columns = columns_of(session, viewer(nils), [nils], asked, hours, here)
        return [block for column in columns for block in column.blocks]

    return await visiting.firm.db.read(look)


@pytest.mark.parametrize(("zone", "starts", "minutes", "time"), [
    ("Europe/Stockholm", "2026-03-29T00:30Z", 60, "01:30-03:30"),
    ("Europe/Stockholm", "2026-10-25T00:30Z", 45, "02:30-02:15"),
    ("Europe/Stockholm", "2026-10-25T00:15Z", 60, "02:15-02:15"),
    ("Europe/Stockholm", "2026-10-25T01:30Z", 45, "02:30-03:15"),
    ("America/New_York", "2026-11-01T05:45Z", 30, "01:45-01:15"),
])  # fmt: skip
async def test_a_visit_is_shown_once_by_day_and_by_week(
    visiting: Visiting, zone: str, starts: str, minutes: int, time: str
) -> None:
    at = datetime.fromisoformat(starts)
    await visiting.plan(at, await visiting.contact(), minutes=minutes, zone=zone)
    for days in (1, 7):
        (block,) = await shown(visiting, at.astimezone(ZoneInfo(zone)).date(), zone, days)
        assert (block.time, block.rows > 0) == (time, True)


@pytest.mark.parametrize(("starts", "reminded"), [
    ("2026-03-29T00:30Z", "2026-03-28T09:00Z"), ("2026-03-30T07:00Z", "2026-03-29T08:00Z"),
    ("2026-10-25T01:30Z", "2026-10-24T08:00Z"), ("2026-10-26T08:00Z", "2026-10-25T09:00Z"),
])  # fmt: skip
async def test_a_customer_is_reminded_at_ten_by_his_clock_and_his_calendar_has_the_moment(
    visiting: Visiting, clock: Clock, starts: str, reminded: str
) -> None:
    at = datetime.fromisoformat(starts)
    number = await visiting.plan(at, await visiting.contact(), minutes=120)
    row = await visiting.now(number)
    assert row.remind_at == datetime.fromisoformat(reminded)
    clock.advance(minutes=2)
    await visiting.tick()
    (letter,) = await visiting.letters()
    assert letter.calendar is not None
    (event,) = icalendar.Calendar.from_ical(letter.calendar.content).walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (at, at + timedelta(hours=2))
