"""Deadlines: paused, resumed, counted anew - nobody is told the same twice, and no step is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm import deadlines, desk, sla
from crm.calendars import set_hours
from crm.deadlines import Deadline
from crm.policies import Policy
from crm.working_hours import WorkingHours
from hub.clock import Clock, now
from hub.timers import Due
from tests.crm.klarruta import Klarruta

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CLOSE = timedelta(seconds=30)  # what is wrong is wrong by minutes
MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def minutes(deadline: Deadline) -> float:
    """Give how long after its start a deadline is due."""
    assert deadline.due_at is not None
    return round((deadline.due_at - deadline.started_at).total_seconds() / 60, 1)


async def test_a_request_gets_the_promise_of_its_policy_with_the_reason(firm: Klarruta) -> None:
    deadline = await firm.deadline(await firm.request())
    assert minutes(deadline) == 15
    due = deadline.started_at.astimezone(STOCKHOLM) + timedelta(minutes=15)
    assert deadline.words.endswith(f"due {due:%a %H:%M}")
    assert deadline.why.due == deadline.due_at
    assert [(each.after, each.tell) for each in deadline.coming] == [
        (-300, "assignee"), (0, ""), (0, "head"), (900, "company"),
    ]  # fmt: skip


async def test_the_timer_is_woken_for_the_first_step(firm: Klarruta) -> None:
    heard: list[Due] = []
    firm.db.listen(Due, heard.append)
    deadline = await firm.deadline(await firm.request())
    assert deadline.due_at is not None
    assert [due.at for due in heard if due.timer == deadlines.TIMER] == [
        deadline.due_at - timedelta(minutes=5)
    ]


async def test_a_pause_stops_the_clock_and_the_steps(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=3)
    await firm.act(desk.pause, "Elin", task, "waits for the drawing")
    clock.advance(days=2)
    await firm.tick()
    deadline = await firm.deadline(task)
    assert await firm.told(task) == []
    assert deadline.due_at is None
    assert deadline.words.endswith("waits for the drawing · 12 min left")


async def test_after_a_pause_what_was_left_is_still_left(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=3)
    await firm.act(desk.pause, "Elin", task, "rings back")
    clock.advance(minutes=60)
    await firm.act(desk.resume, "Elin", task)
    deadline = await firm.deadline(task)
    assert deadline.due_at == pytest.approx(now() + timedelta(minutes=12), abs=CLOSE)
    assert deadline.coming[0].at == pytest.approx(now() + timedelta(minutes=7), abs=CLOSE)


async def test_after_a_pause_nobody_is_reminded_again(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=12)
    await firm.tick()
    await firm.act(desk.pause, "Elin", task, "rings back")
    clock.advance(minutes=60)
    await firm.act(desk.resume, "Elin", task)
    clock.advance(minutes=2)
    await firm.tick()
    assert await firm.told(task) == ["Elin?"]
    clock.advance(minutes=1)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia"]


async def test_a_reminder_that_fell_into_a_pause_is_not_lost(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=9)
    await firm.act(desk.pause, "Elin", task, "rings back")
    clock.advance(minutes=60)
    await firm.act(desk.resume, "Elin", task)
    await firm.tick()
    assert await firm.told(task) == []
    clock.advance(minutes=1)
    await firm.tick()
    assert await firm.told(task) == ["Elin?"]


async def test_several_pauses_add_up(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    for _ in range(3):
        clock.advance(minutes=2)
        await firm.act(desk.pause, "Elin", task, "rings back")
        clock.advance(minutes=10)
        await firm.act(desk.resume, "Elin", task)
    assert minutes(await firm.deadline(task)) == pytest.approx(45, abs=0.5)


async def test_a_meeting_stops_every_step(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    await firm.do(sla.meet, task)
    clock.advance(hours=5)
    await firm.tick()
    assert await firm.told(task) == []
    assert (await firm.deadline(task)).breached_at is None


async def test_a_task_stands_in_the_order_of_what_it_still_promises(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    assert (await firm.task(task)).due_at == (await firm.deadline(task)).due_at
    await firm.act(desk.pause, "Elin", task, "rings back")
    assert (await firm.task(task)).due_at is None
    clock.advance(minutes=60)
    await firm.act(desk.resume, "Elin", task)
    assert (await firm.task(task)).due_at == (await firm.deadline(task)).due_at
    done_at = now()
    await firm.do(sla.meet, task)
    assert (await firm.task(task)).due_at is None
    await firm.do(sla.unmeet, task, done_at)
    assert (await firm.task(task)).due_at == (await firm.deadline(task)).due_at


async def test_hours_count_of_the_department_that_had_it_first(firm: Klarruta, clock: Clock) -> None:
    clock.shift = MONDAY + timedelta(hours=9) - now() + clock.shift  # after Service has closed
    task = await firm.request(to="Elin")
    before = (await firm.deadline(task)).due_at
    await firm.act(desk.hand_over, "Elin", task, "department:2", "windows that leak")
    await firm.act(desk.pause, "Elin", task, "rings back")
    await firm.act(desk.resume, "Elin", task)
    assert (await firm.deadline(task)).due_at == pytest.approx(before, abs=CLOSE)


async def test_a_department_that_never_opens_loses_no_request(firm: Klarruta, clock: Clock) -> None:
    never = WorkingHours.read("Europe/Stockholm", {})
    await firm.do(set_hours, never, department_id=1)
    task = await firm.request(to="Elin")
    assert minutes(await firm.deadline(task)) == 15
    clock.advance(minutes=15)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia"]


async def test_a_promise_that_tells_nobody_tells_the_head(firm: Klarruta, clock: Clock) -> None:
    def say_nothing(session) -> None:  # noqa: ANN001 - told by its only use
        session.get_one(Policy, 1).steps = []

    await firm.do(say_nothing)
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    assert await firm.told(task) == ["Sofia"]


async def test_the_timer_finds_what_is_due_and_when_it_must_wake_next(firm: Klarruta, clock: Clock) -> None:
    deadline = await firm.deadline(await firm.request(to="Elin"))
    assert await firm.db.read(deadlines.take, now(), 10) == []
    assert await firm.db.read(deadlines.earliest, now()) == deadline.next_at
    clock.advance(minutes=10)
    assert await firm.db.read(deadlines.take, now(), 10) == [(deadline.id, deadline.id)]
