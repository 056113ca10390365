"""Documents on a deal's page: made, opened, sent by letter, chat and link, and what is said where none can be."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import documents
from crm.attachments import Attachment
from crm.chats import Chat
from crm.deal_lines import DealLine
from crm.deals import Deal
from crm.documents import DealDocument, DocumentTemplate
from crm.letter_drafts import Draft, files_of
from hub.clock import Clock
from hub.outbox import Outgoing
from hub.web.keys import BLOBS
from tests.crm.chat_room import channel_of, chat_with
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles
from tests.crm.web.paper_room import PaperRoom


@pytest.fixture
async def room(firm: Klarruta, consoles: Consoles, client: TestClient, clock: Clock) -> PaperRoom:
    """Give the room on a day in November."""
    clock.shift = datetime(2026, 11, 27, 10, tzinfo=UTC) - datetime.now(UTC)
    made = PaperRoom(firm, consoles, client)
    await made.open()
    return made


async def test_a_document_is_made_and_stands_on_the_deal(room: PaperRoom) -> None:
    assert "Documents" in (await room.page()).words
    answer = await room.consoles.press("Elin", room.here, template="quote", language="sv")
    assert "Made: Q-2026-0001" in answer.words
    page = await room.page()
    assert "Quote Q-2026-0001" in page.words
    assert "PDF, Svenska, version 1 of the template" in page.words
    assert "Elin Sandgren" in page.words
    part = await room.consoles.part("Elin", room.here)
    assert "Q-2026-0001" in part.words


async def test_a_document_is_looked_at_before_it_is_made(room: PaperRoom) -> None:
    look = f"/deals/{room.deal}/document-preview?template=quote&language=sv"
    assert "inline" in await room.consoles.header("Elin", look, "Content-Disposition")
    assert await room.consoles.header("Elin", look, "Content-Type") == "application/pdf"
    assert await room.made() == []
    assert (await room.consoles.get("Nils", look)).status == 404  # the deal is another department's
    await room.make()
    await _own_quote(room, "#data.deal.colour")
    refused = await room.consoles.get("Elin", look)
    assert refused.status == 409
    assert "The template names “colour”, which there is not" in refused.words
    for faulty in ("template=poem&language=sv", "template=quote&language=de", "template=invoice", ""):
        assert (
            await room.consoles.get("Elin", f"/deals/{room.deal}/document-preview?{faulty}")
        ).status == 409


async def test_contract_and_quote_are_made_by_one_press(room: PaperRoom) -> None:
    answer = await room.consoles.press("Elin", room.here, both="on", language="sv")
    assert "C-2026-0001, Q-2026-0001" in answer.words
    assert [(each.number, each.language) for each in await room.made()] == [
        ("C-2026-0001", "sv"), ("Q-2026-0001", "sv"),
    ]  # fmt: skip


async def test_where_one_of_both_fails_neither_is_kept(room: PaperRoom) -> None:
    await room.make()
    await _own_quote(room, "#data.deal.colour")
    answer = await room.consoles.press("Elin", room.here, both="on", language="en")
    assert answer.status == 409
    assert "No document was made. The template names “colour”, which there is not" in answer.words
    assert [each.number for each in await room.made()] == ["Q-2026-0001"]
    await _own_quote(room, "Right again")
    await room.consoles.press("Elin", room.here, both="on", language="en")
    assert [each.number for each in await room.made()][1:] == ["C-2026-0001", "Q-2026-0002"]


@pytest.mark.parametrize(
    ("text", "href"),
    [('#data.deal.fields.at("Hallway")', "/deals/1/form"), ("#data.contact.fields.colour", "/contacts/1")],
)
async def test_a_missing_field_is_named_with_its_place_and_where_it_is_filled_in(
    room: PaperRoom, text: str, href: str
) -> None:
    await room.make()
    await _own_quote(room, text)
    answer = await room.consoles.press("Elin", room.here, template="quote", language="en")
    assert answer.status == 409
    assert "template.typ, 2" in answer.words
    assert f'href="{href}"' in answer.html


async def test_a_template_with_code_in_it_makes_nothing(room: PaperRoom) -> None:
    await room.make()
    await _own_quote(room, '#read("/etc/passwd")')
    answer = await room.consoles.press("Elin", room.here, template="quote", language="en")
    assert "asks for a file that does not lie beside it" in answer.words
    assert [each.number for each in await room.made()] == ["Q-2026-0001"]


async def test_a_deal_in_a_currency_without_a_rate_has_its_document(room: PaperRoom) -> None:
    def change(session: Session) -> None:
        session.get_one(Deal, room.deal).currency = "XAF"

    await room.change(change)
    await room.make()
    [document] = await room.made()
    assert document.currency == "XAF"
    refused = await room.consoles.press(
        "Elin",
        f"/deals/{room.deal}/lines",
        product="",
        name="Sill",
        quantity="1",
        unit="",
        price="",
        discount="",
        tax="",
    )
    assert "Line 1" in refused.words


async def test_what_the_deal_comes_to_by_now_is_said(room: PaperRoom) -> None:
    await room.make()
    assert "by now" not in (await room.page()).words
    await room.change(
        lambda session: session.add(DealLine(deal_id=room.deal, position=9, name="Sill", price=100_00))
    )
    assert "by now" in (await room.page()).words


async def test_who_may_not_see_the_deal_gets_none_of_its_documents(room: PaperRoom) -> None:
    document_id = await room.make()
    for path in (room.here, f"/documents/{document_id}/content", f"/documents/{document_id}/sending"):
        assert (await room.consoles.part("Nils", path)).status == 404
    for path in (room.here, f"/documents/{document_id}/sending"):
        assert (
            await room.consoles.press("Nils", path, by="link", template="quote", language="en")
        ).status == 404
    assert (
        await room.consoles.press("Nils", f"/documents/{document_id}/signature-request", "DELETE")
    ).status == 404
    assert len(await room.made()) == 1


async def test_a_pdf_opens_in_the_browser_and_a_docx_is_saved(room: PaperRoom) -> None:
    quote, contract = await room.make(), await room.make("contract")
    shown = await room.consoles.header("Elin", f"/documents/{quote}/content", "Content-Disposition")
    assert shown.startswith('inline; filename="Q-2026-0001.pdf"')
    saved = await room.consoles.header("Elin", f"/documents/{contract}/content", "Content-Disposition")
    assert saved.startswith('attachment; filename="C-2026-0001.docx"')
    policy = await room.consoles.header("Elin", f"/documents/{quote}/content", "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


async def test_a_letter_begins_with_the_document_and_a_link_to_sign(room: PaperRoom) -> None:
    document_id = await room.make()
    answer = await room.consoles.send(
        "Elin", f"/documents/{document_id}/sending", by="mail", sign="on", text="Dear Karin"
    )
    assert re.fullmatch(r"/contacts/\d+\?draft=\d+#composer", answer.location)
    [draft] = await room.read(lambda session: list(session.scalars(select(Draft))))
    assert draft.subject == "Quote Q-2026-0001"
    assert draft.body.startswith("Dear Karin\n\nRead it and sign it here:\nhttp")
    [file] = await room.read(lambda session: list(files_of(session, draft.id)))
    [document] = await room.made()
    assert (file.name, file.type, file.blob) == ("Q-2026-0001.pdf", "application/pdf", document.blob)
    link = draft.body.partition("/sign/")[2]
    assert (await room.visit(f"/sign/{link}")).status == 200
    assert "By mail" not in (await room.page()).words  # it did not leave


async def test_what_was_sent_stands_on_the_document_until_it_is_taken_back(room: PaperRoom) -> None:
    document_id = await room.make()
    sent = await room.consoles.press(
        "Elin", f"/documents/{document_id}/sending", by="mail", now="on", text="Here"
    )
    assert "Sent in ten seconds" in sent.words
    page = await room.page()
    assert "By mail" in page.words
    [touch_id] = await room.read(lambda session: list(session.scalars(select(Attachment.interaction_id))))
    assert f"#event-{touch_id}" in page.html
    [undo] = re.findall(r'hx-delete="(/letters/[^"]+)"', sent.html)
    await room.consoles.press("Elin", undo, "DELETE")
    assert "By mail" not in (await room.page()).words


async def test_a_letter_of_a_swedish_document_is_swedish(room: PaperRoom) -> None:
    document_id = await room.make(language="sv")
    await room.consoles.send("Elin", f"/documents/{document_id}/sending", by="mail", sign="on")
    [draft] = await room.read(lambda session: list(session.scalars(select(Draft))))
    assert draft.body.startswith("Hej ")
    assert "Läs och skriv under här:" in draft.body
    assert draft.subject == "Offert Q-2026-0001"


async def test_it_is_sent_in_a_chat_with_its_file(room: PaperRoom) -> None:
    def write(session: Session) -> int:
        channel_of(session, "viber").paused_at = None
        return chat_with(session, "viber", "Ira", contact_id=session.get_one(Deal, room.deal).contact_id).id

    chat_id = await room.change(write)
    document_id = await room.make()
    sheet = await room.consoles.part("Elin", f"/documents/{document_id}/sending")
    assert f"chat:{chat_id}" in sheet.html
    answer = await room.consoles.press(
        "Elin", f"/documents/{document_id}/sending", by=f"chat:{chat_id}", text="Look"
    )
    assert "Said in the chat" in answer.words
    assert "In a chat" in (await room.page()).words
    commands = await room.read(lambda session: [row.command for row in session.scalars(select(Outgoing))])
    assert any("Q-2026-0001.pdf" in str(each) for each in commands)
    assert await room.read(lambda session: session.get_one(Chat, chat_id).id) == chat_id


async def test_a_contact_who_cannot_be_reached_still_gets_a_link(room: PaperRoom) -> None:
    document_id = await room.make()
    refused = await room.consoles.press("Elin", f"/documents/{document_id}/sending", by="chat:99")
    assert refused.status == 409
    assert (await room.consoles.press("Elin", f"/documents/{document_id}/sending", by="pigeon")).status == 409
    assert (await room.link(document_id)).startswith("/sign/")


async def test_a_thousand_lines_make_one_document_and_its_page(room: PaperRoom) -> None:
    def fill(session: Session) -> None:
        session.add_all(
            DealLine(deal_id=room.deal, position=position, name=f"Pane {position}", price=100, tax=2500)
            for position in range(10, 1010)
        )

    await room.change(fill)
    document_id = await room.make()
    content = await room.visit(f"/documents/{document_id}/content")
    assert content.status in {302, 303}  # nobody who is not signed in
    assert (await room.page()).status == 200
    assert len(await room.made()) == 1


async def _own_quote(room: PaperRoom, text: str) -> None:
    """Have quotes be made of this from now on."""
    blob = (
        await room.client.app[BLOBS].put(f"#let data = json(bytes(sys.inputs.data))\n{text}".encode())
        if room.client.app
        else ""
    )
    elin = await room.firm.who("Elin")

    def add(session: Session) -> None:
        template = session.scalars(select(DocumentTemplate).where(DocumentTemplate.ready == "quote")).one()
        documents.add_version(session, elin, template, blob)

    await room.change(add)
    assert await room.read(lambda session: session.scalars(select(DealDocument)).first()) is not None
