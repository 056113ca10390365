"""A run that gets stuck where nobody looks on: who is told of it, what goes on beside, and when it is over."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_changes, edits, run_deeds, run_mending, run_troubles, run_wishes
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.deal_changes import DealChange
from crm.deals import Deal
from crm.pipelines import Stage
from crm.process_troubles import Stuck
from crm.robot_drawing import RobotDeed
from crm.runs import Run
from crm.tasks import Task
from crm.web.task_rows import TaskRow, task_rows
from hub.clock import Clock, now
from hub.db import Database
from hub.users import find_user, viewer
from tests.crm.sale import WINDOWS, Sale
from tests.crm.test_robots import going, move, set_deeds

ASK = RobotDeed(kind="task", text="Ask for the address")
TELL = RobotDeed(kind="note", text="was called")
ON = RobotDeed(kind="stage", text="Measured")
STUCK = {"“Called” is stuck": "Elin"}


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company with a deal in it, whose stage Measured asks where the deal came from."""
    made = Sale(db)
    await made.found()

    def ask(session: Session) -> None:
        session.scalars(select(Stage).where(Stage.name == "Measured")).one().required = ["source"]

    await made.db.write(ask)
    return made


async def fill_in(sale: Sale) -> None:
    """Have Maria say where the deal came from."""

    def fill(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        deal_changes.change(session, maria, session.get_one(Deal, sale.deal_id), DealChange(source="Fair"))

    await sale.db.write(fill)


async def row_of_trouble(sale: Sale) -> TaskRow:
    """Give the task that tells Elin of it, as she sees it."""

    def look(session: Session) -> TaskRow:
        told = session.scalars(select(Task).where(Task.kind == run_troubles.KIND)).one()
        return task_rows(session, viewer(find_user(session, "elin@klarruta.example")), [told])[0]

    return await sale.read(look)


async def the_run(sale: Sale) -> Run:
    """Give the only run."""
    return await sale.read(lambda session: session.scalars(select(Run)).one())


async def test_whoever_is_responsible_is_told_by_a_task_that_leads_to_the_run(sale: Sale) -> None:
    await set_deeds(sale, "Called", ON)
    await move(sale, "Called")
    assert await sale.open_steps() == STUCK
    row, run = await row_of_trouble(sale), await the_run(sale)
    assert row.href == f"/runs/{run.id}"
    assert "“Measured”: Not before this is filled in: Source" in row.about


async def test_an_answer_that_is_missing_is_called_as_its_form_calls_it(sale: Sale) -> None:
    def ask(session: Session) -> None:
        session.scalars(select(Stage).where(Stage.name == "Measured")).one().required = ["deal:windows"]

    await sale.publish(WINDOWS.read_bytes())
    await sale.db.write(ask)
    await set_deeds(sale, "Called", ON)
    await move(sale, "Called")
    assert "Not before this is filled in: How many windows" in (await row_of_trouble(sale)).about


async def test_where_nobody_is_responsible_the_head_is_told(sale: Sale) -> None:
    def take_away(session: Session) -> None:
        session.get_one(Deal, sale.deal_id).responsible_id = None

    await sale.db.write(take_away)
    await set_deeds(sale, "Called", ON)
    await move(sale, "Called")
    assert await sale.open_steps() == {"“Called” is stuck": "Sofia"}


async def test_what_else_the_stage_does_is_done(sale: Sale) -> None:
    await set_deeds(sale, "Called", ON, ASK, TELL)
    await move(sale, "Called")
    assert await sale.open_steps() == {"Ask for the address": "Elin"} | STUCK
    notes = select(Interaction.text).where(Interaction.contact_id == sale.contact_id)
    assert "was called" in str(await sale.read(lambda session: session.scalars(notes).all()))
    await sale.do("Ask for the address")
    assert await sale.open_steps() == STUCK


async def test_what_waits_longer_still_comes(sale: Sale, clock: Clock) -> None:
    later = RobotDeed(kind="task", text="Ring again", after="3 days")
    await set_deeds(sale, "Called", later, RobotDeed(kind="stage", text="Measured", after="1 h"))
    await move(sale, "Called")
    clock.advance(hours=1, minutes=1)
    await sale.tick()
    assert await sale.open_steps() == STUCK
    clock.advance(days=3)
    await sale.tick()
    assert await sale.open_steps() == {"Ring again": "Elin"} | STUCK


async def test_filled_in_it_goes_on_by_itself_and_the_task_is_done(sale: Sale) -> None:
    await set_deeds(sale, "Called", ON)
    await move(sale, "Called")
    await fill_in(sale)
    assert (await sale.stage(), await sale.open_steps(), await going(sale)) == ("Measured", {}, 0)


async def test_filled_in_on_the_card_it_goes_on_as_well(sale: Sale) -> None:
    def ask_for_a_phone(session: Session) -> None:
        session.scalars(select(Stage).where(Stage.name == "Measured")).one().required = ["phone"]

    def give_one(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        edits.add_handle(session, maria, session.get_one(Contact, sale.contact_id), "070-174 06 05")

    await sale.db.write(ask_for_a_phone)
    await set_deeds(sale, "Called", ON)
    await move(sale, "Called")
    await sale.db.write(give_one)
    assert (await sale.stage(), await sale.open_steps()) == ("Measured", {})


async def test_tried_again_too_early_it_says_why_not_and_tells_nobody_twice(sale: Sale) -> None:
    await set_deeds(sale, "Called", ON)
    await move(sale, "Called")

    def try_again(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        run_mending.try_again(session, maria, session.scalars(select(Run)).one())

    with pytest.raises(Stuck, match="Not before this is filled in"):
        await sale.db.write(try_again)
    assert len(await sale.read(lambda session: session.scalars(select(Task)).all())) == 1


async def test_ended_by_hand_the_task_is_done(sale: Sale) -> None:
    await set_deeds(sale, "Called", ON)
    await move(sale, "Called")

    def stop(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        run_mending.stop(session, maria, session.scalars(select(Run)).one(), "not wanted")

    await sale.db.write(stop)
    assert await sale.open_steps() == {}


async def test_a_letter_that_cannot_be_written_leaves_what_waits_longer(sale: Sale, clock: Clock) -> None:
    chat = RobotDeed(kind="chat", text="We will ring you.")
    await set_deeds(sale, "Called", chat, RobotDeed(kind="task", text="Ring again", after="3 days"))
    await move(sale, "Called")
    for wish_id in [number for _each, number in await sale.read(lambda s: run_wishes.take(s, now(), 10))]:
        await sale.db.write(run_deeds.write, wish_id)
    assert await sale.open_steps() == STUCK
    clock.advance(days=3, minutes=1)
    await sale.tick()
    assert await sale.open_steps() == {"Ring again": "Elin"} | STUCK
