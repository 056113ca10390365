"""Alarms: exactly who is told when a promise is about to break or has broken, on to the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm import alarms, desk
from crm.alarms import Alarm
from hub.bus import Notice
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta


async def see(firm: Klarruta, alarm: Alarm) -> None:
    await firm.do(lambda session: alarms.see(session, session.get_one(Alarm, alarm.id)))


async def test_nobody_is_told_before_five_minutes_are_left(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=9, seconds=30)
    await firm.tick()
    assert await firm.told(task) == []


async def test_a_reminder_comes_at_five_minutes_left(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=10)
    await firm.tick()
    assert await firm.told(task) == ["Elin?"]
    assert (await firm.deadline(task)).breached_at is None


async def test_at_the_breach_the_head_is_told_at_once(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia"]
    deadline = await firm.deadline(task)
    assert deadline.breached_at == deadline.due_at


async def test_at_thirty_minutes_the_whole_company_is_told(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    await see(firm, (await firm.alarms(task))[-1])
    clock.advance(minutes=14, seconds=30)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia"]
    clock.advance(seconds=30)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia", "Sofia", "Maria"]


async def test_an_alarm_that_nobody_has_seen_goes_to_the_next_step_early(
    firm: Klarruta, clock: Clock
) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    assert (await firm.deadline(task)).next_at == (await firm.alarms(task))[-1].made_at + timedelta(
        minutes=10
    )
    clock.advance(minutes=10)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia", "Sofia", "Maria"]
    clock.advance(hours=1)
    await firm.tick()
    assert len(await firm.alarms(task)) == 4


async def test_a_hub_that_was_down_takes_every_step_in_order(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(hours=3)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia", "Sofia", "Maria"]
    deadline = await firm.deadline(task)
    assert deadline.breached_at == deadline.due_at
    assert deadline.next_at is None


async def test_a_step_is_taken_once_however_often_it_is_fired(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    deadline = await firm.deadline(task)
    for _ in range(3):
        await firm.do(alarms.step_deadline, deadline.id)
    assert await firm.told(task) == ["Elin?", "Sofia"]


async def test_a_task_in_the_queue_reminds_everybody_who_is_here(firm: Klarruta, clock: Clock) -> None:
    await firm.send_away("Johan")
    task = await firm.request()
    clock.advance(minutes=10)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia?"]
    assert (await firm.alarms(task))[0].why == "It waits in the queue of Sales"


async def test_a_queue_where_nobody_is_reminds_the_one_after_the_head(firm: Klarruta, clock: Clock) -> None:
    for name in ("Elin", "Johan", "Sofia"):
        await firm.send_away(name)
    task = await firm.request()
    clock.advance(minutes=10)
    await firm.tick()
    assert await firm.told(task) == ["Maria?"]


async def test_for_a_head_who_is_away_the_next_is_told_and_the_managers_why(
    firm: Klarruta, clock: Clock
) -> None:
    await firm.send_away("Sofia", "Holiday", substitute="Johan")
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Maria", "Johan"]
    _, maria, johan = await firm.alarms(task)
    assert maria.why == "Sofia Hjelm, who leads Sales, is away (Holiday), so you are told"
    assert johan.why == "You stand in for Sofia Hjelm, who is away (Holiday)"


async def test_a_department_without_a_head_tells_the_managers(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Nils", of="Sales")
    await firm.change_department("Sales", head_id=None)
    clock.advance(minutes=15)
    await firm.tick()
    assert (await firm.told(task))[-1] == "Maria"
    assert (await firm.alarms(task))[-1].why == "Sales has no head, so you are told"


async def test_a_head_who_left_is_not_told_but_somebody_is(firm: Klarruta, clock: Clock) -> None:
    await firm.dismiss("Sofia")
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    assert "Maria" in await firm.told(task)
    assert "Sofia" not in await firm.told(task)


async def test_for_somebody_who_is_away_his_stand_in_is_reminded(firm: Klarruta, clock: Clock) -> None:
    await firm.send_away("Elin", substitute="Johan")
    task = await firm.request(to="Elin")
    clock.advance(minutes=10)
    await firm.tick()
    assert await firm.told(task) == ["Johan?"]


async def test_somebody_is_told_as_long_as_anybody_works_here(firm: Klarruta, clock: Clock) -> None:
    for name in ("Sofia", "Maria", "Elin", "Johan"):
        await firm.dismiss(name)
    task = await firm.request()
    clock.advance(minutes=15)
    await firm.tick()
    assert set(await firm.told(task)) == {"Nils?", "Nils"}


async def test_seeing_holds_the_next_step_until_its_own_time(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    await see(firm, (await firm.alarms(task))[-1])
    clock.advance(minutes=11)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia"]


async def test_who_answers_an_alarm_has_the_task_if_nobody_had_it(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request()
    clock.advance(minutes=15)
    await firm.tick()
    await firm.act(desk.answer_alarm, "Sofia", task)
    sofia = await firm.who("Sofia")
    assert (await firm.task(task)).assignee_id == sofia.user_id
    assert all(alarm.answered_by == sofia.user_id for alarm in await firm.alarms(task))


async def test_alarms_are_counted_by_task(firm: Klarruta, clock: Clock) -> None:
    await firm.request(to="Elin")
    clock.advance(minutes=45)
    await firm.tick()
    sofia = await firm.who("Sofia")
    assert await firm.do(lambda session: session.scalar(alarms.how_many_open(sofia.user_id or 0))) == 1


async def test_who_is_told_hears_why_and_others_only_that(firm: Klarruta, clock: Clock) -> None:
    heard: list[Notice] = []
    firm.db.listen(Notice, heard.append)
    await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    sofia, nils = await firm.who("Sofia"), await firm.who("Nils")
    alarm = [notice for notice in heard if notice.kind == "alarm"][-1]
    assert alarm.why == "You lead Sales"
    assert alarm.audience.users == {sofia.user_id}
    assert not nils.hears(alarm.audience)


async def test_an_open_alarm_counts_as_shown_when_it_stood_on_a_screen(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=10)
    await firm.tick()
    elin = await firm.who("Elin")
    await firm.do(alarms.show, elin.user_id or 0)
    (alarm,) = await firm.alarms(task)
    assert alarm.shown_at == pytest.approx(now(), abs=timedelta(seconds=5))
    assert alarm.seen_at is None


async def test_a_reminder_ends_for_those_whose_task_it_no_longer_is(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request()
    clock.advance(minutes=10)
    await firm.tick()
    elin = await firm.who("Elin")
    await firm.do(desk.take_next, elin)
    still_open = [alarm.user_id for alarm in await firm.alarms(task) if alarm.answered_at is None]
    assert still_open == [elin.user_id]


async def test_a_pause_ends_the_reminder(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=10)
    await firm.tick()
    await firm.act(desk.pause, "Elin", task, "rings back")
    assert all(alarm.answered_at for alarm in await firm.alarms(task))


async def test_what_was_seen_is_no_longer_watched(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    await see(firm, (await firm.alarms(task))[-1])
    deadline = await firm.deadline(task)
    assert deadline.next_at == deadline.coming[0].at
