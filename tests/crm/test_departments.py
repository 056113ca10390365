"""A department is called otherwise or retired: what is its own goes along, whatever it is."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import departments
from crm.deals import Deal
from crm.departments import Wanted, Work
from crm.rights import sees_deal
from hub.channels import Channel, add_channel
from hub.clock import Clock
from hub.db import Database
from hub.users import find_department, find_user, viewer
from tests.crm.sale import Sale


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company, with a deal that waits in the queue of Sales and a form whose requests go there."""
    made = Sale(db)
    await made.found()
    await db.write(_waits, made.deal_id)
    return made


def _waits(session: Session, deal_id: int) -> None:
    session.get_one(Deal, deal_id).responsible_id = None
    add_channel(session, "order", "Order form", "form", {"department": "Sales"})


async def retire(sale: Sale) -> Work:
    """Have Maria retire Sales, whose work goes to Service."""

    def run(session: Session) -> Work:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        sales, service = (find_department(session, name) for name in ("Sales", "Service"))
        return departments.retire(session, maria, sales, service)

    return await sale.db.write(run)


async def form_of(sale: Sale) -> object:
    """Say whose the requests by the form are."""
    wanted = select(Channel).where(Channel.name == "order")
    return (await sale.read(lambda session: session.scalars(wanted).one())).settings["department"]


async def seen_by(sale: Sale, name: str) -> list[str]:
    """Give the deals that somebody sees."""

    def look(session: Session) -> list[str]:
        who = viewer(find_user(session, f"{name}@klarruta.example"))
        return list(session.scalars(select(Deal.title).where(sees_deal(who))))

    return await sale.read(look)


async def test_deals_of_a_department_that_is_retired_go_along(sale: Sale) -> None:
    assert await seen_by(sale, "johan") == ["Windows for Karin"]
    assert (await retire(sale)).deals == 1
    assert await seen_by(sale, "johan") == ["Windows for Karin"]


async def test_one_that_has_nothing_but_a_form_asks_where_its_requests_go(sale: Sale) -> None:
    def run(session: Session) -> bool:
        place = departments.make(
            session, viewer(find_user(session, "maria@klarruta.example")), Wanted(name="Fairs")
        )
        session.flush()
        add_channel(session, "fair", "Fair", "form", {"department": "Fairs"})
        return departments.work_of(session, place.id).any

    assert await sale.db.write(run)


async def test_requests_by_a_form_go_where_its_department_went(sale: Sale) -> None:
    await retire(sale)
    assert await form_of(sale) == "Service"


async def test_requests_by_a_form_go_to_its_department_however_that_is_called(sale: Sale) -> None:
    def run(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        departments.change(session, maria, find_department(session, "Sales"), Wanted(name="Windows"))

    await sale.db.write(run)
    assert await form_of(sale) == "Windows"
