"""The board counts and adds up by itself, shows what stands too long, and whoever sells sets it up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_board, deal_changes, deal_lists, pipeline_changes, pipelines
from crm.deal_board import Figures, Wanted, Worth
from crm.deal_changes import DealChange
from crm.desk import Refusal
from crm.pipeline_changes import Settings
from crm.pipelines import Pipeline, Stage
from hub.clock import Clock
from hub.db import Database
from hub.users import find_user, viewer
from tests.crm.klarruta import Klarruta
from tests.crm.salesroom import Salesroom
from tests.plans import plan

TODAY = date(2026, 11, 23)


@pytest.fixture
async def room(firm: Klarruta) -> Salesroom:
    """Give the window company with its pipeline."""
    opened = Salesroom(firm)
    await opened.open()
    return opened


async def board(room: Salesroom, name: str, **wanted: object) -> dict[str, Figures]:
    """Count what somebody sees, by the names of the stages."""
    who = await room.firm.who(name)

    def count(session: Session) -> dict[str, Figures]:
        stages = pipelines.stages_of(session, [1])[1]
        asked = Wanted(pipeline_id=1, **wanted)  # type: ignore[arg-type]
        found = deal_board.figures(session, who, asked, stages, TODAY)
        return {stage.name: found[stage.id] for stage in stages}

    return await room.firm.do(count)


async def test_a_column_says_how_many_and_how_much_and_how_probable(room: Salesroom) -> None:
    for value in (100_00, 250_00):
        await room.deal(value=value)
    shown = (await board(room, "Maria"))["Request"]
    assert (shown.count, list(shown.worth)) == (2, [Worth("EUR", 350_00, 35_00)])


async def test_what_a_seller_says_of_his_deal_outweighs_its_stage(room: Salesroom) -> None:
    deal_id = await room.deal(value=100_00)
    await room.act(deal_changes.change, "Elin", deal_id, DealChange(probability=90))
    assert (await board(room, "Maria"))["Request"].worth[0].weighted == 90_00


async def test_each_currency_is_added_up_by_itself(room: Salesroom) -> None:
    await room.deal(value=100_00)
    other = await room.deal()
    await room.act(deal_changes.change, "Elin", other, DealChange(currency="SEK", value=900_00))
    assert {each.currency: each.value for each in (await board(room, "Maria"))["Request"].worth} == {
        "EUR": 100_00, "SEK": 900_00,
    }  # fmt: skip


async def test_an_agent_counts_what_is_his_departments(room: Salesroom) -> None:
    await room.deal()
    assert (await board(room, "Johan"))["Request"].count == 1
    assert (await board(room, "Nils"))["Request"].count == 0


async def test_mine_are_mine_and_a_source_is_a_source(room: Salesroom) -> None:
    deal_id = await room.deal(by="Elin")
    await room.act(deal_changes.change, "Elin", deal_id, DealChange(source="Website"))
    assert (await board(room, "Elin", whose="mine"))["Request"].count == 1
    assert (await board(room, "Johan", whose="mine"))["Request"].count == 0
    assert (await board(room, "Johan", whose="department", source="Website"))["Request"].count == 1
    assert (await board(room, "Johan", source="Telephone"))["Request"].count == 0


async def test_what_stands_longer_than_it_should_is_counted(room: Salesroom, clock: Clock) -> None:
    await room.deal()
    assert (await board(room, "Elin"))["Request"].stale == 0
    clock.advance(days=1, minutes=1)
    assert (await board(room, "Elin"))["Request"].stale == 1
    assert (await board(room, "Elin", show="stale"))["Request"].count == 1


async def test_what_is_expected_within_a_week_is_counted_and_what_should_have_been(room: Salesroom) -> None:
    for days in (-3, 6, 30):
        deal_id = await room.deal()
        wanted = DealChange(expected_on=TODAY + timedelta(days=days))
        await room.act(deal_changes.change, "Elin", deal_id, wanted)
    assert (await board(room, "Elin"))["Request"].closing == 2


async def test_a_lost_deal_stays_on_the_board_for_a_month(room: Salesroom, clock: Clock) -> None:
    await room.move(await room.deal(value=100_00), "Lost", reason=1)
    shown = (await board(room, "Elin"))["Lost"]
    assert (shown.count, shown.worth[0].weighted) == (1, 0)
    clock.advance(days=31)
    assert (await board(room, "Elin"))["Lost"].count == 0


async def test_the_newest_in_a_stage_come_first_and_no_more_than_wanted(
    room: Salesroom, db: Database
) -> None:
    ids = [await room.deal() for _each in range(4)]
    who = await room.firm.who("Elin")

    def first(session: Session) -> list[int]:
        stages = pipelines.stages_of(session, [1])[1]
        most = dict.fromkeys((stage.id for stage in stages), 3)
        found = deal_board.first_of(session, who, Wanted(pipeline_id=1), stages, most, TODAY)
        return [deal.id for deal in found[stages[0].id]]

    assert await db.read(first) == ids[:0:-1]


async def test_the_forecast_adds_up_by_month_and_weighs(room: Salesroom) -> None:
    for day, value in (("2026-12-01", 100_00), ("2026-12-24", 300_00), ("2027-01-07", 50_00), ("", 10_00)):
        deal_id = await room.deal(value=value)
        expected = date.fromisoformat(day) if day else None
        await room.act(deal_changes.change, "Elin", deal_id, DealChange(expected_on=expected))
    who = await room.firm.who("Maria")
    found = await room.firm.do(
        lambda session: deal_lists.forecast(session, who, Wanted(pipeline_id=1), date(2027, 1, 1))
    )
    assert [(month.first, month.late) for month in found] == [
        (date(2026, 12, 1), True), (date(2027, 1, 1), False), (None, False)
    ]  # fmt: skip
    [cell] = next(iter(found.values())).values()
    assert (cell.many, list(cell.worth)) == (2, [Worth("EUR", 400_00, 40_00)])


async def test_a_list_is_sorted_by_what_is_asked_and_tells_what_it_comes_to(room: Salesroom) -> None:
    small, large = await room.deal(value=100_00), await room.deal(value=900_00)
    who = await room.firm.who("Elin")

    def read(session: Session, *, down: bool) -> list[int]:
        rows = deal_lists.rows(
            session, who, Wanted(pipeline_id=0), "open", "value", down=down, start=0, most=10
        )
        return [deal.id for deal in rows]

    assert await room.firm.do(lambda session: read(session, down=False)) == [small, large]
    assert await room.firm.do(lambda session: read(session, down=True)) == [large, small]
    assert await room.firm.do(
        lambda session: deal_lists.total(session, who, Wanted(pipeline_id=0), "open")
    ) == (2, [Worth("EUR", 1_000_00, 0)])


async def test_a_new_pipeline_can_be_sold_in_at_once(room: Salesroom) -> None:
    maria = await room.firm.who("Maria")

    def make(session: Session) -> list[tuple[str, str]]:
        made = pipeline_changes.add_pipeline(session, maria, "Service")
        return [(stage.name, stage.ends) for stage in pipelines.stages_of(session, [made.id])[made.id]]

    assert await room.firm.do(make) == [("Request", ""), ("Won", "won"), ("Lost", "lost")]


async def test_a_new_stage_stands_before_those_in_which_deals_end(room: Salesroom) -> None:
    maria = await room.firm.who("Maria")

    def make(session: Session) -> list[str]:
        pipeline = session.get_one(Pipeline, 1)
        pipeline_changes.add_stage(session, maria, pipeline, Settings(name="Agreed", probability=80))
        return [stage.name for stage in pipelines.stages_of(session, [1])[1]]

    assert await room.firm.do(make) == ["Request", "Measured", "Quoted", "Agreed", "Installed", "Lost"]


async def test_a_stage_with_deals_in_it_is_not_retired(room: Salesroom) -> None:
    await room.deal()
    with pytest.raises(Refusal, match="1 deal is in Request"):
        await room.firm.do(lambda session: retire(session, "Request"))
    await room.firm.do(lambda session: retire(session, "Measured"))
    names = await room.firm.do(lambda session: [each.name for each in pipelines.stages_of(session, [1])[1]])
    assert "Measured" not in names


def retire(session: Session, name: str) -> None:
    """Have the manager retire a stage."""
    stage = session.scalars(select(Stage).where(Stage.name == name)).one()
    pipeline_changes.retire(
        session, viewer(find_user(session, "maria@klarruta.example")), stage, retired=True
    )


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_column_is_found_along_its_stage_and_a_forecast_along_its_pipeline(room: Salesroom) -> None:
    who = await room.firm.who("Maria")

    def plans(session: Session) -> tuple[str, str]:
        stages, asked = pipelines.stages_of(session, [1])[1], Wanted(pipeline_id=1)
        most = {stage.id: 20 for stage in stages}
        return (
            plan(session, deal_board.first_of, who, asked, stages, most, TODAY),
            plan(session, deal_lists.forecast, who, asked, TODAY),
        )

    column, forecast = await room.firm.do(plans)
    assert "ix_deals_stage" in column
    assert "TEMP B-TREE" not in column
    assert "ix_deals_board_mine" in forecast
