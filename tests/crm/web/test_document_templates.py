"""Templates of documents in Settings: brought, tried with a real deal, taken, counted and retired."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient
from docx import Document
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.document_trials import DocumentTrial
from crm.documents import DocumentTemplate, DocumentVersion
from hub.clock import Clock
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles, Shown
from tests.crm.web.paper_room import PaperRoom

HOME = "/document-templates"
DATA = "#let data = json(bytes(sys.inputs.data))\n"


@pytest.fixture
async def room(firm: Klarruta, consoles: Consoles, client: TestClient, clock: Clock) -> PaperRoom:
    """Give the room on a day in November, with the templates that Ringback brings."""
    clock.shift = datetime(2026, 11, 27, 10, tzinfo=UTC) - datetime.now(UTC)
    made = PaperRoom(firm, consoles, client)
    await made.open()
    await consoles.get("Maria", HOME)
    return made


async def test_the_templates_that_ringback_brings_stand_there_with_their_next_number(room: PaperRoom) -> None:
    shown = await room.consoles.get("Maria", HOME)
    for words in ("Quote", "Contract", "Order confirmation", "Installation report", "next: Q-2026-0001"):
        assert words in shown.words
    assert (await room.consoles.get("Elin", HOME)).status == 403
    assert (
        await room.consoles.press("Elin", HOME, name="Poem", format="pdf", pattern="P-{number}")
    ).status == 403


async def test_what_is_brought_counts_only_once_it_was_tried(room: PaperRoom) -> None:
    at = await _at(room, "quote")
    brought = await _bring(room, at, text=f"{DATA}Ours: #data.document.number of #data.contact.name")
    assert "Brought" in brought.words
    first = await room.make()
    assert await _version_of(room, first) == 1
    trial = await _trial(room)
    preview = f"{at}/trials/{trial.id}/preview?deal={room.deal}&language=sv"
    assert await room.consoles.header("Maria", preview, "Content-Type") == "application/pdf"
    assert [each.number for each in await room.made()] == ["Q-2026-0001"]  # looking takes no number
    taken = await room.consoles.press(
        "Maria", f"{at}/trials/{trial.id}", deal=str(room.deal), blob=trial.blob
    )
    assert "Version 2" in taken.words
    assert await _version_of(room, await room.make()) == 2
    assert "To be tried" not in (await room.consoles.get("Maria", at)).words
    assert await _version_of(room, first) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "#data.deal.colour",
            "The template names “colour”, which there is not. (template.typ, 2: #data.deal.colour)",
        ),
        ('#read("/etc/passwd")', "asks for a file that does not lie beside it"),
        ('#import "@preview/cetz:0.3.0"', "asks for a package from the network"),
        ("#let x = (", "The template is not right: unclosed delimiter"),
    ],
)
async def test_what_makes_no_document_is_said_with_its_line_and_does_not_count(
    room: PaperRoom, text: str, words: str
) -> None:
    at = await _at(room, "quote")
    await _bring(room, at, text=DATA + text)
    trial = await _trial(room)
    for answer in (
        await room.consoles.get("Maria", f"{at}/trials/{trial.id}/preview?deal={room.deal}"),
        await room.consoles.press("Maria", f"{at}/trials/{trial.id}", deal=str(room.deal)),
    ):
        assert (answer.status, words in answer.words) == (422, True), answer.words
    assert await _versions(room, "quote") == [1]


async def test_a_docx_with_code_in_it_is_refused_and_a_good_one_is_taken(room: PaperRoom) -> None:
    at = await _at(room, "contract")
    await _bring(room, at, file=_docx("{{ ''.__class__.__mro__ }}"), language="sv")
    trial = await _trial(room)
    bad = await room.consoles.press("Maria", f"{at}/trials/{trial.id}", deal=str(room.deal))
    assert (bad.status, "reaches for what no template may touch" in bad.words) == (422, True)
    await _bring(room, at, file=_docx("Our contract {{ document.number }}"), language="sv")
    trial = await _trial(room)
    assert (
        "Version 2"
        in (await room.consoles.press("Maria", f"{at}/trials/{trial.id}", deal=str(room.deal))).words
    )
    await room.make("contract", "sv")
    assert await _versions(room, "contract") == [1, 1, 2]


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("contract", b"no zip at all", "no DOCX file"),
        ("quote", b"\xff\xfe", "written in typst"),
        ("quote", b"", "Choose a file"),
    ],
)
async def test_what_is_no_such_file_is_refused_at_once(
    room: PaperRoom, kind: str, content: bytes, words: str
) -> None:
    answer = await _bring(room, await _at(room, kind), file=content)
    assert (answer.status, words in answer.words) == (409, True), answer.words
    assert await room.read(lambda session: session.scalars(select(DocumentTrial)).all()) == []


async def test_too_large_a_file_is_refused(room: PaperRoom) -> None:
    answer = await _bring(room, await _at(room, "quote"), file=b"x" * 10_000_001)
    assert answer.status == 413


async def test_brought_twice_the_later_is_tried_and_the_earlier_not_taken(room: PaperRoom) -> None:
    at = await _at(room, "quote")
    await _bring(room, at, text="First")
    first = await _trial(room)
    await _bring(room, at, text="Second")
    late = await room.consoles.press("Maria", f"{at}/trials/{first.id}", deal=str(room.deal), blob=first.blob)
    assert (late.status, "another one meanwhile" in late.words) == (409, True)
    assert "Thrown away" in (await room.consoles.press("Maria", f"{at}/trials/{first.id}", "DELETE")).words
    assert await _versions(room, "quote") == [1]


async def test_a_template_of_ones_own_is_made_tried_and_counted_for_itself(room: PaperRoom) -> None:
    made = await room.consoles.press(
        "Maria", HOME, name="Measuring report", format="pdf", pattern="M{number:03}"
    )
    [at] = set(re.findall(r'href="(/document-templates/\d+)"', made.html))
    assert "no version yet" in (await room.consoles.get("Maria", HOME)).words
    assert "Measuring report" not in (await room.consoles.part("Elin", room.here)).words
    await _bring(room, at, text=f"{DATA}Measured")
    trial = await _trial(room)
    await room.consoles.press("Maria", f"{at}/trials/{trial.id}")
    await room.make("Measuring report")
    assert [each.number for each in await room.made()] == ["M001"]
    again = await room.consoles.press(
        "Maria", HOME, name="Measuring report", format="pdf", pattern="M{number}"
    )
    assert (again.status, "already" in again.words) == (409, True)


async def test_no_two_kinds_of_documents_are_numbered_alike(room: PaperRoom) -> None:
    for pattern in ("Q-{year}-{number:04}", "C-{year}-{number}", "F-{year}-{number:05}"):
        refused = await room.consoles.press("Maria", HOME, name="Our offer", format="pdf", pattern=pattern)
        assert refused.status == 409
        assert "two documents would have the same one" in refused.words
    await room.make()
    quote = select(DocumentTemplate.id).where(DocumentTemplate.ready == "quote")
    at = f"{HOME}/{await room.read(lambda session: session.scalars(quote).one())}"
    for pattern in ("C-{year}-{number:02}", "Q-2026-{number}"):
        assert (await room.consoles.press("Maria", at, pattern=pattern)).status == 409, pattern
    assert (await room.consoles.press("Maria", at, pattern="Q-{year}-{number:05}")).status == 200


async def test_a_pattern_is_changed_and_numbers_go_on_without_a_gap(room: PaperRoom) -> None:
    at = await _at(room, "quote")
    await room.make()
    wrong = await room.consoles.press("Maria", at, pattern="Q-{year}")
    assert (wrong.status, "{number}" in wrong.words) == (409, True)
    said = await room.consoles.press("Maria", at, pattern="OFF {year}/{number:05}")
    assert "The next one is OFF 2026/00002" in said.words
    await room.make()
    assert [each.number for each in await room.made()] == ["Q-2026-0001", "OFF 2026/00002"]
    shown = await room.consoles.header("Elin", "/documents/2/content", "Content-Disposition")
    assert "OFF-2026-00002.pdf" in shown


async def test_a_retired_template_is_offered_no_more_until_it_is_taken_up(room: PaperRoom) -> None:
    at = await _at(room, "quote")
    await room.consoles.press("Maria", f"{at}/retirement")
    assert "Contract and quote" not in (await room.consoles.part("Elin", room.here)).words
    refused = await room.consoles.press("Elin", room.here, template="quote", language="en")
    assert (refused.status, "There is no template" in refused.words) == (409, True)
    await room.consoles.press("Maria", f"{at}/retirement", "DELETE")
    await room.make()


async def test_a_version_is_saved_to_go_on_from(room: PaperRoom) -> None:
    at = await _at(room, "quote")
    [version] = re.findall(rf'href="({at}/versions/\d+)"', (await room.consoles.get("Maria", at)).html)
    shown = await room.consoles.get("Maria", version)
    assert "sys.inputs.data" in shown.words or "paper.typ" in shown.words
    assert "quote-1.typ" in await room.consoles.header("Maria", version, "Content-Disposition")


async def test_what_a_template_may_name_is_shown_with_what_it_says(room: PaperRoom) -> None:
    shown = await room.consoles.get("Maria", f"{await _at(room, 'quote')}?deal={room.deal}")
    for name, says in (
        ("contact.name", "Karin Ekdahl & Söner <AB>"), ("lines[…].price", "kr"), ("company.swish", "123 785 69 01"),
        ("deal.fields.Kitchen", "120 by 90 cm"), ("totals.taxes[…].rate", "%"), ("payment.code", "yes"),
    ):  # fmt: skip
        assert name in shown.words
        assert says in shown.words
    assert "<AB>" not in shown.html


async def _at(room: PaperRoom, ready: str) -> str:
    rows = select(DocumentTemplate.id).where(DocumentTemplate.ready == ready)
    return f"{HOME}/{await room.read(lambda session: session.scalars(rows).one())}"


async def _bring(room: PaperRoom, at: str, *, text: str = "", file: bytes = b"", language: str = "") -> Shown:
    body = FormData()
    body.add_field("language", language)
    body.add_field("text", text)
    body.add_field(
        "file",
        BytesIO(file),
        filename="template" if file else "none",
        content_type="application/octet-stream",
    )
    return await room.consoles.post("Maria", f"{at}/trials", body)


async def _trial(room: PaperRoom) -> DocumentTrial:
    return await room.read(lambda session: session.scalars(select(DocumentTrial)).one())


async def _versions(room: PaperRoom, ready: str) -> list[int]:
    rows = (
        select(DocumentVersion.version)
        .join(DocumentTemplate, DocumentTemplate.id == DocumentVersion.template_id)
        .where(DocumentTemplate.ready == ready).order_by(DocumentVersion.version)
    )  # fmt: skip
    return await room.read(lambda session: list(session.scalars(rows)))


async def _version_of(room: PaperRoom, document_id: int) -> int:
    def look(session: Session) -> int:
        [document] = [each for each in documents if each.id == document_id]
        return session.get_one(DocumentVersion, document.version_id).version

    documents = await room.made()
    return await room.read(look)


def _docx(text: str) -> bytes:
    document, made = Document(), BytesIO()
    document.add_paragraph(text)
    document.save(made)
    return made.getvalue()
