"""What a form costs: shops post hundreds in a row, and each becomes a card, a deal and a task before the next."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from crm.deals import Deal
from crm.pipelines import Pipeline
from hub.db import Database
from hub.forms import Guard
from tests.asked import asked
from tests.crm.sale import Sale
from tests.crm.website import Website, form

MOST = 22
"""With the beginning of the transaction, the item, and the looks at the set-up and at who is blocked."""


@pytest.fixture
async def website(db: Database) -> Website:
    """Give a website whose requests open deals."""
    sale, site = Sale(db), Website(db)
    await sale.found()
    await site.open()

    def opened(session: Session) -> None:
        session.scalars(select(Pipeline)).one().opened_by = ["website"]

    await db.write(opened)
    return site


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_form_that_opens_a_deal_asks_little_and_nothing_that_is_put_together_anew(
    website: Website,
) -> None:
    await website.sends(name="Nils Öberg", phone="070-174 06 10", email="nils@oberg.example", guard=Guard())
    item = await website.db.write(website.keep)
    wanted = form(name="Bo Lind", phone="070-174 06 99", email="bo@lind.example", guard=Guard())
    anew: list[str] = []

    def hear(_connection: object, statement: object, *_: object) -> None:
        anew.append(str(statement))

    event.listen(Engine, "before_execute", hear)
    try:
        with asked() as told:
            sent = await website.db.write(website.take, item, wanted)
    finally:
        event.remove(Engine, "before_execute", hear)
    assert len(told) <= MOST, told
    assert [each for each in anew if "FROM inbound" not in each] == []  # how the test itself finds the item
    deals = await website.db.read(lambda session: session.scalars(select(Deal.title)).all())
    assert sent.became.startswith("Bo Lind")
    assert len(deals) == 3
