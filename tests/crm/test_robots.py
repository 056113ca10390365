"""Robots: what is done by itself when a deal enters a stage."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import deal_moves, robots
from crm.deals import Deal
from crm.mentions import Mention
from crm.pipelines import Stage
from crm.processes import Faulty, Process
from crm.robot_drawing import RobotDeed
from crm.runs import Run
from crm.tasks import Task
from hub.clock import Clock
from hub.db import Database
from hub.users import find_user, viewer
from tests.crm.sale import Sale

CALL = RobotDeed(kind="task", text="Call & <ask>", within="4 h")
TELL = RobotDeed(kind="note", text="was measured", who="head")
LATER = RobotDeed(kind="stage", text="Quoted", after="3 days")


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company with a deal in it."""
    made = Sale(db)
    await made.found()
    return made


async def set_deeds(sale: Sale, stage: str, *deeds: RobotDeed) -> None:
    """Have Maria say what is done in a stage."""

    def say(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        row = session.scalars(select(Stage).where(Stage.name == stage)).one()
        robots.set_deeds(session, maria, row, deeds)

    await sale.db.write(say)


async def move(sale: Sale, stage: str) -> int:
    """Have Maria move the deal; give how many runs began by that."""

    def go(session: Session) -> int:
        before = session.scalar(select(func.count()).select_from(Run)) or 0
        place = session.scalars(select(Stage).where(Stage.name == stage)).one()
        maria = viewer(find_user(session, "maria@klarruta.example"))
        deal_moves.move(session, maria, session.get_one(Deal, sale.deal_id), place.id)
        return (session.scalar(select(func.count()).select_from(Run)) or 0) - before

    return await sale.db.write(go)


async def going(sale: Sale) -> int:
    """Count the runs under way."""
    counted = select(func.count()).select_from(Run).where(Run.ended_at.is_(None))
    return await sale.read(lambda session: session.scalar(counted) or 0)


async def test_a_deal_that_enters_the_stage_makes_the_task(sale: Sale) -> None:
    await set_deeds(sale, "Measured", CALL, TELL)
    assert await move(sale, "Called") == 0
    assert await move(sale, "Measured") == 1
    assert await sale.open_steps() == {"Call & <ask>": "Elin"}
    assert await sale.read(lambda session: session.scalar(select(func.count()).select_from(Mention))) == 1
    await sale.do("Call & <ask>")
    assert await going(sale) == 0


async def test_one_that_waits_looks_whether_the_deal_is_still_there(sale: Sale, clock: Clock) -> None:
    await set_deeds(sale, "Measured", LATER)
    await move(sale, "Measured")
    clock.advance(days=2)
    await sale.tick()
    assert await sale.stage() == "Measured"
    clock.advance(days=1, minutes=1)
    await sale.tick()
    assert (await sale.stage(), await going(sale)) == ("Quoted", 0)


async def test_one_that_waited_for_a_deal_that_went_on_does_nothing(sale: Sale, clock: Clock) -> None:
    await set_deeds(sale, "Measured", LATER)
    await move(sale, "Measured")
    await move(sale, "Installation")
    clock.advance(days=4)
    await sale.tick()
    assert (await sale.stage(), await going(sale)) == ("Installation", 0)


async def test_what_waits_begins_anew_as_the_deal_comes_there_again(sale: Sale, clock: Clock) -> None:
    await set_deeds(sale, "Measured", CALL, RobotDeed(kind="task", text="Ring again", after="3 days"))
    await move(sale, "Measured")
    await sale.do("Call & <ask>")
    clock.advance(days=2)
    await move(sale, "Called")
    assert await move(sale, "Measured") == 1
    assert (await sale.open_steps(), await going(sale)) == ({"Call & <ask>": "Elin"}, 1)
    clock.advance(days=2)
    await sale.tick()
    assert set(await sale.open_steps()) == {"Call & <ask>"}
    clock.advance(days=1, minutes=1)
    await sale.tick()
    assert set(await sale.open_steps()) == {"Call & <ask>", "Ring again"}


async def test_what_is_still_to_do_from_before_is_to_be_done_once(sale: Sale) -> None:
    await set_deeds(sale, "Measured", CALL)
    await move(sale, "Measured")
    await move(sale, "Called")
    await move(sale, "Measured")
    open_tasks = select(func.count()).select_from(Task).where(Task.done_at.is_(None))
    assert await sale.read(lambda session: session.scalar(open_tasks)) == 1


async def test_what_is_said_anew_holds_from_then_on(sale: Sale) -> None:
    await set_deeds(sale, "Measured", CALL)
    await move(sale, "Measured")
    await set_deeds(sale, "Measured", RobotDeed(kind="task", text="Write"))
    assert list(await sale.open_steps()) == ["Call & <ask>"]
    await sale.do("Call & <ask>")
    await move(sale, "Called")
    await move(sale, "Measured")
    assert list(await sale.open_steps()) == ["Write"]


async def test_with_nothing_left_it_rests_and_can_be_given_something_again(sale: Sale) -> None:
    await set_deeds(sale, "Measured", CALL)
    await set_deeds(sale, "Measured")
    assert await move(sale, "Measured") == 0
    await set_deeds(sale, "Measured", TELL)
    await move(sale, "Called")
    assert await move(sale, "Measured") == 1
    assert await sale.read(lambda session: session.scalar(select(func.count()).select_from(Process))) == 1


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (RobotDeed(kind="stage", text="Nowhere"), "there is no stage “Nowhere”"),
        (RobotDeed(kind="task", text="Call", who="department:Moon"), "there is no department “Moon”"),
        (RobotDeed(kind="task", text="Call", within="soon"), "is no time"),
    ],
)
async def test_what_cannot_be_is_said_and_nothing_is_kept(sale: Sale, deed: RobotDeed, words: str) -> None:
    with pytest.raises(Faulty, match=words):
        await set_deeds(sale, "Measured", deed)
    assert await move(sale, "Measured") == 0


async def test_a_time_that_cannot_be_read_is_said(sale: Sale) -> None:
    with pytest.raises(ValueError, match="is no time"):
        await set_deeds(sale, "Measured", RobotDeed(kind="note", text="x", after="a while"))


async def test_two_that_send_a_deal_to_and_fro_end(sale: Sale) -> None:
    deeds: Sequence[tuple[str, str]] = (("Called", "Measured"), ("Measured", "Called"))
    for stage, to in deeds:
        await set_deeds(sale, stage, RobotDeed(kind="stage", text=to))
    assert await move(sale, "Called") == 2
    assert (await going(sale), await sale.stage()) == (0, "Called")
