"""Documents of a deal, from the deal to the paper that the customer reads."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.table import Table
from pypdf import PdfReader
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm import document_drafts, documents
from crm.deal_lines import DealLine
from crm.deals import Deal
from crm.document_drafts import Unwanted, Wanted
from crm.documents import (
    INVOICE,
    Content,
    DealDocument,
    DocumentVersion,
    Overtaken,
    add_version,
    template_named,
)
from crm.ready_documents import READY
from crm.web.document_making import DocumentMaker
from hub.blobs import Blobs
from hub.clock import Clock
from hub.papers import Papers, UnmadeError
from tests.conftest import Store
from tests.crm.klarruta import Klarruta
from tests.crm.window_deal import window_deal

GOLDEN = Path(__file__).parent.parent / "papers"
TRADES = Path(__file__).parents[3] / "config/trades"
KINDS = ("quote", "order confirmation", "contract", "installation report", "closing report")


class Office:
    """Where documents are made."""

    def __init__(self, firm: Klarruta, folder: Path) -> None:
        """Stand for the company's."""
        self.firm, self.blobs, self.papers = firm, Blobs(folder / "blobs"), Papers()
        self.maker = DocumentMaker(firm.db, self.blobs, self.papers)
        self.deal = 0

    async def make(self, template: str = "quote", language: str = "en", wish: str | None = None) -> int:
        """Have Elin make a document."""
        wanted = Wanted(deal_id=self.deal, template=template, language=language, wish=wish)
        return await self.maker.make(await self.firm.who("Elin"), wanted)

    async def numbers(self) -> list[str]:
        """Give the numbers of all documents, in their order."""
        rows = select(DealDocument.number).order_by(DealDocument.id)
        return await self.firm.db.read(lambda session: list(session.scalars(rows)))

    async def text(self, document_id: int) -> str:
        """Give what a document says."""
        blob = await self.firm.db.read(lambda session: session.get_one(DealDocument, document_id).blob)
        return text_of(await self.blobs.get(blob))


def text_of(content: bytes) -> str:
    """Read a PDF or a DOCX back."""
    if content.startswith(b"%PDF"):
        pages = "\f".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
        return "\n".join(line.rstrip() for line in pages.splitlines()).strip() + "\n"
    lines = []
    for part in Document(BytesIO(content)).iter_inner_content():
        if isinstance(part, Table):
            lines += [" | ".join(cell.text for cell in row.cells) for row in part.rows]
        else:
            lines.append(part.text)
    return "\n".join(lines).strip() + "\n"


@pytest.fixture
async def office(firm: Klarruta, tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    """Give the company's office on a day in November, with a deal."""
    clock.shift = datetime(2026, 11, 27, 10, tzinfo=UTC) - datetime.now(UTC)
    made = Office(firm, tmp_path)
    made.deal = await firm.do(window_deal)
    yield made
    await made.papers.close()


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("kind", KINDS)
async def test_each_template_that_is_brought_says_what_it_shall(
    office: Office, kind: str, language: str
) -> None:
    golden = GOLDEN / f"{kind.replace(' ', '-')}.{language}.txt"
    assert await office.text(await office.make(kind, language)) == golden.read_text(encoding="utf-8")


async def test_a_quote_has_a_code_to_pay_by_where_the_company_can_be_paid_so(office: Office) -> None:
    assert "point the bank's app" in await office.text(await office.make())
    office.deal = await office.firm.do(
        lambda session: window_deal(session, currency="NOK", phone="+46701234568")
    )
    assert "point the bank's app" not in await office.text(await office.make())


async def test_documents_are_counted_in_the_series_of_their_kind(office: Office) -> None:
    for kind in ("quote", "quote", "contract", "quote"):
        await office.make(kind)
    assert await office.numbers() == ["Q-2026-0001", "Q-2026-0002", "C-2026-0001", "Q-2026-0003"]


async def test_many_made_at_once_have_numbers_without_gap_or_double(office: Office, store: Store) -> None:
    # Two nodes that cannot see each other's turn; one file has one hub, but two makers serve as well.
    other = Office(office.firm, office.blobs.folder.parent)
    if store.engine != "sqlite":
        other.firm = Klarruta(await store.open())
        other.maker = DocumentMaker(other.firm.db, office.blobs, other.papers)
    other.deal = office.deal
    made = await asyncio.gather(*(each.make() for each in (office, other) * 5))
    await other.papers.close()
    assert sorted(await office.numbers()) == [f"Q-2026-{number:04}" for number in range(1, 11)]
    texts = [await office.text(each) for each in made]
    assert len(set(texts)) == 10  # each paper says the number that it has in the store


async def test_one_wish_makes_one_document_however_often_it_is_carried_out(office: Office) -> None:
    made = [await office.make(wish="run 7, step 3"), await office.make(wish="run 7, step 3")]
    made += await asyncio.gather(office.make(wish="run 7, step 3"), office.make(wish="run 7, step 3"))
    assert len(set(made)) == 1
    assert await office.numbers() == ["Q-2026-0001"]


async def test_a_deal_that_changed_while_its_paper_was_set_has_no_such_paper(office: Office) -> None:
    await office.make()
    wanted = Wanted(deal_id=office.deal, template="quote")
    prepared = await office.firm.db.read(document_drafts.prepared, wanted)

    def change(session: Session) -> None:
        session.get_one(Deal, office.deal).changed_at = datetime(2026, 11, 28, tzinfo=UTC)

    await office.firm.do(change)
    elin = await office.firm.who("Elin")
    with pytest.raises(Overtaken):
        await office.firm.do(documents.keep, elin, prepared.draft, Content("0" * 64, 1))
    await office.make()
    assert await office.numbers() == ["Q-2026-0001", "Q-2026-0002"]


async def test_a_template_of_the_company_s_own_is_the_next_version(office: Office) -> None:
    first = await office.make()
    blob = await office.blobs.put(b"#let data = json(bytes(sys.inputs.data))\nOurs: #data.document.number")
    await own_version(office, blob)
    assert await office.text(await office.make()) == "Ours: Q-2026-0002\n"

    def versions(session: Session) -> list[int]:
        of = select(DocumentVersion.version).join(DealDocument, DealDocument.version_id == DocumentVersion.id)
        return list(session.scalars(of.order_by(DealDocument.id)))

    assert await office.firm.db.read(versions) == [1, 2]
    assert "Thank you for your request" in await office.text(first)


async def own_version(office: Office, blob: str) -> None:
    """Have the quote be made of this from now on."""
    elin = await office.firm.who("Elin")

    def add(session: Session) -> None:
        template = template_named(session, "quote")
        assert template is not None
        add_version(session, elin, template, blob)

    await office.firm.do(add)


@pytest.mark.parametrize("typst", [b"#nothing", b'#read("/etc/passwd")', b"#while true {}", b"\xff"])
async def test_a_faulty_template_makes_nothing_and_takes_no_number(office: Office, typst: bytes) -> None:
    await office.make()
    await own_version(office, await office.blobs.put(typst))
    with pytest.raises(UnmadeError):
        await office.make()
    assert await office.numbers() == ["Q-2026-0001"]
    await own_version(office, await office.blobs.put(b"Right again"))
    await office.make()
    assert await office.numbers() == ["Q-2026-0001", "Q-2026-0002"]


@pytest.mark.parametrize(("language", "draft"), [("en", "Draft"), ("sv", "Utkast")])
async def test_who_only_looks_sees_the_paper_and_takes_no_number(
    office: Office, language: str, draft: str
) -> None:
    wanted = Wanted(deal_id=office.deal, template="quote", language=language)
    look = await office.maker.look(wanted)
    assert await office.numbers() == []
    made = await office.text(await office.make("quote", language))
    assert text_of(look.content) == made.replace("Q-2026-0001", draft)


@pytest.mark.parametrize(("kind", "language"), [("poem", "en"), ("quote", "de"), ("contract", "de")])
async def test_what_there_is_no_template_for_is_said(office: Office, kind: str, language: str) -> None:
    with pytest.raises(Unwanted, match="There is no template"):
        await office.make(kind, language)


async def test_a_deal_of_a_thousand_lines_has_its_paper(office: Office) -> None:
    def fill(session: Session) -> None:
        session.execute(delete(DealLine))
        session.add_all(
            DealLine(deal_id=office.deal, position=position, name=f"Pane {position}", price=100, tax=2500)
            for position in range(1000)
        )

    await office.firm.do(fill)
    for kind in ("quote", "contract"):
        text = await office.text(await office.make(kind))
        assert all(f"Pane {number}\n" in text or f"Pane {number} " in text for number in range(1000))
        assert "1,250.00" in text


async def test_a_deal_without_lines_or_answers_has_its_paper(office: Office) -> None:
    def empty(session: Session) -> None:
        session.execute(delete(DealLine))
        deal = session.get_one(Deal, office.deal)
        deal.fields, deal.expected_on, deal.responsible_id = {}, None, None

    await office.firm.do(empty)
    for kind in KINDS:
        for language in ("en", "sv"):
            await office.make(kind, language)
    assert await office.firm.db.read(
        lambda session: session.scalar(select(func.count(DealDocument.id)))
    ) == 2 * len(KINDS)


def test_no_template_that_ships_is_without_its_golden_text_in_both_languages() -> None:
    known = {path.name.partition(".")[0] for path in GOLDEN.iterdir()}
    for ready in READY:
        name = ready.key.replace(" ", "-")
        told = {path.name for path in GOLDEN.glob(f"{name}.*")}
        assert {each.rsplit(".", 2)[-2] for each in told} == {"en", "sv"}, ready.key
        assert ready.key in {*KINDS, INVOICE}, ready.key
    assert known == {*(ready.key.replace(" ", "-") for ready in READY), "credit-note"}


@pytest.mark.parametrize("trade", sorted(path.name for path in TRADES.iterdir() if path.is_dir()))
def test_each_trade_works_with_papers_that_have_their_golden_text(trade: str) -> None:
    wanted = tomllib.loads((TRADES / trade / "trade.toml").read_text(encoding="utf-8"))["documents"]
    assert wanted
    assert set(wanted) <= set(KINDS)
