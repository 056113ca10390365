"""Calls that nobody heard and that are found afterwards: as if they had been heard, in any order, however often."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec import structs

from crm.callbacks import KIND
from crm.calls import Call
from hub.events import CallState, Talk
from tests.crm.switchboard import KARIN, Switchboard

BO = "+46701740613"


def missed(pbx: Switchboard, before: float = 0, customer: str = KARIN) -> CallState:
    """Give a call in vain that ended so many minutes ago."""
    return ago(pbx.ended(pbx.rings(customer)), before)


def talked(pbx: Switchboard, before: float = 0, customer: str = KARIN) -> CallState:
    """Give an answered call that ended so many minutes ago."""
    return ago(pbx.ended(pbx.answered(pbx.rings(customer)), seconds=40), before)


def ago(call: CallState, minutes: float) -> CallState:
    """Have a call be earlier."""
    earlier = {name: moment - timedelta(minutes=minutes)
               for name in ("started_at", "answered_at", "ended_at") if (moment := getattr(call, name))}  # fmt: skip
    return structs.replace(call, **earlier)


async def test_a_call_in_vain_that_nobody_heard_is_called_back(pbx: Switchboard) -> None:
    call = missed(pbx, 10)
    outcome = await pbx.finds(call)
    assert "to be called back" in outcome.became
    (card,), (task,), (known,) = await pbx.cards(), await pbx.tasks(), await pbx.calls()
    assert (task.kind, task.contact_id, task.done_at, task.created_at) == (KIND, card.id, None, call.ended_at)
    assert (known.outcome, known.started_at, known.task_id) == ("abandoned", call.started_at, task.id)


async def test_an_answered_call_that_nobody_heard_is_a_line_that_says_so(pbx: Switchboard) -> None:
    await pbx.finds(talked(pbx, 10))
    assert await pbx.lines() == ["answered by Elin Sandgren, 40 seconds"]
    assert await pbx.tasks() == []
    assert (await pbx.calls())[0].gap == 60


async def test_what_is_found_again_changes_nothing(pbx: Switchboard) -> None:
    calls = [missed(pbx, 10), talked(pbx, 9, BO), missed(pbx, 8, BO)]
    for call in [*calls, *calls]:
        await pbx.finds(call)
    known = [(call.outcome, call.number) for call in await pbx.calls()]
    outcome = await pbx.finds(calls[0])
    assert "known already" in outcome.became
    assert [(call.outcome, call.number) for call in await pbx.calls()] == known
    assert [task.times for task in await pbx.tasks()] == [1, 1]
    assert len(await pbx.lines()) == 3


async def test_a_call_that_was_heard_is_as_it_was_heard(pbx: Switchboard) -> None:
    await pbx.talks()
    (known,) = await pbx.calls()
    await pbx.finds(structs.replace(missed(pbx), key=known.key))
    (call,) = await pbx.calls()
    assert (call.outcome, call.gap, await pbx.tasks()) == ("answered", 0, [])


async def lose(pbx: Switchboard, *calls: CallState) -> None:
    """Have calls ring, and then nobody listen to their ends."""
    for call in calls:
        await pbx.tells(call)
    await pbx.lists()


async def test_an_end_that_was_not_known_is_known_then(pbx: Switchboard) -> None:
    call = pbx.rings()
    await lose(pbx, call)
    (task,) = await pbx.tasks()
    assert (await pbx.calls())[0].outcome == "unknown"
    await pbx.finds(pbx.ended(pbx.answered(call), seconds=75))
    (known,), (told,) = await pbx.calls(), await pbx.tasks()
    assert (known.outcome, known.talking, [talk.seconds for talk in known.spoken]) == ("answered", [], [75])
    assert (told.id, told.done_at is not None) == (task.id, True)
    assert await pbx.lines() == ["answered by Elin Sandgren, 1 min 15 s"]


async def test_an_end_in_vain_that_was_not_known_keeps_its_one_call_back(pbx: Switchboard) -> None:
    call = pbx.rings()
    await lose(pbx, call)
    await pbx.finds(pbx.ended(call))
    (task,), (known,) = await pbx.tasks(), await pbx.calls()
    assert (task.done_at, task.times, known.task_id, known.outcome) == (None, 1, task.id, "abandoned")
    assert [line.startswith("missed: hung up") for line in await pbx.lines()] == [True]


async def test_it_may_be_found_before_it_is_known_to_be_over(pbx: Switchboard) -> None:
    call = pbx.rings()
    await pbx.tells(call)
    await pbx.finds(pbx.ended(pbx.answered(call), seconds=75))
    await pbx.lists()
    assert [known.outcome for known in await pbx.calls()] == ["answered"]
    assert await pbx.tasks() == []


async def test_what_the_records_do_not_know_either_stays_unknown(pbx: Switchboard) -> None:
    call = pbx.rings()
    await lose(pbx, call)
    before = (await pbx.calls())[0].ended_at
    await pbx.finds(structs.replace(pbx.ended(call, "unknown"), ended_by=None))
    assert [(known.outcome, known.ended_at) for known in await pbx.calls()] == [("unknown", before)]
    await pbx.finds(structs.replace(pbx.ended(pbx.rings(BO), "unknown"), ended_by=None))
    assert [known.outcome for known in await pbx.calls()] == ["unknown", "unknown"]


async def test_what_was_heard_and_is_not_written_is_kept(pbx: Switchboard) -> None:
    call = structs.replace(pbx.answered(pbx.rings()), holds=2, name="Karin", recorded=True, recording="/1.wav",
                           talks=(Talk("101", 5.0),))  # fmt: skip
    await lose(pbx, call)
    await pbx.finds(
        structs.replace(pbx.ended(pbx.answered(pbx.rings(KARIN, "102"), "102"), seconds=9), key=call.key)
    )
    (known,) = await pbx.calls()
    assert (known.holds, known.name, known.recording, known.rang) == (2, "Karin", "/1.wav", ["101", "102"])
    assert [(talk.extension, talk.seconds) for talk in known.spoken] == [("102", 9)]


ORDERS = list(itertools.permutations(range(3)))


async def told(
    pbx: Switchboard, calls: Sequence[CallState], order: Sequence[int]
) -> tuple[list[bool], Sequence[Call]]:
    """Find calls in an order; tell which call-backs are open."""
    for number in order:
        await pbx.finds(calls[number])
    return [task.done_at is None for task in await pbx.tasks()], await pbx.calls()


@pytest.mark.parametrize("order", ORDERS)
async def test_who_got_through_after_he_called_in_vain_is_not_called_back(
    pbx: Switchboard, order: Sequence[int]
) -> None:
    open_tasks, calls = await told(pbx, [missed(pbx, 30), missed(pbx, 20), talked(pbx, 10)], order)
    assert not any(open_tasks)
    assert len(calls) == 3


@pytest.mark.parametrize("order", ORDERS)
async def test_who_called_in_vain_after_he_got_through_is_called_back(
    pbx: Switchboard, order: Sequence[int]
) -> None:
    open_tasks, _ = await told(pbx, [missed(pbx, 30), talked(pbx, 20), missed(pbx, 10)], order)
    assert open_tasks.count(True) == 1


async def test_a_talk_that_is_found_late_leaves_open_what_came_after_it(pbx: Switchboard) -> None:
    await pbx.misses()
    await pbx.finds(talked(pbx, 30))
    assert [task.done_at for task in await pbx.tasks()] == [None]


async def test_colleagues_among_themselves_are_nobodys_business(pbx: Switchboard) -> None:
    await pbx.finds(structs.replace(missed(pbx, 10), direction="internal", customer=None))
    assert len(await pbx.calls()) == 1
    assert [await pbx.cards(), await pbx.tasks(), await pbx.lines()] == [[], [], []]
