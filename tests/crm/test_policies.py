"""Policies: how they are written, whom they cover, and what a change moves before and when it is made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm import desk, policies, policy_preview
from crm.policies import Policy, Step
from crm.policy_preview import Preview, Proposal
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta

CLOSE = timedelta(seconds=30)  # what is wrong is wrong by minutes
STEPS = (Step(-300, "assignee"), Step(0, "head"), Step(900, "company"))


async def look(firm: Klarruta, minutes: int, steps: tuple[Step, ...] = STEPS) -> Preview:
    """Ask what a policy of so many minutes would move."""
    proposal = Proposal(name="New request", kinds=("form",), target="first response", seconds=minutes * 60, steps=steps,
                        unseen_seconds=600)  # fmt: skip
    return await firm.do(
        lambda session: policy_preview.preview(session, session.get_one(Policy, 1), proposal)
    )


async def change(firm: Klarruta, minutes: int, steps: tuple[Step, ...] = STEPS) -> Preview:
    """Make it a policy of so many minutes."""
    proposal = Proposal(name="New request", kinds=("form",), target="first response", seconds=minutes * 60, steps=steps,
                        unseen_seconds=600)  # fmt: skip
    who = await firm.who("Maria")
    return await firm.do(
        lambda session: policy_preview.apply(session, who, session.get_one(Policy, 1), proposal)
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15 min", 900),
        ("2 h", 7200),
        ("30 s", 30),
        ("1.5 hours", 5400),
        ("2 tim", 7200),
        ("3 dagar", 259_200),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: int) -> None:
    assert policies.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "15", "-5 min", "9999 days", "15 minutes ago"])
def test_what_is_no_duration_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        policies.seconds(text)


def test_steps_are_read_as_people_write_them() -> None:
    assert policies.step("5 min before", "assignee") == Step(-300, "assignee")
    assert policies.step("at breach", "head") == Step(0, "head")
    assert policies.step("15 min after", "user:3") == Step(900, "user:3")


@pytest.mark.parametrize(
    ("when", "tell"), [("5 min", "head"), ("later", "head"), ("at breach", "boss"), ("at breach", "user:x")]
)
def test_what_is_no_step_is_told(when: str, tell: str) -> None:
    with pytest.raises(ValueError, match="“"):
        policies.step(when, tell)


async def test_a_preview_tells_what_would_move_and_moves_nothing(firm: Klarruta) -> None:
    task = await firm.request(to="Elin")
    before = await firm.deadline(task)
    (move,) = (await look(firm, 30)).moved
    assert (move.task_id, move.due_now) == (task, before.due_at)
    assert move.due_then == before.started_at + timedelta(minutes=30)
    assert (await firm.deadline(task)).due_at == before.due_at


async def test_what_is_kept_already_or_of_the_same_length_stays(firm: Klarruta) -> None:
    await firm.request("Karin Ekdahl")
    assert await look(firm, 15) == Preview([], 1)


async def test_a_change_moves_what_the_preview_showed(firm: Klarruta) -> None:
    task = await firm.request(to="Elin")
    shown = await look(firm, 30)
    assert (await change(firm, 30)).moved == shown.moved
    deadline = await firm.deadline(task)
    assert deadline.due_at == shown.moved[0].due_then
    assert deadline.coming[0].at == deadline.started_at + timedelta(minutes=25)


async def test_a_change_of_the_steps_repeats_none_and_loses_none(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=11)
    await firm.tick()
    await change(firm, 15, (Step(-600, "assignee"), Step(0, "head"), Step(60, "company")))
    await firm.tick()
    clock.advance(minutes=5)
    await firm.tick()
    assert (await firm.told(task))[-3:] == ["Sofia", "Sofia", "Maria"]
    assert (await firm.told(task)).count("Sofia") == 2


async def test_a_step_taken_away_takes_no_other_along(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=11)
    await firm.tick()
    await change(firm, 15, (Step(0, "head"), Step(900, "company")))
    clock.advance(minutes=4)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia"]


async def test_a_shorter_promise_that_is_over_is_late_at_once(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=8)
    await change(firm, 5, (Step(0, "head"),))
    await firm.tick()
    assert await firm.told(task) == ["Sofia"]


async def test_a_longer_promise_is_whole_again_and_can_break_anew(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=16)
    await firm.tick()
    await change(firm, 60)
    deadline = await firm.deadline(task)
    assert deadline.breached_at is None
    assert all(alarm.answered_at for alarm in await firm.alarms(task))
    clock.advance(minutes=44)
    await firm.tick()
    assert await firm.told(task) == ["Elin?", "Sofia", "Sofia"]


async def test_a_change_leaves_an_overlooked_alarm_overlooked(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    await change(firm, 14)
    assert (await firm.deadline(task)).next_at == pytest.approx(now() + timedelta(minutes=10), abs=CLOSE)


async def test_a_paused_promise_stays_paused(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=3)
    await firm.act(desk.pause, "Elin", task, "rings back")
    await change(firm, 30)
    await firm.act(desk.resume, "Elin", task)
    assert (await firm.deadline(task)).due_at == pytest.approx(now() + timedelta(minutes=27), abs=CLOSE)
