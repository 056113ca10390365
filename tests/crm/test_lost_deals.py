"""A lost deal stays lost until a person wins it back, and its runs end when somebody says so, also later."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_moves, run_mending
from crm.deals import Deal
from crm.pipelines import Stage
from crm.runs import Run
from hub.clock import Clock
from hub.db import Database
from hub.users import find_user, viewer
from tests.crm.drawing import drawn, end, message, stage, start, user, way
from tests.crm.sale import Sale

PAYS = drawn(
    start(), message("m", "Paid", "payment received"), stage("t", "Installation"), user("a", "Fit"), end(),
    way("s m t a e"),
)  # fmt: skip


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company with a deal in it, and a stage in which deals are lost."""
    made = Sale(db)
    await made.found()

    def ends(session: Session) -> None:
        session.scalars(select(Stage).where(Stage.name == "Quoted")).one().ends = "lost"

    await db.write(ends)
    return made


async def put(sale: Sale, name: str, *, end_runs: bool = False) -> None:
    """Have Maria put the deal into a stage."""

    def run(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        stage_id = session.scalars(select(Stage.id).where(Stage.name == name)).one()
        go = run_mending.lose if end_runs else deal_moves.move
        go(session, maria, session.get_one(Deal, sale.deal_id), stage_id, why="Too dear")

    await sale.db.write(run)


async def test_a_run_does_not_win_back_what_was_lost_and_a_person_does(sale: Sale, clock: Clock) -> None:
    run_id = await sale.begin(await sale.publish(PAYS))
    clock.advance(minutes=1)
    await put(sale, "Quoted")
    await sale.hear("payment received")
    assert (await sale.stage(), (await sale.run(run_id)).stuck) == (
        "Quoted",
        "*To Installation*: The deal is lost",
    )
    await put(sale, "Agreed")

    def again(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        run_mending.try_again(session, maria, session.get_one(Run, run_id))

    await sale.db.write(again)
    assert (await sale.stage(), list(await sale.open_steps())) == ("Installation", ["Fit"])


async def test_what_begins_for_a_lost_deal_may_win_it_back(sale: Sale, clock: Clock) -> None:
    await put(sale, "Quoted")
    clock.advance(minutes=1)
    await sale.begin(await sale.publish(PAYS))
    await sale.hear("payment received")
    assert await sale.stage() == "Installation"


async def test_runs_of_a_deal_that_is_lost_already_end_when_somebody_says_so(
    sale: Sale, clock: Clock
) -> None:
    before = await sale.begin(await sale.publish(PAYS))
    clock.advance(minutes=1)
    await put(sale, "Quoted")
    since = await sale.begin(await sale.publish(PAYS, "Ask how we were"))
    await put(sale, "Quoted", end_runs=True)
    runs = [await sale.run(each) for each in (before, since)]
    assert [(run.ended_at is not None, run.stopped_why) for run in runs] == [(True, "Too dear"), (False, "")]
