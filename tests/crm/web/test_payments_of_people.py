"""Invoices and payments in the console and over the API: written, issued, paid, matched; who may and who may not."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import invoice_making
from crm.document_drafts import Unwanted, Wanted
from crm.documents import DealDocument
from crm.invoice_papers import wanted_for
from crm.invoices import Invoice
from crm.web.document_making import DocumentMaker
from hub.blobs import Blobs
from hub.clock import Clock
from hub.papers import Papers
from tests.crm.klarruta import Klarruta
from tests.crm.test_payments_of_papers import QUOTE, quoted
from tests.crm.test_statements import camt
from tests.crm.till import Till
from tests.crm.web.conftest import Person
from tests.crm.web.console import Consoles
from tests.crm.web.test_document_making import GOLDEN, text_of

CAMT = (Path(__file__).parents[2] / "wire/statements/camt-v8.xml").read_bytes()

Room = tuple[Till, Consoles]


@pytest.fixture
async def room(firm: Klarruta, consoles: Consoles, clock: Clock) -> Room:
    """Give the till and the consoles of the company, on a day in November."""
    clock.shift = datetime(2026, 11, 27, 10, tzinfo=UTC) - datetime.now(UTC)
    till = Till(firm.db)
    till.deal = await till.another()
    return till, consoles


async def first(till: Till) -> Invoice:
    """Give the newest invoice."""
    return await till.db.read(
        lambda session: session.scalars(select(Invoice).order_by(Invoice.id.desc())).first()
    )


async def test_an_agent_writes_and_issues_an_invoice_of_his_deal(room: Room) -> None:
    till, consoles = room
    assert "Write an invoice" in (await consoles.get("Elin", f"/deals/{till.deal}")).words
    assert (
        await consoles.press("Elin", f"/deals/{till.deal}/invoices", part="all", language="sv")
    ).status == 200
    made = await first(till)
    assert "Issue the invoice" in (await consoles.get("Elin", f"/invoices/{made.id}")).words
    assert (
        "Issued: F-2026-0001"
        in (await consoles.press("Elin", f"/invoices/{made.id}/issue", due="2026-12-24")).words
    )
    shown = await consoles.get("Elin", f"/invoices/{made.id}")
    assert "Due 24 Dec" in shown.words
    assert "Keep the payment" not in shown.words  # money is kept by who runs sales
    section = await consoles.part("Elin", f"/deals/{till.deal}/invoices")
    assert "F-2026-0001" in section.words
    assert "Not paid" in section.words


async def test_an_invoice_has_its_paper_and_one_alone(room: Room) -> None:
    till, consoles = room
    made = await till.invoice()
    shown = [
        await consoles.header("Elin", f"/invoices/{made.id}/paper", "Content-Disposition")
        for _again in range(2)
    ]
    assert shown == ["inline; filename=\"F-2026-0001.pdf\"; filename*=UTF-8''F-2026-0001.pdf"] * 2
    async with consoles.client.get(
        f"/invoices/{made.id}/paper", headers={"Cookie": f"ringback={consoles.cookies['Elin']}"}
    ) as answer:
        text = PdfReader(BytesIO(await answer.read())).pages[0].extract_text()
    assert "F-2026-0001" in text
    assert made.reference in text


async def test_another_department_sees_no_invoice(room: Room) -> None:
    till, consoles = room
    made = await till.invoice()
    for path in (f"/invoices/{made.id}", f"/invoices/{made.id}/paper", f"/deals/{till.deal}/invoices"):
        assert (await consoles.get("Nils", path)).status == 404
    assert (await consoles.get("Elin", "/payments")).status == 403


async def test_what_two_files_tell_is_marked_and_accepted_as_another_one_alone(room: Room) -> None:
    till, consoles = room
    made = await till.invoice()
    row = f"2026-11-27;{made.amount / 100:.2f};;Betalning;;SEK"
    await till.read(f"Datum;Belopp;Namn;Text;Referens;Valuta\n{row}".encode(), "bank.csv")
    await till.read(camt(("B1", "2026-11-27", f"{made.amount / 100:.2f}", "Karin", "")), "bank.xml")
    shown = (await consoles.get("Maria", "/payments")).words.replace("\xa0", " ")
    assert "Maybe the same as" in shown
    assert "Betalning, from bank.csv" in shown
    where = f"/bank-entries/{(await till.entries())[1].id}/acceptance"
    refused = await consoles.press("Maria", where, invoice=made.number or "")
    assert (refused.status, "say that it is another one" in refused.words) == (409, True)
    assert (await consoles.press("Maria", where, invoice=made.number or "", another="on")).status == 200
    assert "Maybe the same as" not in (await consoles.get("Maria", "/payments")).words


async def test_a_manager_keeps_money_pays_some_back_and_cancels(room: Room) -> None:
    till, consoles = room
    made = await till.invoice()
    assert (await consoles.press("Elin", f"/invoices/{made.id}/payments", amount="5")).status == 403
    pressed = await consoles.press(
        "Maria", f"/invoices/{made.id}/payments", amount="1 000,50", on="2026-11-26", how="cash"
    )
    assert "SEK 1,000.50 for F-2026-0001" in pressed.words.replace("\xa0", " ")
    [payment] = await till.payments()
    assert "Partly paid" in (await consoles.get("Maria", f"/invoices/{made.id}")).words
    assert (
        "paid back" in (await consoles.press("Maria", f"/payments/{payment.id}/refunds", amount="0.50")).words
    )
    assert (await till.now(made)).paid == 100_000
    assert "Say why" in (await consoles.press("Maria", f"/invoices/{made.id}/credit-note", why=" ")).words
    assert (
        "F-2026-0002"
        in (await consoles.press("Maria", f"/invoices/{made.id}/credit-note", why="Wrong name")).words
    )
    words = (await consoles.get("Maria", f"/invoices/{made.id}")).words.replace("\xa0", " ")
    assert "Cancelled SEK 1,000.00 to be paid back" in words
    papers = (await consoles.part("Maria", f"/deals/{till.deal}/documents")).words
    assert "Credit note F-2026-0002" in papers
    assert "Overtaken" not in papers  # invoices stand beside each other
    assert "by now" not in papers
    sending = await consoles.get("Maria", "/documents/1/sending")
    assert "Send Credit note F-2026-0002" in sending.words
    assert "to be signed by" not in sending.words  # it is paid


async def test_a_statement_is_read_matched_and_accepted(room: Room) -> None:
    till, consoles = room
    made = await till.invoice()
    assert "No statement was read yet" in (await consoles.get("Maria", "/payments")).words
    shown = await consoles.upload("Maria", "/bank-statements", "november.xml", CAMT)
    assert "8 new entries." in shown.words
    again = await consoles.upload("Maria", "/bank-statements", "november.xml", CAMT)
    assert again.status == 422
    assert "Nothing was taken from the file. This was read already" in again.words
    words = (await consoles.get("Maria", "/payments")).words
    assert "its reference 2026000105 is the invoice's, the sum is what is still to be paid" in words
    assert "Accept 1 that is sure" in words
    assert "1 payment is accepted" in (await consoles.press("Maria", "/bank-entries/acceptances")).words
    assert (await till.now(made)).state == "paid"
    assert "Accepted" in (await consoles.get("Maria", "/bank-statements/1")).words
    entry = (await till.entries())[0]
    assert (await consoles.press("Maria", f"/bank-entries/{entry.id}/acceptance", "DELETE")).status == 200
    pressed = await consoles.press("Maria", f"/bank-entries/{entry.id}/acceptance", invoice="2026000105")
    assert "for F-2026-0001" in pressed.words
    assert (
        "There is no invoice"
        in (await consoles.press("Maria", f"/bank-entries/{entry.id}/acceptance", invoice="x")).words
    )
    assert "Bank transfer" in (await consoles.get("Maria", "/payments/all")).words


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("currency", ["SEK", "EUR"])
async def test_the_paper_of_an_invoice_says_what_it_shall(
    room: Room, tmp_path: Path, language: str, currency: str
) -> None:
    till, _consoles = room
    papers, blobs = Papers(), Blobs(tmp_path / "papers")
    maker = DocumentMaker(till.db, blobs, papers)
    deal = await till.another(currency, "+46701234599")
    made = await till.invoice(deal=deal, language=language)
    document = await maker.make(await till.sale.firm.who("Elin"), wanted_for(made))
    text = text_of(await blobs.get(await till.db.read(lambda session: _blob(session, document))))
    note = await till.do(
        lambda session, maria: invoice_making.credit(
            session, maria, session.get_one(Invoice, made.id), "Wrong address"
        )
    )
    document = await maker.make(await till.sale.firm.who("Elin"), wanted_for(note))
    credit = text_of(await blobs.get(await till.db.read(lambda session: _blob(session, document))))
    await papers.close()
    if currency == "SEK":
        assert credit == (GOLDEN / f"credit-note.{language}.txt").read_text(encoding="utf-8")
    assert text == (GOLDEN / f"invoice.{currency.lower()}.{language}.txt").read_text(encoding="utf-8")


def _blob(session: Session, document: int) -> str:
    return str(session.get_one(DealDocument, document).blob)


async def test_a_draft_has_no_paper_and_the_template_makes_none_without_an_invoice(
    room: Room, tmp_path: Path
) -> None:
    till, _consoles = room
    papers = Papers()
    maker = DocumentMaker(till.db, Blobs(tmp_path / "papers"), papers)
    elin = await till.sale.firm.who("Elin")
    with pytest.raises(Unwanted, match="written and issued by themselves"):
        await maker.make(elin, Wanted(deal_id=till.deal, template="invoice"))
    await papers.close()
    assert (await till.invoice()).number == "F-2026-0001"


async def test_the_same_by_api_alone(person: Person, clock: Clock) -> None:
    clock.shift = datetime(2026, 11, 27, 10, tzinfo=UTC) - datetime.now(UTC)
    api = await person("Amir Hadad", "admin", "Sales")
    contact = await api.ask("POST", "/contacts", {"name": "Karin Ekdahl"}, status=201)
    deal = await api.ask("POST", "/deals", {"contact": contact["id"], "title": "Windows", "currency": "SEK", "lines": [
        {"name": "Window", "price": 100_000, "tax": 2500}]}, status=201)  # fmt: skip
    made = await api.ask(
        "POST", f"/deals/{deal['id']}/invoices", {"part": "deposit", "percent": 5_000}, status=201
    )
    issued = await api.ask("POST", f"/invoices/{made['id']}/issue", {})
    assert (issued["number"], issued["amount"], issued["state"]) == ("F-2026-0001", 62_500, "issued")
    papers = [await api.ask("POST", f"/invoices/{made['id']}/paper", {}) for _again in range(2)]
    assert {(each["number"], each["format"], each["amount"]) for each in papers} == {
        ("F-2026-0001", "pdf", 62_500)
    }
    assert papers[0]["id"] == papers[1]["id"]
    await api.ask("POST", f"/documents/{papers[0]['id']}/signature-requests", {}, status=409)
    body = {"amount": 70_000, "currency": "SEK", "paid_on": "2026-11-26",
            "invoices": [{"invoice": made["id"], "amount": 62_500}]}  # fmt: skip
    paid = await api.ask("POST", "/payments", body, status=201, idempotency_key="once")
    assert (await api.ask("POST", "/payments", body, status=201, idempotency_key="once"))["id"] == paid["id"]
    assert (await api.ask("GET", f"/invoices/{made['id']}"))["state"] == "paid"
    assert [each["loose"] for each in await api.items("/payments?loose=true")] == [7_500]
    await api.ask(
        "POST", f"/payments/{paid['id']}/refunds", {"amount": 7_500, "paid_on": "2026-11-27"}, status=201
    )
    rest = await api.ask("POST", f"/deals/{deal['id']}/invoices", {"part": "rest"}, status=201)
    rest = await api.ask("POST", f"/invoices/{rest['id']}/issue", {"due_on": "2026-12-01"})
    row = f"Datum;Belopp;Text;Valuta\n2026-11-27;625,00;{rest['reference']};SEK\n".encode()
    read = await api.ask("POST", "/bank-statements", {"content": base64.b64encode(row).decode()}, status=201)
    assert (read["fresh"], read["known"]) == (1, 0)
    [entry] = await api.items("/bank-entries")
    assert (entry["suggestion"]["invoice"], entry["suggestion"]["sure"]) == (rest["id"], True)
    await api.ask("POST", f"/bank-entries/{entry['id']}/acceptance", {"invoice": rest["id"]}, status=201)
    await api.ask("POST", f"/bank-entries/{entry['id']}/acceptance", {"invoice": rest["id"]}, status=409)
    assert await api.items("/invoices?open=true") == []
    await api.ask("DELETE", f"/bank-entries/{entry['id']}/acceptance", status=204)
    note = await api.ask("POST", f"/invoices/{rest['id']}/credit-note", {"why": "Too dear"}, status=201)
    assert (note["credits"], note["amount"]) == (rest["id"], -62_500)


async def test_a_program_has_an_entry_pay_a_payment_back_and_puts_one_aside(
    person: Person, clock: Clock
) -> None:
    clock.shift = datetime(2026, 11, 27, 10, tzinfo=UTC) - datetime.now(UTC)
    api = await person("Amir Hadad", "admin", "Sales")
    body = {"amount": 62_500, "currency": "SEK", "paid_on": "2026-11-26", "payer": "Karin Ekdahl"}
    paid = await api.ask("POST", "/payments", body, status=201)
    rows = "Datum;Belopp;Namn;Valuta\n2026-11-27;-625,00;Karin Ekdahl;SEK\n2026-11-27;-90,00;The bank;SEK\n"
    file = {"content": base64.b64encode(rows.encode()).decode()}
    await api.ask("POST", "/bank-statements", file, status=201)
    entries = {each["amount"]: each for each in await api.items("/bank-entries")}
    assert (entries[-62_500]["refunds"], entries[-9_000]["refunds"]) == ([paid["id"]], [])
    where = f"/bank-entries/{entries[-62_500]['id']}"
    for wrong in ({}, {"invoice": 1, "payment": paid["id"]}):
        told = await api.ask("POST", f"{where}/acceptance", wrong, status=409)
        assert told["errors"][0]["pointer"] == "/invoice"
    back = await api.ask("POST", f"{where}/acceptance", {"payment": paid["id"]}, status=201)
    assert (back["amount"], back["refunds"]) == (-62_500, paid["id"])
    aside = f"/bank-entries/{entries[-9_000]['id']}/aside"
    await api.ask("POST", aside, status=204)
    assert await api.items("/bank-entries") == []
    await api.ask("POST", aside, status=409)
    await api.ask("DELETE", aside, status=204)
    assert [each["amount"] for each in await api.items("/bank-entries")] == [-9_000]


async def test_a_quote_that_is_paid_before_its_invoice_leads_to_where_it_is_written(room: Room) -> None:
    till, consoles = room
    await till.do(quoted, till.deal)
    await till.read(f"Datum;Belopp;Text;Valuta\n2026-11-27;108804,69;{QUOTE};SEK\n".encode())
    shown = await consoles.get("Maria", "/payments")
    assert f"It names {QUOTE} of “Seven windows”, which asks for nothing yet." in shown.words
    assert f'href="/deals/{till.deal}#invoices"' in shown.html
    invoice = await till.invoice()
    assert f"{invoice.number}" in (await consoles.get("Maria", "/payments")).words


async def test_what_is_booked_on_a_day_to_come_is_not_counted_as_sure(room: Room) -> None:
    till, consoles = room
    invoice = await till.invoice()
    await till.read(f"Datum;Belopp;Text;Valuta\n2026-11-29;108804,69;{invoice.reference};SEK\n".encode())
    shown = await consoles.get("Maria", "/payments")
    assert (invoice.number or "") in shown.words
    assert "that is sure" not in shown.words
