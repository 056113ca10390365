"""Visits on both stores: nobody is in two places at once, and the customer hears of it once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
import vobject
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import appointment_changes, appointment_deeds, desk
from crm.appointment_times import Span, Unfit, free_times
from crm.appointments import Appointment, Manner
from crm.desk import Refusal
from crm.tasks import Task
from hub.clock import Clock, now
from hub.users import find_user
from tests.crm.klarruta import Klarruta
from tests.crm.mailbox import Mailbox
from tests.crm.visiting import Visiting, at

HOUR = timedelta(hours=1)


@pytest.fixture
async def visiting(firm: Klarruta, clock: Clock) -> Visiting:
    """Give the company's visits, on a Monday morning in winter."""
    clock.shift = datetime(2026, 11, 30, 8, tzinfo=UTC) - datetime.now(UTC)
    return Visiting(firm)


async def test_two_visits_of_one_person_never_overlap_not_even_by_their_ways(visiting: Visiting) -> None:
    karin = await visiting.contact()
    await visiting.plan(at("09:00"), karin, before=30, after=30)
    with pytest.raises(
        Unfit, match="Nils Åkerman has a visit 7 December 2026 10:00-11:00, with the way 09:30-11:30"
    ):
        await visiting.plan(at("10:15"), karin, before=30)
    await visiting.plan(at("11:00"), karin, before=30)
    await visiting.plan(at("09:00"), karin, who="Johan")


async def test_a_refusal_names_the_next_three_free_times_in_his_working_hours(visiting: Visiting) -> None:
    karin = await visiting.contact()
    await visiting.plan(at("14:00"), karin)
    with pytest.raises(Unfit) as refused:
        await visiting.plan(at("14:30"), karin)
    times = "7 December 2026 16:00, 8 December 2026 08:00, 8 December 2026 09:00"
    assert f"Free next: {times}." in refused.value.words
    for free in refused.value.free:
        await visiting.plan(free, karin)


async def test_who_is_away_is_not_sent_to_customers(visiting: Visiting) -> None:
    karin = await visiting.contact()
    await visiting.firm.send_away("Nils")
    with pytest.raises(Unfit, match="Nils Åkerman is away until 7 December 2026 09:00") as refused:
        await visiting.plan(at("09:00", days=3), karin)
    assert min(refused.value.free) >= now() + timedelta(days=7) - timedelta(minutes=1)


async def test_of_many_who_want_the_same_hour_one_gets_it(visiting: Visiting) -> None:
    karin = await visiting.contact()
    tries = [visiting.plan(at("09:00") + timedelta(minutes=10 * number), karin) for number in range(6)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Unfit"] * 5 + ["int"]
    rows = await visiting.firm.db.read(
        lambda session: session.scalar(select(func.count()).select_from(Appointment))
    )
    tasks = await visiting.firm.db.read(
        lambda session: session.scalar(select(func.count()).select_from(Task))
    )
    assert (rows, tasks) == (1, 1)


async def test_of_two_visits_moved_to_one_hour_at_once_one_goes_there(visiting: Visiting) -> None:
    karin = await visiting.contact()
    first, second = await visiting.plan(at("07:00"), karin), await visiting.plan(at("12:00"), karin)
    moves = [visiting.move(each, at("09:30")) for each in (first, second)]
    outcomes = await asyncio.gather(*moves, return_exceptions=True)
    assert [type(each).__name__ for each in outcomes].count("Unfit") == 1


async def test_what_cannot_be_is_refused_in_words(visiting: Visiting) -> None:
    karin = await visiting.contact()
    for values, words in (
        ({"minutes": 0}, "takes between"), ({"minutes": 1500}, "takes between"), ({"before": 500}, "A way takes"),
        ({"remind_by": "pigeon"}, "Choose how"),
    ):  # fmt: skip
        with pytest.raises(Unfit, match=words):
            await visiting.plan(at("09:00"), karin, **values)
    for moment in (now() - timedelta(days=1), now() + timedelta(days=1000)):
        with pytest.raises(Unfit, match="still to come"):
            await visiting.plan(moment, karin)
    await visiting.firm.dismiss("Nils")
    with pytest.raises(Unfit, match="still here"):
        await visiting.plan(at("09:00"), karin)


async def test_its_task_says_when_and_where_and_is_done_with_it(visiting: Visiting) -> None:
    number = await visiting.plan(at("09:00"), await visiting.contact())
    row = await visiting.now(number)
    task = await visiting.firm.task(row.task_id or 0)
    assert str(task.why) == "Visit 7 December 2026 10:00-11:00, Storgatan 1"
    assert task.planned_for == datetime(2026, 12, 6, 23, tzinfo=UTC)
    assert (await visiting.firm.deadline(task.id)).due_at == row.ends_at
    await visiting.firm.act(desk.complete, "Nils", task.id)
    assert (await visiting.now(number)).state == "done"
    await visiting.firm.act(desk.take_back, "Nils", task.id)
    assert (await visiting.now(number)).state == "planned"


async def test_whoever_gets_the_task_goes_unless_he_is_elsewhere(visiting: Visiting) -> None:
    karin = await visiting.contact()
    number = await visiting.plan(at("09:00"), karin)
    await visiting.plan(at("09:30", days=8), karin, who="Johan")
    task_id = (await visiting.now(number)).task_id or 0
    johan = await visiting.firm.db.read(lambda session: find_user(session, "johan@klarruta.example").id)
    await visiting.firm.act(desk.hand_over, "Maria", task_id, f"user:{johan}", "")
    assert (await visiting.now(number)).person_id == johan
    other = await visiting.plan(at("09:00", days=8), karin)
    other_task = (await visiting.now(other)).task_id or 0
    with pytest.raises(Refusal, match="Johan Lindh has a visit"):
        await visiting.firm.act(desk.hand_over, "Maria", other_task, f"user:{johan}", "")
    with pytest.raises(Refusal, match="give it to a person"):
        await visiting.firm.act(desk.hand_over, "Maria", other_task, "department:1", "")


async def test_a_cancelled_visit_leaves_its_hour_to_others_and_comes_back_if_that_is_free(
    visiting: Visiting,
) -> None:
    karin = await visiting.contact()
    number = await visiting.plan(at("09:00"), karin)
    await visiting.act(number, appointment_deeds.cancel, "Ill")
    task = await visiting.firm.task((await visiting.now(number)).task_id or 0)
    assert task.done_at is not None
    await visiting.act(number, appointment_deeds.restore)
    assert (await visiting.firm.task(task.id)).done_at is None
    await visiting.act(number, appointment_deeds.cancel)
    await visiting.plan(at("09:00"), karin)
    with pytest.raises(Unfit, match="has a visit"):
        await visiting.act(number, appointment_deeds.restore)


async def test_where_nobody_was_there_the_task_wants_another_time(visiting: Visiting, clock: Clock) -> None:
    number = await visiting.plan(at("09:00"), await visiting.contact())
    with pytest.raises(Unfit, match="has begun"):
        await visiting.act(number, appointment_changes.miss)
    clock.shift += timedelta(days=7, hours=2)
    task_id = (await visiting.now(number)).task_id or 0
    await visiting.act(number, appointment_changes.miss)
    assert (await visiting.now(number)).state == "missed"
    assert "Nobody was there at the last visit" in str((await visiting.firm.task(task_id)).why)


async def test_free_times_keep_to_the_wall_clock_over_the_end_of_summer_time(
    visiting: Visiting, clock: Clock
) -> None:
    clock.shift = datetime(2027, 10, 29, 14, tzinfo=UTC) - datetime.now(UTC)

    def look(session: Session) -> list[datetime]:
        nils = find_user(session, "nils@klarruta.example")
        return list(free_times(session, nils, Span(starts_at=now(), length=4 * HOUR)))

    found = await visiting.firm.db.read(look)
    assert [each.hour for each in found] == [7, 11, 7]  # Monday 08:00 and 12:00 in winter time, then Tuesday


async def test_the_customer_gets_a_date_that_changes_and_is_called_off(
    visiting: Visiting, mailbox: Mailbox, clock: Clock
) -> None:
    del mailbox
    number = await visiting.plan(
        at("09:00"), await visiting.contact(), purpose="Measure; twice, \\ once\nmore"
    )
    await visiting.tick()
    assert await visiting.letters() == []
    dates = []
    for move in (None, at("13:00"), "cancel"):
        if isinstance(move, datetime):
            await visiting.move(number, move)
        elif move:
            await visiting.act(number, appointment_deeds.cancel)
        clock.shift += timedelta(minutes=2)
        await visiting.tick()
        await visiting.tick()
        letter = (await visiting.letters())[-1]
        assert letter.calendar is not None
        dates.append((letter, icalendar.Calendar.from_ical(letter.calendar.content)))
    assert len(await visiting.letters()) == 3
    assert [str(date["method"]) for _letter, date in dates] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [date.walk("VEVENT")[0] for _letter, date in dates]
    assert len({str(event["uid"]) for event in events}) == 1
    assert [int(event["sequence"]) for event in events] == [0, 1, 2]
    assert [event.decoded("dtstart").hour for event in events] == [9, 13, 13]
    assert str(events[0]["summary"]) == "Klarruta Fönster: Measure; twice, \\ once more"
    assert str(events[0]["attendee"]) == "mailto:karin@ekdahl.example"
    assert events[0]["attendee"].params["RSVP"] == "TRUE"
    assert "Monday 7 December at 10:00" in dates[0][0].text
    assert "does not take place" in dates[2][0].subject


async def test_another_program_reads_the_date_alike(
    visiting: Visiting, mailbox: Mailbox, clock: Clock
) -> None:
    del mailbox
    long = "Åsögatan 12, port B, " * 10
    await visiting.plan(at("09:00"), await visiting.contact(), address=long)
    clock.shift += timedelta(minutes=2)
    await visiting.tick()
    (letter,) = await visiting.letters()
    assert letter.calendar is not None
    assert all(len(line.encode()) <= 75 for line in letter.calendar.content.split("\r\n"))
    event = vobject.readOne(letter.calendar.content).vevent
    assert event.location.value == long.strip()
    assert event.dtstart.value == datetime(2026, 12, 7, 9, tzinfo=UTC)


async def test_what_was_cancelled_at_once_was_never_told(
    visiting: Visiting, mailbox: Mailbox, clock: Clock
) -> None:
    del mailbox
    number = await visiting.plan(at("09:00"), await visiting.contact())
    await visiting.act(number, appointment_deeds.cancel)
    clock.shift += timedelta(minutes=2)
    await visiting.tick()
    assert await visiting.letters() == []


async def test_a_customer_without_mail_is_not_told_and_the_visit_says_so(
    visiting: Visiting, clock: Clock
) -> None:
    number = await visiting.plan(at("09:00"), await visiting.contact(mail=""))
    clock.shift += timedelta(minutes=2)
    await visiting.tick()
    assert "could not be told: There is no mailbox" in str((await visiting.now(number)).trouble)
    assert (await visiting.now(number)).tell_at is None


async def test_the_customer_is_reminded_once_on_the_day_before_at_a_decent_hour(
    visiting: Visiting, mailbox: Mailbox, clock: Clock
) -> None:
    del mailbox
    number = await visiting.plan(at("09:00"), await visiting.contact(), invites=False)
    assert (await visiting.now(number)).remind_at == datetime(2026, 12, 6, 9, tzinfo=UTC)  # ten o'clock there
    clock.shift += timedelta(days=6, hours=1, minutes=1)
    await asyncio.gather(visiting.tick(), visiting.tick())
    await visiting.tick()
    (letter,) = await visiting.letters()
    assert letter.text.startswith("Reminder: we visit you on Monday 7 December at 10:00. Nils Åkerman comes.")


async def test_a_hub_that_slept_over_it_reminds_in_the_morning_and_wakes_nobody(
    visiting: Visiting, mailbox: Mailbox, clock: Clock
) -> None:
    del mailbox
    number = await visiting.plan(at("09:00"), await visiting.contact(), invites=False)
    clock.shift += timedelta(days=6, hours=18)  # three o'clock at night
    await visiting.tick()
    assert await visiting.letters() == []
    assert (await visiting.now(number)).remind_at == datetime(2026, 12, 7, 7, tzinfo=UTC)
    clock.shift += timedelta(hours=5)
    await visiting.tick()
    assert len(await visiting.letters()) == 1


async def test_who_was_moved_or_called_off_is_reminded_of_nothing_that_is_not_true(
    visiting: Visiting, mailbox: Mailbox, clock: Clock
) -> None:
    del mailbox
    karin = await visiting.contact()
    moved = await visiting.plan(at("09:00"), karin, invites=False)
    await visiting.plan(at("15:00"), karin, invites=False, remind_by="none")
    off = await visiting.plan(at("12:00"), karin, invites=False)
    await visiting.move(moved, at("09:00", days=9))
    await visiting.act(off, appointment_deeds.cancel)
    clock.shift += timedelta(days=6, hours=1, minutes=1)
    await visiting.tick()
    assert await visiting.letters() == []


async def test_the_company_says_it_in_its_own_words_and_language_or_not_at_all(
    visiting: Visiting, mailbox: Mailbox, clock: Clock
) -> None:
    del mailbox
    own = Manner(id=1, language="sv", words_sv="Hej! Vi ses {day} kl. {time}, {address}. /{company}")
    await visiting.firm.do(lambda session: session.add(own))
    karin = await visiting.contact()
    await visiting.plan(at("09:00"), karin, invites=False)
    clock.shift += timedelta(days=6, hours=1, minutes=1)
    await visiting.tick()
    (letter,) = await visiting.letters()
    assert letter.text == "Hej! Vi ses måndag 7 december kl. 10:00, Storgatan 1. /Klarruta Fönster"

    def off(session: Session) -> None:
        session.get_one(Manner, 1).reminds = False

    await visiting.firm.do(off)
    number = await visiting.plan(at("09:00"), karin, invites=False)
    assert (await visiting.now(number)).remind_at is None
