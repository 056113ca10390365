"""What one run does to a deal is heard by what else goes on with it, and only that is asked for."""

from __future__ import annotations

import pytest

from crm import runs
from hub.clock import Clock
from hub.db import Database
from tests.asked import asked
from tests.crm.drawing import drawn, end, message, stage, start, user, way
from tests.crm.sale import Sale
from tests.plans import plan

CHANGED = "stage changed"
MOVES = drawn(start(), user("a", "A"), stage("t", "Called"), end(), way("s a t e"))
MOVES_TWICE = drawn(
    start(), user("a", "A"), stage("t", "Called"), stage("u", "Measured"), end(), way("s a t u e")
)
WAITS = drawn(start(), message("m", "Moved", CHANGED), user("b", "Seen"), end(), way("s m b e"))


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company with a deal in it."""
    made = Sale(db)
    await made.found()
    return made


@pytest.mark.parametrize("of_the_deal", [True, False], ids=["of the deal", "of the contact alone"])
async def test_a_run_that_moves_a_deal_is_heard_by_another(sale: Sale, *, of_the_deal: bool) -> None:
    await sale.begin(await sale.publish(WAITS, "Waiting"), deal=of_the_deal)
    await sale.begin(await sale.publish(MOVES))
    await sale.do("A")
    assert list(await sale.open_steps()) == ["Seen"]


async def test_one_of_another_deal_hears_nothing_of_it(sale: Sale) -> None:
    other = await sale.beside("Karin Two")
    await other.begin(await sale.publish(WAITS, "Waiting"))
    await sale.begin(await sale.publish(MOVES))
    await sale.do("A")
    assert await sale.open_steps() == {}


async def test_one_that_begins_by_the_first_change_hears_the_second(sale: Sale) -> None:
    event = '<bpmn:messageEventDefinition messageRef="stage_changed"/>'
    await sale.publish(WAITS.replace(start(), start(inner=event)), "Waiting")
    await sale.begin(await sale.publish(MOVES_TWICE))
    await sale.do("A")
    assert await sale.open_steps() == {"Seen": "Elin"}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_run_that_is_alone_with_its_deal_asks_for_no_other(sale: Sale) -> None:
    await sale.begin(await sale.publish(MOVES))
    with asked() as told:
        await sale.do("A")
    assert await sale.stage() == "Called"
    assert not [each for each in told if "waits_for" in each.partition("FROM")[0] and "run_steps" not in each]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_what_goes_on_is_found_along_what_goes_on(db: Database) -> None:
    for deal_id, contact_id in ((1, 2), (None, 2)):
        told = await db.write(plan, runs.going, deal_id, contact_id)
        assert "ix_runs_contact_going" in told
        assert ("ix_runs_deal_going" in told) == (deal_id is not None)
