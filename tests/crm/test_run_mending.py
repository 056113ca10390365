"""Runs that somebody moves by hand: the step that is left, the one that begins, and what is told of it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm import processes, run_mending
from crm.process_troubles import Stuck
from crm.runs import Run, RunStep, steps_of
from hub.audit import history
from hub.clock import Clock
from hub.db import Database
from hub.users import find_user, viewer
from tests.crm.drawing import drawn, end, flow, gateway, inside, message, note, start, timer, user, way
from tests.crm.sale import Sale

LINE = drawn(start(), user("a", "A"), user("b", "B"), user("c", "C"), end(), way("s a b c e"))
WATCHED = drawn(
    start(), user("a", "A"), timer("late", "Late", "PT15M", at="a"), user("b", "B"), end(), end("f"),
    way("s a e"), way("late b f"),
)  # fmt: skip


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company with a deal in it."""
    made = Sale(db)
    await made.found()
    return made


async def move(sale: Sale, run: int, came: str, to: str, why: str = "He is there already") -> None:
    """Have Maria move a run from one element to another."""

    def by_hand(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        open_ = next(each for each in steps_of(session, run) if each.element == came and _is_open(each))
        run_mending.move_by_hand(session, maria, session.get_one(Run, run), open_, to, why)

    await sale.db.write(by_hand)


def _is_open(step: RunStep) -> bool:
    return step.ended_at is None and step.dropped_at is None


async def test_it_leaves_one_step_and_goes_on_at_another(sale: Sale) -> None:
    run = await sale.begin(await sale.publish(LINE))
    await move(sale, run, "a", "c")
    assert list(await sale.open_steps()) == ["C"]
    told = [(each.element, each.dropped_at is not None, str(each.cause)) for each in await sale.steps(run)]
    why = "moved by hand from *A* by Maria Berg: He is there already"
    assert told[1:] == [("a", True, "begun"), ("c", False, why)]
    (entry,) = await sale.read(lambda session: list(history(session, "run", run)))
    assert "from *A* to *C*: He is there already" in str(entry.words)
    await sale.do("C")
    assert (await sale.run(run)).ended_at is not None


async def test_it_goes_back_as_well(sale: Sale) -> None:
    run = await sale.begin(await sale.publish(LINE))
    await sale.do("A")
    await sale.do("B")
    await move(sale, run, "c", "a")
    for step in "ABC":
        assert list(await sale.open_steps()) == [step]
        await sale.do(step)
    assert (await sale.run(run)).ended_at is not None


async def test_what_watched_a_step_goes_with_it_and_comes_with_it(sale: Sale, clock: Clock) -> None:
    run = await sale.begin(await sale.publish(WATCHED))
    await move(sale, run, "a", "b")
    assert (list(await sale.open_steps()), (await sale.run(run)).due_at) == (["B"], None)
    await move(sale, run, "b", "a")
    assert (await sale.run(run)).due_at is not None
    clock.advance(minutes=16)
    await sale.tick()
    assert list(await sale.open_steps()) == ["B"]


@pytest.mark.parametrize("to", ["g", "t", "sub", "e", "m"])
async def test_it_goes_on_at_whatever_stands_there(sale: Sale, to: str) -> None:
    diagram = drawn(
        start(), user("a", "A"), gateway("g", default="g_b"), note("t", "head", "Look"),
        inside("sub", "Sub", start("s2"), user("i", "I"), end("e2"), way("s2 i e2")),
        message("m", "Paid", "payment received"), user("b", "B"), end(),
        way("s a g b t sub m e"),
    )  # fmt: skip
    run = await sale.begin(await sale.publish(diagram))
    await move(sale, run, "a", to)
    expected = {"g": ["B"], "t": ["I"], "sub": ["I"], "e": [], "m": []}
    assert list(await sale.open_steps()) == expected[to]
    kept = await sale.run(run)
    assert (kept.ended_at is not None) == (to == "e")
    assert kept.waits_for == (["payment received"] if to == "m" else [])
    if to == "sub":
        await sale.do("I")
        assert (await sale.run(run)).waits_for == ["payment received"]


async def test_one_of_two_ways_is_moved_and_both_are_waited_for(sale: Sale) -> None:
    diagram = drawn(
        start(), gateway("f", kind="parallel"), user("a", "A"), user("a2", "A2"), user("b", "B"),
        gateway("j", kind="parallel"), user("c", "C"), end(), way("s f a a2 j c e"), flow("f", "b"), flow("b", "j"),
    )  # fmt: skip
    run = await sale.begin(await sale.publish(diagram))
    await move(sale, run, "a", "a2")
    await sale.do("A2")
    assert list(await sale.open_steps()) == ["B"]
    await sale.do("B")
    assert list(await sale.open_steps()) == ["C"]


@pytest.mark.parametrize("to", ["s", "a", "nowhere", "i", "late"])
async def test_where_it_cannot_go_on_it_says_so_and_stays(sale: Sale, to: str) -> None:
    diagram = drawn(
        start(), user("a", "A"), timer("late", "Late", "PT15M", at="a", goes_on=True), end(), end("f"), way("late f"),
        inside("sub", "Sub", start("s2"), user("i", "I"), end("e2"), way("s2 i e2")), way("s a sub e"),
    )  # fmt: skip
    run = await sale.begin(await sale.publish(diagram))
    with pytest.raises(Stuck, match="choose a step beside"):
        await move(sale, run, "a", to)
    assert list(await sale.open_steps()) == ["A"]


async def test_it_needs_a_reason(sale: Sale) -> None:
    run = await sale.begin(await sale.publish(LINE))
    with pytest.raises(Stuck, match="Say why"):
        await move(sale, run, "a", "b", " ")


async def test_one_that_is_stuck_is_stuck_no_more(sale: Sale) -> None:
    diagram = drawn(
        start(), message("m", "Paid", "payment received"), gateway("g"), user("b", "B"), end(), end("f"),
        way("s m g"), flow("g", "b", "value > 99999999"), flow("g", "f", "value > 88888888"), flow("b", "e"),
    )  # fmt: skip
    run = await sale.begin(await sale.publish(diagram))
    await sale.hear("payment received")
    assert (await sale.run(run)).stuck_at is not None
    await move(sale, run, "m", "b")
    assert (await sale.run(run)).stuck_at is None
    assert list(await sale.open_steps()) == ["B"]
    processes._kept.clear()  # as after a new start of the hub
    await sale.do("B")
    assert (await sale.run(run)).ended_at is not None
