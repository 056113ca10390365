"""What staff do with tasks: the task, its clocks and its alarms move together."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from crm import contact_choices, contacts, desk, tasks
from crm.contacts import Contact
from crm.desk import Refusal
from crm.tasks import Closed, Task
from hub.bus import Notice
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta


async def history(firm: Klarruta, task: int) -> list[str]:
    """Give what happened, newest first."""
    return [change.words for change in await firm.db.read(tasks.history, task)]


async def test_done_keeps_the_promise_and_answers_the_alarms(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=12)
    await firm.tick()
    await firm.act(desk.complete, "Elin", task)
    deadline = await firm.deadline(task)
    assert deadline.met_at == pytest.approx(now(), abs=timedelta(seconds=5))
    assert deadline.next_at is None
    assert all(alarm.answered_at for alarm in await firm.alarms(task))


async def test_done_twice_says_who_was_first(firm: Klarruta) -> None:
    task = await firm.request(to="Elin")
    await firm.act(desk.complete, "Elin", task)
    with pytest.raises(Closed, match="“First answer: Karin Ekdahl” was done already by Elin Sandgren"):
        await firm.act(desk.complete, "Johan", task)


async def test_undo_restores_exactly(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    at = now() + timedelta(hours=1)
    await firm.act(desk.plan, "Elin", task, at)
    clock.advance(minutes=15)
    await firm.tick()
    before, told = await firm.deadline(task), await firm.alarms(task)
    await firm.act(desk.complete, "Elin", task)
    await firm.act(desk.take_back, "Elin", task)
    after = await firm.deadline(task)
    same = ("due_at", "met_at", "breached_at", "way", "step", "next_at", "derivation")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert [alarm.answered_at for alarm in await firm.alarms(task)] == [None] * len(told)
    assert (await firm.task(task)).planned_for == pytest.approx(at, abs=timedelta(seconds=1))


async def test_after_undo_the_steps_go_on(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=12)
    await firm.tick()
    await firm.act(desk.complete, "Elin", task)
    clock.advance(minutes=4)
    await firm.tick()
    await firm.act(desk.take_back, "Elin", task)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia"]


async def test_undo_of_a_paused_task_leaves_it_paused(firm: Klarruta) -> None:
    task = await firm.request(to="Elin")
    await firm.act(desk.pause, "Elin", task, "rings back")
    await firm.act(desk.complete, "Elin", task)
    await firm.act(desk.take_back, "Elin", task)
    deadline = await firm.deadline(task)
    assert (deadline.due_at, deadline.met_at, deadline.next_at) == (None, None, None)
    assert deadline.paused_at is not None


async def test_take_next_gives_the_most_pressing_one(firm: Klarruta, clock: Clock) -> None:
    first = await firm.request("Karin Ekdahl")
    clock.advance(minutes=2)
    await firm.request("Anders Holm")
    elin = await firm.who("Elin")
    taken = await firm.do(desk.take_next, elin)
    assert taken is not None
    assert (taken.id, taken.assignee_id) == (first, elin.user_id)


async def test_two_who_press_at_once_get_two_tasks(firm: Klarruta) -> None:
    await firm.request("Karin Ekdahl")
    await firm.request("Anders Holm")
    elin, johan = await firm.who("Elin"), await firm.who("Johan")
    taken = await asyncio.gather(firm.do(desk.take_next, elin), firm.do(desk.take_next, johan))
    assert {task.title for task in taken if task} == {
        "First answer: Karin Ekdahl",
        "First answer: Anders Holm",
    }


async def test_take_next_leaves_alone_what_is_planned_or_of_others(firm: Klarruta) -> None:
    planned = await firm.request("Karin Ekdahl")
    await firm.act(desk.plan, "Elin", planned, now() + timedelta(hours=2))
    await firm.request("Anders Holm", of="Service")
    assert await firm.do(desk.take_next, await firm.who("Elin")) is None


async def test_hand_over_keeps_the_clocks(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    before = await firm.deadline(task)
    clock.advance(minutes=4)
    johan = await firm.who("Johan")
    await firm.act(desk.hand_over, "Elin", task, f"user:{johan.user_id}", "knows the house")
    after = await firm.deadline(task)
    assert (after.due_at, after.next_at) == (before.due_at, before.next_at)
    assert (await firm.task(task)).why_me == "knows the house"
    assert (await history(firm, task))[0] == "given to Johan Lindh: knows the house"


async def test_hand_over_tells_both_sides(firm: Klarruta) -> None:
    task = await firm.request(to="Elin")
    heard: list[Notice] = []
    firm.db.listen(Notice, heard.append)
    nils = await firm.who("Nils")
    await firm.act(desk.hand_over, "Elin", task, f"user:{nils.user_id}", "")
    assert {(await firm.who("Elin")).user_id, nils.user_id} <= {
        user for notice in heard for user in notice.audience.users
    }


@pytest.mark.parametrize(
    "to", ["", "user:", "user:99", "department:9", "user:" + "9" * 40, "user:x", "moon:1"]
)
async def test_hand_over_to_nobody_is_refused(firm: Klarruta, to: str) -> None:
    task = await firm.request(to="Elin")
    with pytest.raises(Refusal, match="Choose a colleague or a department that is still here"):
        await firm.act(desk.hand_over, "Elin", task, to, "")


async def test_a_note_that_counts_as_contact_keeps_the_first_answer(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=12)
    await firm.tick()

    def write(session) -> None:  # noqa: ANN001 - told by its only use
        contact = session.get_one(Contact, session.get_one(Task, task).contact_id)
        desk.note(session, elin, contact, "Reached her, she measures tonight", counts_as_contact=True)

    elin = await firm.who("Elin")
    await firm.do(write)
    assert (await firm.deadline(task)).met_at is not None
    assert all(alarm.answered_at for alarm in await firm.alarms(task))
    assert (await firm.task(task)).done_at is None


async def test_a_plain_note_keeps_no_promise(firm: Klarruta) -> None:
    task = await firm.request(to="Elin")
    elin = await firm.who("Elin")
    await firm.do(
        lambda session: desk.note(
            session, elin, session.get_one(Contact, 1), "Tried", counts_as_contact=False
        )
    )
    assert (await firm.deadline(task)).met_at is None


async def test_what_is_late_cannot_be_paused(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=16)
    with pytest.raises(Refusal, match="late"):
        await firm.act(desk.pause, "Elin", task, "rings back")


async def test_a_pause_needs_a_reason_and_a_plan_a_time_to_come(firm: Klarruta) -> None:
    task = await firm.request(to="Elin")
    with pytest.raises(Refusal, match="wait for"):
        await firm.act(desk.pause, "Elin", task, "  ")
    with pytest.raises(Refusal, match="still to come"):
        await firm.act(desk.plan, "Elin", task, now() - timedelta(minutes=1))


async def test_who_it_is_is_chosen_among_those_offered(firm: Klarruta) -> None:
    karin = await firm.do(contacts.add_contact, "Karin Ekdahl", [("phone", "+46313900641")])
    other = await firm.do(contacts.add_contact, "Somebody Else")
    task = await firm.request("K. Ekdahl")
    card = (await firm.task(task)).contact_id or 0
    await firm.do(lambda session: setattr(session.get_one(Contact, card), "maybe", [karin]))
    with pytest.raises(Refusal, match="offered"):
        await firm.act(contact_choices.choose_contact, "Elin", task, other)
    await firm.act(contact_choices.choose_contact, "Elin", task, karin)
    assert (await firm.task(task)).contact_id == karin


async def test_somebody_new_keeps_a_card_of_his_own(firm: Klarruta) -> None:
    task = await firm.request("K. Ekdahl")
    card = (await firm.task(task)).contact_id or 0
    await firm.do(lambda session: setattr(session.get_one(Contact, card), "maybe", [99]))
    await firm.act(contact_choices.choose_contact, "Elin", task, None)
    assert (await firm.task(task)).contact_id == card
    with pytest.raises(Refusal, match="known already"):
        await firm.act(contact_choices.choose_contact, "Elin", task, None)
