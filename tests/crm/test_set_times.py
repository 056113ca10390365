"""A time that somebody set himself is the task's clock: it explains itself, rings, and moves when he puts it off."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import calendar_preview, desk, planned, wishes
from crm.calendar_preview import DEPARTMENT, Owner
from crm.deadlines import Deadline
from crm.policies import Policy
from crm.wishes import Wish
from crm.working_hours import WorkingHours
from crm.worktime import Calendar, day_ends
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TOMORROW = timedelta(days=1)


async def wish(firm: Klarruta, name: str = "Elin", **more: object) -> int:
    """Have somebody think of a task."""
    return await firm.do(wishes.add, await firm.who(name), Wish("Send the samples", **more))


async def deadlines(firm: Klarruta, task: int) -> list[tuple[str, datetime | None]]:
    """Give what is promised of a task, and when."""
    found = select(Deadline).where(Deadline.task_id == task).order_by(Deadline.id)
    return await firm.db.read(lambda session: [(row.kind, row.due_at) for row in session.scalars(found)])


def soon(**span: float) -> datetime:
    """Give a whole second to come."""
    return now().replace(microsecond=0) + timedelta(**span)


async def test_it_is_due_then_and_says_who_decided_it(firm: Klarruta) -> None:
    at = soon(days=1)
    task = await wish(firm, planned_for=at)
    deadline = await firm.deadline(task)
    assert (deadline.due_at, (await firm.task(task)).due_at) == (at, at)
    assert "set by hand" in deadline.words
    assert deadline.why.by_hand
    assert "request" not in deadline.words


async def test_without_a_time_and_a_policy_there_is_no_clock(firm: Klarruta) -> None:
    assert await deadlines(firm, await wish(firm)) == []


async def test_it_reminds_and_rings_whose_task_it_is_and_then_his_head(firm: Klarruta, clock: Clock) -> None:
    task = await wish(firm, planned_for=soon(hours=2))
    clock.advance(hours=2, minutes=-9)
    await firm.tick()
    assert await firm.told(task) == ["Elin?"]
    clock.advance(minutes=9)
    await firm.do(planned.come_back, task)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Elin"]
    clock.advance(minutes=16)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Elin", "Sofia"]
    await firm.act(desk.complete, "Elin", task)
    assert (await firm.deadline(task)).met_at is not None


async def test_it_stands_in_for_the_policy_that_would_say_when_it_is_done(firm: Klarruta) -> None:
    def promise(session: Session) -> None:
        for position, (name, target) in enumerate([("Done", "resolution"), ("Heard", "first response")], 7):
            session.add(Policy(name=name, position=position, kinds=["task"], departments=[], target=target,
                               seconds=3600, steps=[], unseen_seconds=600))  # fmt: skip

    await firm.do(promise)
    at = soon(days=1)
    assert await deadlines(firm, await wish(firm, planned_for=at)) == [
        ("first response", at + timedelta(hours=1)),
        ("resolution", at),
    ]
    assert {kind for kind, _at in await deadlines(firm, await wish(firm))} == {"first response", "resolution"}


async def test_a_task_that_is_put_off_beyond_it_is_due_then_and_taken_back_as_before(firm: Klarruta) -> None:
    at, later = soon(days=1), soon(days=3)
    task = await wish(firm, planned_for=at)
    for until in (soon(days=2), later):
        await firm.act(desk.plan, "Elin", task, until)
    deadline = await firm.deadline(task)
    assert deadline.due_at == pytest.approx(later, abs=timedelta(milliseconds=1))
    assert "put off" in deadline.words
    await firm.act(desk.unplan, "Elin", task)
    assert (await firm.deadline(task)).due_at == at


async def test_one_that_is_put_off_to_a_time_before_it_keeps_it(firm: Klarruta) -> None:
    at = soon(days=3)
    task = await wish(firm, planned_for=at)
    await firm.act(desk.plan, "Elin", task, soon(days=1))
    assert (await firm.deadline(task)).due_at == at


async def test_it_is_held_and_goes_on_as_others_do(firm: Klarruta, clock: Clock) -> None:
    at = soon(hours=3)
    task = await wish(firm, planned_for=at)
    await firm.act(desk.pause, "Elin", task, "Karin rings back")
    assert (await firm.deadline(task)).due_at is None
    clock.advance(hours=1)
    await firm.act(desk.resume, "Elin", task)
    assert (await firm.deadline(task)).due_at == pytest.approx(
        at + timedelta(hours=1), abs=timedelta(seconds=5)
    )


async def test_other_working_hours_do_not_move_it(firm: Klarruta) -> None:
    at = soon(days=2)
    task = await wish(firm, planned_for=at)
    maria, sales = await firm.who("Maria"), (await firm.who("Elin")).department_id
    hours = WorkingHours.read("Europe/Stockholm", {"mon": ["09:00-09:30"]})
    told = await firm.do(calendar_preview.apply, maria, Owner(DEPARTMENT, sales), hours)
    assert told.moved == []
    assert (await firm.deadline(task)).due_at == at


async def test_one_of_years_from_now_is_kept_too(firm: Klarruta) -> None:
    at = datetime(2099, 1, 5, 9, tzinfo=STOCKHOLM)
    assert (await firm.deadline(await wish(firm, planned_for=at))).due_at == at


@pytest.mark.parametrize(
    ("at", "ends"),
    [("2026-11-26 10:00", "2026-11-26 17:00"), ("2026-11-26 18:00", "2026-11-27 00:00"),
     ("2026-11-28 10:00", "2026-11-29 00:00")],
)  # fmt: skip
def test_a_day_ends_with_its_work_or_at_midnight(at: str, ends: str) -> None:
    hours = WorkingHours.read("Europe/Stockholm", {"mon-fri": ["08:00-12:00", "13:00-17:00"]})
    moment, end = (datetime.fromisoformat(each).replace(tzinfo=STOCKHOLM) for each in (at, ends))
    assert day_ends(Calendar(hours), moment) == end
