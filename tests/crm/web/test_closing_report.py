"""The closing report: what a sale was, each line with what proves it, on the page and on paper."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from aiohttp.test_utils import TestClient
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import deal_changes, desk
from crm.appointments import Appointment
from crm.contacts import Contact
from crm.deal_changes import NewDeal
from crm.deal_line_changes import Line
from crm.deals import Deal
from crm.document_drafts import Wanted
from crm.documents import DealDocument
from crm.invoices import Invoice
from crm.payments import Allocation, Payment
from crm.web.document_making import DocumentMaker
from hub.blobs import Blobs
from hub.clock import Clock, now
from hub.letters import SendLetter
from hub.outbox import Outgoing
from hub.papers import Papers
from hub.users import find_department, find_user
from hub.web.keys import BLOBS
from tests.crm.klarruta import Klarruta
from tests.crm.mailbox import Mailbox
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


async def test_visits_and_payments_stand_in_it_with_what_proves_them(sale: Sale) -> None:
    await sale.win()
    visit, invoice = await sale.firm.do(_visited_and_paid, sale.deal)
    shown = await sale.consoles.get("Sofia", f"/deals/{sale.deal}/report")
    assert "Paid €3,000.00" in shown.words
    for way, words in ((f"/visits/{visit}", "Measure"), (f"/invoices/{invoice}", "2026-1")):
        assert f'href="{way}">{words}' in shown.html
        assert (await sale.consoles.get("Sofia", way)).status == 200
    assert "Bank transfer" in shown.words
    assert "€99.00" not in shown.words  # that one was taken back


async def test_a_won_deal_leads_to_its_report(sale: Sale) -> None:
    before = await sale.consoles.part("Elin", f"/deals/{sale.deal}")
    await sale.win()
    after = await sale.consoles.part("Elin", f"/deals/{sale.deal}")
    way = f'href="/deals/{sale.deal}/report"'
    assert (way in before.html, way in after.html) == (False, True)


async def test_it_goes_to_the_head_by_letter_with_its_paper(
    sale: Sale, client: TestClient, mailbox: Mailbox
) -> None:
    del mailbox
    await sale.win()
    await sale.firm.do(_visited_and_paid, sale.deal)
    path = f"/deals/{sale.deal}/report"
    await sale.firm.do(_let_lead, None)
    refused = await sale.consoles.press("Elin", path, language="en", send="on")
    assert "Nobody leads the department" in refused.words
    assert (
        await sale.firm.do(lambda session: session.scalar(select(func.count()).select_from(DealDocument)))
        == 0
    )
    await sale.firm.do(_let_lead, "Sofia")
    assert "Send it to Sofia Hjelm" in (await sale.consoles.get("Elin", path)).words
    made = await sale.consoles.press("Elin", path, language="en")
    assert "Made: E-" in made.words
    sent = await sale.consoles.press("Elin", path, language="sv", send="on")
    assert "on its way to Sofia Hjelm" in sent.words
    [letter] = await sale.firm.do(_letters)
    assert [each.address for each in letter.to] == ["sofia@klarruta.example"]
    assert "Seven windows: Won" in letter.text
    assert "paid: €3,000.00" in letter.text
    assert letter.text.endswith(path)
    assert client.app is not None
    paper = await client.app[BLOBS].get(letter.files[0].blob)
    shown = await sale.consoles.get("Sofia", path)
    proofs = set(re.findall(r'href="(/[a-z]+/(?:deal/)?\d+(?:#event-\d+)?)"', shown.html)) - {
        path.removesuffix("/report")
    }
    home = letter.text.removesuffix(path).rpartition("\n")[2]
    ways = {way.removeprefix(home) for way in links_of(paper)}
    own = f"/documents/{await sale.firm.do(_newest_document)}"  # it is no line of itself
    assert ways == {each for each in proofs if each != own}
    for way in ways - {each for each in ways if each.startswith("/deadlines/")}:
        assert f"  {home}{way}" in letter.text.splitlines()
        assert f'<a href="{home}{way}">' in letter.html
    text = text_of(paper).replace("\N{NO-BREAK SPACE}", " ")
    for words in ("Besök", "Measure", "Betalningar", "Betalt totalt", "3 000,00 €"):
        assert words in text
    assert "closing report" in str((await sale.room.history(sale.deal))[-1].words)


def _visited_and_paid(session: Session, deal_id: int) -> tuple[int, int]:
    deal, nils = session.get_one(Deal, deal_id), find_user(session, "nils@klarruta.example")
    times = dict.fromkeys(("starts_at", "ends_at", "busy_from", "busy_until"), now())
    visit = Appointment(contact_id=deal.contact_id, deal_id=deal.id, person_id=nils.id, zone="Europe/Stockholm",
                        purpose="Measure", done_at=now(), **times)  # fmt: skip
    invoice = Invoice(deal_id=deal.id, part="all", language="en", currency="EUR", number="2026-1", amount=300_000,
                      issued_at=now())  # fmt: skip
    paid = Payment(amount=300_000, currency="EUR", paid_on=now().date(), how="transfer")
    undone = Payment(amount=9_900, currency="EUR", paid_on=now().date(), how="cash", undone_at=now())
    session.add_all([visit, invoice, paid, undone])
    session.flush()
    for each in (paid, undone):
        session.add(Allocation(payment_id=each.id, invoice_id=invoice.id, amount=each.amount))
    return visit.id, invoice.id


def links_of(paper: bytes) -> set[str]:
    """Give the addresses to which a PDF leads."""
    notes = (
        each.get_object() for page in PdfReader(BytesIO(paper)).pages for each in page.get("/Annots") or ()
    )
    return {str(each["/A"]["/URI"]) for each in notes if "/A" in each}


def _newest_document(session: Session) -> int:
    return session.scalars(select(func.max(DealDocument.id))).one()


def _let_lead(session: Session, name: str | None) -> None:
    head = find_user(session, f"{name.lower()}@klarruta.example").id if name else None
    find_department(session, "Sales").head_id = head


def _letters(session: Session) -> list[SendLetter]:
    rows = session.scalars(select(Outgoing).order_by(Outgoing.id))
    return [
        msgspec.convert(row.command, SendLetter) for row in rows if row.command.get("type") == "SendLetter"
    ]
