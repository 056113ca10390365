"""What is kept with the set-up is never stale, and what was written past the unit of work is never kept by mistake."""

from __future__ import annotations

from datetime import UTC

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.deals import Deal
from crm.pipelines import Stage
from crm.processes import Process, in_force, retire
from crm.setup import people, stages
from crm.tags import Tag
from hub import rows
from hub.db import Database
from hub.users import find_user
from tests.crm.sale import WINDOWS, Sale


@pytest.fixture
async def sale(db: Database) -> Sale:
    """Give a sale that is about to begin."""
    made = Sale(db)
    await made.found()
    return made


async def test_a_stage_that_is_called_otherwise_is_so_called_at_once(sale: Sale) -> None:
    def names(session: Session) -> list[str]:
        return [stage.name for stage, _pipeline in stages(session).values()]

    def rename(session: Session) -> list[str]:
        names(session)
        session.get_one(Stage, 1).name = "Asked"
        session.flush()
        return names(session)

    assert "Request" in await sale.read(names)
    assert "Asked" in await sale.db.write(rename)
    assert "Asked" in await sale.read(names)


async def test_a_role_that_was_taken_away_counts_no_more(sale: Sale) -> None:
    def role(session: Session) -> str:
        return people(session)[find_user(session, "elin@klarruta.example").id].role

    def demote(session: Session) -> None:
        find_user(session, "elin@klarruta.example").role = "admin"

    before = await sale.read(role)
    await sale.db.write(demote)
    assert (before, await sale.read(role)) == ("agent", "admin")


async def test_a_process_that_is_retired_is_in_force_no_more(sale: Sale) -> None:
    await sale.publish(WINDOWS.read_bytes())
    boss = await sale.firm.who("Maria")

    def stop(session: Session) -> None:
        retire(session, boss, session.get_one(Process, 1), retired=True)

    assert list(await sale.read(in_force)) == [1]
    await sale.db.write(stop)
    assert list(await sale.read(in_force)) == []


async def test_what_was_changed_in_a_part_that_is_taken_back_is_as_it_was(sale: Sale) -> None:
    def change(session: Session) -> tuple[str, str, str]:
        deal = session.get_one(Deal, sale.deal_id)
        part = session.begin_nested()
        rows.change(session, deal, title="Doors")
        told = deal.title
        part.rollback()
        kept = deal.title
        rows.change(session, deal, title="Windows and doors")
        return told, kept, deal.title

    assert await sale.db.write(change) == ("Doors", "Windows for Karin", "Windows and doors")
    assert (await sale.read(lambda session: session.get_one(Deal, sale.deal_id))).title == "Windows and doors"


async def test_what_was_added_past_the_unit_of_work_is_known_and_can_be_changed_on(sale: Sale) -> None:
    def add(session: Session) -> int:
        tag = Tag(name="Windows", folded="windows")
        rows.add(session, tag)
        assert session.get(Tag, tag.id) is tag
        assert (tag.retired_at, tag.made_at.tzinfo) == (None, UTC)
        tag.name = "Doors"
        return tag.id

    made = await sale.db.write(add)
    assert (await sale.read(lambda session: session.get_one(Tag, made))).name == "Doors"


async def test_what_was_added_in_a_part_that_is_taken_back_is_not_there(sale: Sale) -> None:
    def add(session: Session) -> Tag | None:
        part = session.begin_nested()
        tag = Tag(name="Windows", folded="windows")
        rows.add(session, tag)
        tag_id = tag.id
        part.rollback()
        return session.get(Tag, tag_id)

    assert await sale.db.write(add) is None
    assert list(await sale.read(lambda session: session.scalars(select(Tag)).all())) == []
