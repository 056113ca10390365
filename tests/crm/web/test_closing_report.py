"""The closing report: what a sale was, each line with what proves it, on the page and on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy.orm import Session

from crm import deal_changes, desk
from crm.contacts import Contact
from crm.deal_changes import NewDeal
from crm.deal_line_changes import Line
from crm.document_drafts import Wanted
from crm.documents import DealDocument
from crm.web.document_making import DocumentMaker
from hub.blobs import Blobs
from hub.clock import Clock
from hub.papers import Papers
from tests.crm.klarruta import Klarruta
from tests.crm.salesroom import Salesroom
from tests.crm.web.console import Consoles
from tests.crm.web.test_document_making import text_of


class Sale:
    """A sale from a request of a customer to its end."""

    def __init__(self, firm: Klarruta, client: TestClient) -> None:
        """Take place here."""
        self.firm, self.room, self.consoles = firm, Salesroom(firm), Consoles(firm, client)
        self.deal = self.task = 0

    async def begin(self) -> None:
        """Have somebody ask for something, and Elin open a deal for it."""
        await self.room.open()
        self.task = await self.firm.request(to="Elin")
        elin, task = await self.firm.who("Elin"), await self.firm.task(self.task)

        def opened(session: Session) -> int:
            contact = session.get_one(Contact, task.contact_id)
            wanted = NewDeal(title="Seven windows", interaction_id=task.interaction_id)
            return deal_changes.open_deal(session, elin, contact, wanted).id

        self.deal = await self.firm.do(opened)

    async def answer(self) -> None:
        """Have Elin do what the request asked for."""
        await self.firm.act(desk.complete, "Elin", self.task)

    async def win(self) -> None:
        """Sell three windows."""
        await self.room.sell(self.deal, Line(name="Window", quantity=3_000, price=1_000_00, tax=2500))
        await self.room.move(self.deal, "Installed")


@pytest.fixture
async def sale(firm: Klarruta, client: TestClient) -> Sale:
    """Give a sale that has begun."""
    made = Sale(firm, client)
    await made.begin()
    return made


async def test_a_promise_that_was_kept_and_what_was_sold_stand_in_it(sale: Sale, clock: Clock) -> None:
    clock.advance(minutes=5)
    await sale.answer()
    await sale.win()
    shown = await sale.consoles.get("Sofia", f"/deals/{sale.deal}/report")
    assert "1 kept" in shown.words
    assert "broken" not in shown.words
    assert "€3,750.00 €3,000.00 without tax" in shown.words
    for way in (f"/tasks/{sale.task}", f"/audit/deal/{sale.deal}"):
        assert f'href="{way}"' in shown.html
        assert (await sale.consoles.get("Sofia", way)).status == 200


async def test_a_broken_promise_says_by_how_much_and_opens_its_clock(sale: Sale, clock: Clock) -> None:
    clock.advance(minutes=37)
    await sale.answer()
    shown = await sale.consoles.get("Sofia", f"/deals/{sale.deal}/report")
    assert "0 kept, 1 broken" in shown.words
    assert "22 min late" in shown.words
    [clock_href] = re.findall(r'href="(/deadlines/\d+)"', shown.html)
    assert (await sale.consoles.get("Sofia", clock_href)).status == 200


async def test_what_is_promised_and_still_open_is_late_by_now(sale: Sale, clock: Clock) -> None:
    clock.advance(hours=1, minutes=20)
    shown = await sale.consoles.get("Sofia", f"/deals/{sale.deal}/report")
    assert "1 h 5 min late" in shown.words


async def test_what_happened_after_the_end_is_no_part_of_it(sale: Sale, clock: Clock) -> None:
    await sale.answer()
    await sale.win()
    clock.advance(hours=2)
    later = await sale.firm.request()
    assert (
        f'href="/tasks/{later}"' not in (await sale.consoles.get("Sofia", f"/deals/{sale.deal}/report")).html
    )


async def test_another_department_has_no_report(sale: Sale) -> None:
    assert (await sale.consoles.get("Nils", f"/deals/{sale.deal}/report")).status == 404


async def test_its_paper_says_the_same(sale: Sale, clock: Clock, tmp_path: Path) -> None:
    clock.advance(minutes=37)
    await sale.answer()
    await sale.win()
    papers, blobs = Papers(), Blobs(tmp_path / "blobs")
    maker = DocumentMaker(sale.firm.db, blobs, papers)
    try:
        wanted = Wanted(deal_id=sale.deal, template="closing report", language="sv")
        made = await maker.make(await sale.firm.who("Sofia"), wanted)
    finally:
        await papers.close()
    blob = await sale.firm.do(lambda session: session.get_one(DealDocument, made).blob)
    text = text_of(await blobs.get(blob))
    for words in ("Slutrapport", "Vem gjorde vad", "22 min sent", "Elin Sandgren", "Installed", "3 750,00 €"):
        assert words in text.replace("\N{NO-BREAK SPACE}", " ")
