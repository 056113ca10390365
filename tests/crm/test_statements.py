"""Statements on both stores: each entry is taken once, suggested for its invoice with why, and accepted by a person."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import statement_import, statement_matching
from crm.bank_statements import BankEntry, BankStatement, unmatched
from crm.desk import Refusal
from crm.invoices import Invoice
from crm.payment_suggestions import Suggestion, likely_for
from crm.payments import Payment
from hub.clock import Clock
from tests.conftest import Store
from tests.crm.nodes import overtaken
from tests.crm.test_payments import GROSS, other, waiting
from tests.crm.test_statement_files import WIRE
from tests.crm.till import Till
from tests.plans import plan

CAMT = (WIRE / "camt-v8.xml").read_bytes()


async def likely(till: Till) -> dict[int, Suggestion]:
    """Give what is suggested for each entry, by its sum."""

    def look(session: Session) -> dict[int, Suggestion]:
        entries = {entry.id: entry for entry in unmatched(session, 100)}
        found = likely_for(
            session, {number: statement_matching.sought(each) for number, each in entries.items()}
        )
        return {entries[number].amount: each for number, each in found.items()}

    return await till.db.read(look)


def table(*rows: str) -> bytes:
    """Give a statement as text of columns."""
    return "\n".join(("Datum;Belopp;Namn;Text;Referens;Valuta", *(f"{row};SEK" for row in rows))).encode()


async def entry(till: Till, amount: int) -> BankEntry:
    """Give the entry of this sum."""
    return next(each for each in await till.entries() if each.amount == amount)


async def test_a_file_is_taken_once_and_says_so(till: Till) -> None:
    taken = await till.read(CAMT, "november.xml")
    assert [(each.fresh, each.known) for each in taken] == [(7, 0), (1, 0)]
    with pytest.raises(Refusal, match=r"read already, on 2026-11-27 as “november.xml”"):
        await till.read(CAMT, "again.xml")
    assert len(await till.entries()) == 8


async def test_of_files_that_overlap_each_entry_is_taken_once(till: Till) -> None:
    first = table("2026-11-24;5;Mats;Glas;", "2026-11-24;5;Mats;Glas;", "2026-11-25;7;Mats;;")
    second = table(
        "2026-11-24;5;Mats;Glas;", "2026-11-24;5;Mats;Glas;", "2026-11-25;7;Mats;;", "2026-11-26;7;Mats;;"
    )
    await till.read(first)
    [taken] = await till.read(second)
    assert (taken.fresh, taken.known) == (1, 3)
    assert sorted(each.amount for each in await till.entries()) == [500, 500, 700, 700]


async def test_two_who_send_the_same_file_at_once_take_it_once(till: Till, store: Store) -> None:
    file = statement_import.understood(CAMT, "november.xml", "SEK")

    node = await other(till, store)
    done = await asyncio.gather(
        *(till.on(db, statement_import.take, file) for db in (till.db, node, till.db)),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(each, Refusal) for each in done) == 2
    assert len(await till.entries()) == 8


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (CAMT[:-200], "breaks off"),
        (CAMT.replace(b'<Amt Ccy="SEK">50.00', b'<Amt Ccy="SEK">51.00'), "does not add up"),
        (CAMT.replace(b"SE4550000000058398257466", b"DE89370400440532013000"), "a statement of account DE8937"),
        ((WIRE / "sparkasse.csv").read_bytes(), "a statement of account DE8937"),
        (b"\x00\x01", "as text with commas"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_leaves_nothing_behind(till: Till, data: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        await till.read(data)
    rows = await till.db.read(lambda session: session.scalar(select(func.count(BankStatement.id))))
    assert (rows, await till.entries()) == (0, [])


async def test_an_account_by_its_domestic_number_is_ours(till: Till) -> None:
    [taken] = await till.read((WIRE / "swedbank.csv").read_bytes())
    assert taken.account == "SE4550000000058398257466"


async def test_suggestions_say_why(till: Till) -> None:
    whole = await till.invoice()
    part = await till.invoice("deposit", 1_000, deal=await till.another(phone="+46701234511"))
    lone = await till.invoice("deposit", 2_000, deal=await till.another(phone="+46701234512"))
    like = await till.invoice("deposit", 2_500, deal=await till.another(phone="+46701234513"))
    other_ = await till.invoice("deposit", 2_500, deal=await till.another(phone="+46701234514"))
    assert like.amount == other_.amount
    sums = [each.amount / 100 for each in (part, lone, like)]
    await till.read(table(
        f"2026-11-27;{GROSS / 100 - 1:.2f};;OCR {whole.reference};", f"2026-11-27;{sums[0]:.2f};;Betr. {part.number};",
        f"2026-11-27;{sums[1]:.2f};Unknown;;", f"2026-11-27;{sums[2]:.2f};EKDAHL & SÖNER AB, KARIN;;",
        "2026-11-27;3.00;Nobody;;", "2026-11-27;-3.00;Rent;;",
    ))  # fmt: skip
    found = await likely(till)
    told = {each.number: (each.sure, str(each.why)) for each in found.values()}
    assert told == {
        whole.number: (
            True,
            "its reference 2026000105 is the invoice's, it is less than what is still to be paid",
        ),
        part.number: (True, "it names the invoice's number, the sum is what is still to be paid"),
        lone.number: (False, "no other invoice asks for this sum, the sum is what is still to be paid"),
        like.number: (False, "the payer is called like the customer, the sum is what is still to be paid"),
    }


async def test_all_that_is_sure_is_accepted_at_once_and_the_rest_stays_listed(till: Till) -> None:
    await waiting(till)
    invoice = await till.invoice()
    await till.read(CAMT)
    assert await till.do(statement_matching.accept_sure) == 1
    assert (await till.now(invoice)).state == "paid"
    assert set(await till.sale.open_steps()) == {"Fit the windows"}
    left = await till.db.read(lambda session: [each.amount for each in unmatched(session, 100)])
    assert left == [5_000, -70_000, 40_000, 60_000, 100_000, 250_000]
    assert await till.do(statement_matching.accept_sure) == 0


async def test_two_payments_with_one_reference_are_not_both_sure(till: Till) -> None:
    invoice = await till.invoice()
    await till.read(table(*(f"2026-11-2{day};{GROSS / 100:.2f};;;{invoice.reference}" for day in (5, 6))))
    assert await till.do(statement_matching.accept_sure) == 1
    assert (await till.now(invoice)).outstanding == 0


async def test_two_who_accept_one_entry_at_once_pay_it_once(till: Till, store: Store) -> None:
    node, invoice = await other(till, store), await till.invoice()
    await till.read(CAMT)
    karin = await entry(till, GROSS)
    done = await asyncio.gather(
        *(till.accept(karin, invoice, db) for db in (till.db, node) * 2), return_exceptions=True
    )
    assert sum(isinstance(each, Payment) for each in done) == 1
    assert {str(each) for each in done if isinstance(each, Refusal)} == {"This entry was accepted already"}
    assert (await till.now(invoice)).paid == GROSS


async def test_what_was_accepted_is_taken_back_and_may_be_accepted_again(till: Till) -> None:
    invoice = await till.invoice()
    await till.read(CAMT)
    karin = await entry(till, GROSS)
    for _again in range(2):
        await till.accept(karin, invoice)
        await till.do(statement_matching.take_back, karin.id)
        assert (await till.now(invoice)).state == "issued"
    assert GROSS in await likely(till)
    await till.accept(karin, invoice)
    assert len(await till.payments()) == 1
    assert (await till.now(invoice)).state == "paid"


async def test_an_entry_that_is_no_customer_s_is_put_aside(till: Till) -> None:
    invoice = await till.invoice()
    await till.read(CAMT)
    karin = await entry(till, GROSS)
    await till.do(statement_matching.put_aside, karin.id, aside=True)
    assert GROSS not in await likely(till)
    with pytest.raises(Refusal, match="put aside"):
        await till.accept(karin, invoice)
    await till.do(statement_matching.put_aside, karin.id, aside=False)
    await till.accept(karin, invoice)


async def test_what_the_bank_took_back_pays_its_payment_back(till: Till) -> None:
    invoice = await till.invoice()
    await till.read(table(f"2026-11-25;{GROSS / 100:.2f};Karin;;{invoice.reference}"))
    payment = await till.accept(await entry(till, GROSS), invoice)
    await till.read(table(f"2026-11-26;-{GROSS / 100:.2f};Karin;Returned;"))
    gone = await entry(till, -GROSS)
    [found] = await till.db.read(
        lambda session: statement_matching.taken_back(session, session.get_one(BankEntry, gone.id))
    )
    assert found.id == payment.id
    await till.do(statement_matching.refund, gone.id, payment.id)
    assert (await till.now(invoice)).outstanding == GROSS
    with pytest.raises(Refusal, match="accepted already"):
        await till.do(statement_matching.refund, gone.id, payment.id)


async def test_undoing_a_refund_leaves_the_invoice_paid(till: Till) -> None:
    invoice = await till.invoice()
    await till.read(table(f"2026-11-25;{GROSS / 100:.2f};Karin;;{invoice.reference}"))
    payment = await till.accept(await entry(till, GROSS), invoice)
    await till.read(table(f"2026-11-26;-{GROSS / 100:.2f};Karin;Returned;"))
    gone = await entry(till, -GROSS)
    for _again in range(2):
        await till.do(statement_matching.refund, gone.id, payment.id)
        await till.do(statement_matching.take_back, gone.id)
        assert (await till.now(invoice)).state == "paid"


async def test_a_thousand_entries_cost_few_statements(till: Till) -> None:
    rows = (
        f"2026-11-{day:02};{number}.00;Payer {number};;" for day in range(1, 26) for number in range(1, 41)
    )
    [taken] = await till.read(table(*rows))
    assert taken.fresh == 1_000
    assert await till.db.read(lambda session: session.scalar(select(func.count(Invoice.id)))) == 0
    assert await likely(till) == {}


async def test_a_statement_of_the_same_name_with_new_entries_is_another(till: Till) -> None:
    await till.read(CAMT)
    before = len(await till.entries())
    next_year = CAMT.replace(b"2026-", b"2027-")  # a bank that counts its statements from 1 each year
    first, second = await till.read(next_year)
    assert (first.known, second.known) == (0, 0)
    assert len(await till.entries()) == 2 * before
    with pytest.raises(Refusal, match="read already"):
        await till.read(next_year)


BOTH = """<?xml version="1.0"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>m</MsgId></GrpHdr><Stmt>
<Id>day</Id><Acct><Id><IBAN>SE4550000000058398257466</IBAN></Id><Ccy>SEK</Ccy></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"""


def camt(*rows: tuple[str, str, str, str, str]) -> bytes:
    """Give a statement as camt.053: the bank's reference, day, sum, payer and the payer's reference of each entry."""
    return BOTH.format(entries="".join(
        f"<Ntry><NtryRef>{key}</NtryRef><Amt Ccy='SEK'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{key}</AcctSvcrRef><NtryDtls><TxDtls><Refs/><RltdPties>"
        f"<Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties><RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>"
        "</RmtInf></TxDtls></NtryDtls></Ntry>"
        for key, day, amount, name, reference in rows
    )).encode()  # fmt: skip


ONE_DAY = camt(
    ("B1", "2026-11-24", "5.00", "Mats Öberg", "4711"), ("B2", "2026-11-24", "5.00", "Mats Öberg", "4711"),
    ("B3", "2026-11-24", "9.00", "Karin", ""), ("B4", "2026-11-25", "7.00", "Anna", "17"),
)  # fmt: skip
AS_TEXT = table(
    "2026-11-24;5,00;MATS ÖBERG;Glas;4711", "2026-11-24;5,00;Mats Öberg;Glas;4711", "2026-11-24;9,00;;Insättning;",
    "2026-11-25;7,00;Bertil;;18", "2026-11-26;7,00;Anna;;17",
)  # fmt: skip


@pytest.mark.parametrize(("first", "second"), [(ONE_DAY, AS_TEXT), (AS_TEXT, ONE_DAY)])
async def test_of_one_day_in_two_forms_each_entry_is_taken_once(
    till: Till, first: bytes, second: bytes
) -> None:
    await till.read(first, "first")
    [taken] = await till.read(second, "second")
    assert (taken.known, taken.maybe) == (
        2,
        1,
    )  # Mats twice; the nine crowns of nobody; Anna and Bertil are two
    sums = [each.amount for each in await till.entries()]
    assert (sums.count(500), sums.count(900)) == (2, 2)
    marked = [each for each in await till.entries() if each.maybe_id is not None]
    assert [each.amount for each in marked] == [900]
    with pytest.raises(Refusal, match="read already"):
        await till.read(second, "again")


async def test_two_who_send_one_day_in_two_forms_at_once_take_each_entry_once(
    till: Till, store: Store
) -> None:
    node = await other(till, store)
    first, second = (statement_import.understood(data, "day", "SEK") for data in (ONE_DAY, AS_TEXT))
    takes = till.doing(statement_import.take, first), till.doing(statement_import.take, second)
    [read], _ = await overtaken(till.db, takes[0], node, takes[1])
    assert (read.known, read.maybe) == (2, 1)
    assert len(await till.entries()) == 7


async def test_what_may_be_the_same_pays_nothing_before_a_person_says_it_is_another(till: Till) -> None:
    invoice = await till.invoice()
    sum_ = f"{GROSS / 100:.2f}"
    await till.read(table(f"2026-11-27;{sum_};;OCR {invoice.reference};"), "bank.csv")
    [taken] = await till.read(camt(("B1", "2026-11-27", sum_, "Karin Ekdahl", "")), "bank.xml")
    assert (taken.fresh, taken.maybe) == (1, 1)
    first, second = await till.entries()
    assert second.maybe_id == first.id
    assert await till.do(statement_matching.accept_sure) == 1
    with pytest.raises(Refusal, match="may be the same as another entry"):
        await till.accept(second, invoice)
    assert (await till.now(invoice)).paid == GROSS
    await till.do(statement_matching.accept, second.id, invoice.id, another=True)
    assert (await till.now(invoice)).paid == 2 * GROSS


async def test_what_the_bank_books_on_a_day_to_come_is_accepted_then(till: Till, clock: Clock) -> None:
    invoice = await till.invoice()
    await till.read(table(f"2026-11-29;{GROSS / 100:.2f};;OCR {invoice.reference};"))
    found = await entry(till, GROSS)
    with pytest.raises(Refusal, match="on a day that is still to come"):
        await till.accept(found, invoice)
    assert await till.do(statement_matching.accept_sure) == 0
    assert await till.payments() == []
    clock.advance(days=2)
    assert await till.do(statement_matching.accept_sure) == 1


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # whose plans do not differ with what is there
async def test_what_an_entry_may_pay_back_is_found_by_its_sum(till: Till) -> None:
    await till.read(table("2026-11-26;-1000,00;Anna Berg;;"))
    gone = await entry(till, -100_000)
    found = await till.db.read(plan, statement_matching.taken_back, gone)
    assert "ix_payments_amount" in found
    assert "SCAN payments" not in found
