"""A customer opens a link, reads the document and signs it: what is kept, what it moves, and what comes to nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import contacts, merging, processes, run_moves
from crm.conversations import Interaction
from crm.deals import Deal
from crm.documents import DealDocument
from crm.process_elements import MESSAGES
from crm.runs import Run
from crm.signing_links import Signing
from crm.signings import MESSAGE
from crm.tasks import Task
from hub.audit import RINGBACK, history
from hub.clock import Clock
from hub.pace import Pace
from tests.crm import drawing
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles
from tests.crm.web.paper_room import PaperRoom

NAME = "Karin Ekdahl"


@pytest.fixture
async def room(
    firm: Klarruta, consoles: Consoles, client: TestClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> PaperRoom:
    """Give the room on a day in November, where nobody pressed anything yet."""
    monkeypatch.setattr("crm.web.signing.SIGNERS", Pace(12, 6))
    monkeypatch.setattr("crm.web.signing.READERS", Pace(120, 60))
    clock.shift = datetime(2026, 11, 27, 10, tzinfo=UTC) - datetime.now(UTC)
    made = PaperRoom(firm, consoles, client)
    await made.open()
    return made


async def test_a_customer_opens_reads_and_signs(room: PaperRoom) -> None:
    document_id = await room.make()
    link = await room.link(document_id)
    asked = await room.visit(link)
    assert asked.status == 200
    assert "Quote Q-2026-0001" in asked.words
    assert "Your name" not in asked.words  # nobody signs what he has not opened
    opened = await room.press(f"{link}/opening")
    assert "Your name" in opened.words
    paper = await room.visit(f"{link}/document")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert paper.html.startswith("%PDF")
    signed = await room.press(link, name=NAME, agree="on")
    assert f"Signed by {NAME}" in signed.words
    kept, [document] = await room.signing(), await room.made()
    assert (kept.signed_by, kept.sha256, kept.agent) == (NAME, document.blob, "Safari on a telephone")
    assert kept.address in {"127.0.0.1", "::1"}
    assert kept.sha256 in signed.words


async def test_a_signature_stands_on_the_card_in_the_audit_and_as_a_task(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    await room.press(f"{link}/opening")
    await room.press(link, name=NAME, agree="on")
    [touch] = await room.read(
        lambda session: list(session.scalars(select(Interaction).where(Interaction.kind == "signature")))
    )
    assert str(touch.summary) == "Signed: Quote Q-2026-0001"
    for words in (NAME, "SHA-256", "Safari on a telephone", "2026-11-27 10:00"):
        assert words in touch.text
    page = await room.page()
    assert f"Signed: {NAME}" in page.words
    assert "Signature" in page.words
    [task] = await room.read(lambda session: list(session.scalars(select(Task))))
    assert str(task.title) == "Go on with Seven windows: Quote Q-2026-0001 is signed"
    assert task.assignee_id == (await room.firm.who("Elin")).user_id
    words = [
        str(entry.words) for entry in await room.read(lambda session: history(session, "deal_document", 1))
    ]
    assert any(f"signed by {NAME}" in each for each in words)


@pytest.mark.parametrize("sign", [{"name": NAME, "agree": "on"}, {"why": "Too dear"}])
async def test_a_signature_given_while_two_cards_are_one_goes_with_its_deal(
    room: PaperRoom, sign: dict[str, str]
) -> None:
    maria = await room.firm.who("Maria")
    link = await room.link(await room.make())
    karin = await room.read(lambda session: session.scalars(select(Deal.contact_id)).one())

    def merge(session: Session) -> int:
        bo = contacts.add_contact(session, "Bo")
        return merging.merge(session, maria, karin, bo).id

    done = await room.firm.do(merge)
    await room.press(f"{link}/opening")
    await room.press(link if "name" in sign else f"{link}/refusal", **sign)
    await room.firm.do(lambda session: merging.undo(session, maria, done))
    for column in (Interaction.contact_id, Task.contact_id, Deal.contact_id):
        found = await room.read(lambda session, wanted=column: session.scalars(select(wanted)).all())
        assert found == [karin], column


async def test_who_signs_twice_is_told_who_signed(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    await room.press(f"{link}/opening")
    await room.press(link, name=NAME, agree="on")
    again = await room.press(link, name="Somebody Else", agree="on")
    assert again.status == 409
    assert f"It is signed already, by {NAME}" in again.words
    assert (await room.signing()).signed_by == NAME
    refused = await room.consoles.press("Elin", "/documents/1/sending", by="link")
    assert (refused.status, f"signed already, by {NAME}" in refused.words) == (409, True)


async def test_who_presses_twice_sees_the_signature(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    for _twice in range(2):
        pressed = await room.press(link, name=f" {NAME}", agree="on")
        assert (pressed.status, f"Signed by {NAME}" in pressed.words) == (200, True)


async def test_who_declines_twice_in_the_same_words_sees_that_it_is_declined(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    for _twice in range(2):
        pressed = await room.press(f"{link}/refusal", why="Too dear")
        assert (pressed.status, "You declined it." in pressed.words) == (200, True)
    other = await room.press(f"{link}/refusal", why="Too late")
    assert (other.status, "It was declined already." in other.words) == (409, True)


async def test_pressed_at_once_by_many_it_is_signed_once(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    await room.press(f"{link}/opening")
    await asyncio.gather(*(room.press(link, name=f"{NAME} {number}", agree="on") for number in range(5)))
    counted = select(func.count()).where(Interaction.kind == "signature")
    assert await room.read(lambda session: session.scalar(counted)) == 1
    assert await room.read(lambda session: session.scalar(select(func.count(Task.id)))) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"name": NAME},
        {"agree": "on"},
        *({"name": each, "agree": "on"} for each in ("  ", "...", "K", "\u200b\u200b")),
        {},
    ],
)
async def test_without_name_or_agreement_nothing_is_signed(room: PaperRoom, fields: dict[str, str]) -> None:
    link = await room.link(await room.make())
    await room.press(f"{link}/opening")
    shown = await room.press(link, **fields)
    assert (shown.status, "marked fields" in shown.words) == (422, True)
    assert (await room.signing()).signed_at is None


async def test_looking_changes_nothing(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    for path in (link, f"{link}/document", f"{link}/opening"):
        await room.visit(path)
    kept = await room.signing()
    assert (kept.opened_at, kept.signed_at) == (None, None)
    assert (await room.visit(f"{link}/document")).status == 410  # a scanner of mails reads nothing either


async def test_a_foreign_page_signs_for_nobody(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with room.client.post(link, data={"name": NAME, "agree": "on"}, headers=headers) as answer:
        assert answer.status == 403
    assert (await room.signing()).signed_at is None


async def test_declined_with_words_somebody_asks_why(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    await room.press(f"{link}/opening")
    shown = await room.press(f"{link}/refusal", why="The kitchen has\nthree windows")
    assert "You declined it" in shown.words
    assert (await room.press(link, name=NAME, agree="on")).status == 409
    [task] = await room.read(lambda session: list(session.scalars(select(Task))))
    assert "is not signed" in str(task.title)
    assert "three windows" in str(task.why)
    assert "three windows" in (await room.page()).words


async def test_a_new_link_ends_those_of_before(room: PaperRoom) -> None:
    document_id = await room.make()
    first = await room.link(document_id)
    second = await room.link(document_id)
    gone = await room.visit(first)
    assert (gone.status, "taken back" in gone.words) == (410, True)
    assert (await room.press(first, name=NAME, agree="on")).status == 409
    assert (await room.visit(second)).status == 200
    await room.consoles.press("Elin", f"/documents/{document_id}/signature-request", "DELETE")
    assert (await room.visit(second)).status == 410


async def test_a_link_runs_out(room: PaperRoom, clock: Clock) -> None:
    link = await room.link(await room.make(), days="3")
    clock.shift += timedelta(days=4)
    gone = await room.visit(link)
    assert (gone.status, "run out" in gone.words) == (410, True)
    assert (await room.press(link, name=NAME, agree="on")).status == 409
    assert (await room.signing()).signed_at is None


async def test_an_old_link_says_that_there_is_a_newer_document(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    await room.press(f"{link}/opening")
    await room.make()
    gone = await room.visit(link)
    assert (gone.status, "There is a newer one: Q-2026-0002" in gone.words) == (410, True)
    assert (await room.press(link, name=NAME, agree="on")).status == 409
    assert (await room.consoles.press("Elin", "/documents/1/sending", by="link")).status == 409
    page = await room.page()
    assert "Overtaken" in page.words


async def test_a_signed_document_stays_readable_when_there_is_a_newer_one(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    await room.press(f"{link}/opening")
    await room.press(link, name=NAME, agree="on")
    await room.make()
    assert f"Signed by {NAME}" in (await room.visit(link)).words
    assert (await room.visit(f"{link}/document")).status == 200


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 5000, "%00", "..%2f..", "å"])
async def test_whoever_guesses_finds_nothing(room: PaperRoom, token: str) -> None:
    await room.link(await room.make())
    assert (await room.visit(f"/sign/{token}")).status == 404
    assert (await room.press(f"/sign/{token}", name=NAME, agree="on")).status == 404


async def test_the_store_does_not_know_the_link(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    kept = await room.signing()
    assert link.rpartition("/")[2] not in {kept.digest, kept.sha256}
    assert len(kept.digest) == 64


async def test_the_page_is_kept_out_of_stores_searches_and_frames(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    await room.press(f"{link}/opening")
    for path in (link, f"{link}/document"):
        headers = (await room.visit(path)).headers
        assert headers["Cache-Control"] == "no-store"
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in (await room.visit(link)).headers["Content-Security-Policy"]


async def test_the_page_speaks_the_language_of_its_document(room: PaperRoom) -> None:
    link = await room.link(await room.make("quote", "sv"))
    shown = await room.visit(link, Accept_Language="en")
    assert "Öppna dokumentet" in shown.words
    assert '<html lang="sv">' in shown.html


async def test_a_contract_is_read_on_the_page_itself(room: PaperRoom) -> None:
    link = await room.link(await room.make("contract"))
    shown = await room.press(f"{link}/opening")
    assert "Window, three panes" in shown.words
    assert "C-2026-0001" in shown.words
    saved = await room.visit(f"{link}/document")
    assert saved.headers["Content-Disposition"].startswith("attachment")


async def test_what_a_customer_types_is_text(room: PaperRoom) -> None:
    link = await room.link(await room.make())
    await room.press(f"{link}/opening")
    shown = await room.press(link, name="<script>alert(1)</script>", agree="on")
    assert "<script>alert" not in shown.html
    assert "<script>alert" not in (await room.page()).html


async def test_who_asks_too_often_waits(room: PaperRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    link = await room.link(await room.make())
    monkeypatch.setattr("crm.web.signing.SIGNERS", Pace(2, 1))
    statuses = [(await room.press(link, name=NAME)).status for _each in range(4)]
    assert statuses[-1] == 429


async def test_a_process_that_waits_for_the_signature_goes_on_with_it(room: PaperRoom) -> None:
    assert MESSAGE in MESSAGES
    link = await room.link(await room.make())
    diagram = drawing.drawn(
        drawing.start(), drawing.message("w", "Signed", MESSAGE), drawing.user("a", "Order the glass"), drawing.end(),
        drawing.way("s w a e"),
    )  # fmt: skip

    def begin(session: Session) -> int:
        process = processes.make(session, RINGBACK, "Signing", diagram.encode())
        version = processes.publish(session, RINGBACK, process)
        deal = session.get_one(Deal, room.deal)
        return run_moves.start(session, version, deal=deal, contact_id=deal.contact_id, by=None).id

    run_id = await room.change(begin)
    await room.press(f"{link}/opening")
    await room.press(link, name=NAME, agree="on")
    titles = await room.read(lambda session: [str(each) for each in session.scalars(select(Task.title))])
    assert [each.partition(":")[0] for each in titles] == ["Order the glass"]  # and none of our own beside it
    assert await room.read(lambda session: list(session.get_one(Run, run_id).waits_for)) == []


async def test_what_cannot_be_kept_as_a_whole_is_not_signed(
    room: PaperRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await room.link(await room.make())
    await room.press(f"{link}/opening")

    def breaks(*_args: object, **_more: object) -> int:
        raise RuntimeError

    monkeypatch.setattr(run_moves, "hear", breaks)
    assert (await room.press(link, name=NAME, agree="on")).status == 500
    kept = await room.signing()
    assert (kept.signed_at, kept.signed_by) == (None, "")
    assert await room.read(lambda session: session.scalar(select(func.count(Signing.id)))) == 1
    assert await room.read(lambda session: session.scalar(select(func.count(DealDocument.id)))) == 1
