"""Letters are written on the card: a draft is kept, its author's alone, sent with an undo, and its fate is seen."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from html import unescape

import pytest
from aiohttp import FormData
from msgspec import structs
from sqlalchemy import select

from connectors.mail import MailConnector
from crm import letter_writing
from crm.letter_drafts import Draft, DraftFile
from crm.sendings import Sending
from hub.clock import now
from hub.connector import Refused
from hub.events import Command
from hub.letters import Kind
from tests.crm.mailbox import Mailbox, letter
from tests.crm.web.console import Consoles, Shown
from tests.crm.writing import Desk
from tests.eventually import eventually


@pytest.fixture
async def desk(mailbox: Mailbox, consoles: Consoles) -> Desk:
    """Give Maria, who sees every card, and a letter that came."""
    del consoles
    await mailbox.gets(letter(Cc="Eva <eva@home.example>"))
    return await Desk.of(mailbox, "Maria")


async def card_of(desk: Desk) -> str:
    """Give the address of the card to which the letter came."""
    return f"/contacts/{(await desk.mailbox.cards())[0].id}"


async def begin(desk: Desk, consoles: Consoles) -> tuple[int, Shown]:
    """Press a button below the letter, and give the draft."""
    about = str((await desk.mailbox.touches())[0].id)
    shown = await consoles.press("Maria", f"{await card_of(desk)}/drafts", how="reply", about=about)
    found = re.search(r'data-composer="/drafts/(\d+)"', shown.html)
    assert found, shown.words
    return int(found[1]), shown


async def drafts(desk: Desk) -> list[Draft]:
    return list(await desk.db.read(lambda session: session.scalars(select(Draft)).all()))


async def test_an_answer_begins_below_the_letter(desk: Desk, consoles: Consoles) -> None:
    card = await consoles.get("Maria", await card_of(desk))
    assert "Answer" in card.words
    assert "Answer all" in card.words
    _id, shown = await begin(desk, consoles)
    html = unescape(shown.html)
    assert 'value="Karin Nyman <karin@tenant.example>"' in html
    assert 'value="Re: A window"' in html
    assert "> Does it close?" in html
    assert len(await drafts(desk)) == 1


async def test_a_draft_is_kept_as_it_is_typed_and_is_there_again(desk: Desk, consoles: Consoles) -> None:
    draft_id, _shown = await begin(desk, consoles)
    kept = await consoles.press("Maria", f"/drafts/{draft_id}", body="It does, and", quotable="1")
    assert kept.status == 204
    again, shown = await begin(desk, consoles)
    assert again == draft_id
    assert "It does, and" in shown.html
    card = await consoles.get("Maria", await card_of(desk))
    assert "Draft: Re: A window" in card.words
    opened = await consoles.get("Maria", f"{await card_of(desk)}?draft={draft_id}")
    assert "It does, and" in opened.html
    assert not (await drafts(desk))[0].quotes


async def test_an_answer_becomes_one_to_all_and_keeps_its_words(desk: Desk, consoles: Consoles) -> None:
    draft_id, _shown = await begin(desk, consoles)
    assert "Draft:" not in (await consoles.get("Maria", await card_of(desk))).words
    await consoles.press("Maria", f"/drafts/{draft_id}", body="It does")
    about = str((await desk.mailbox.touches())[0].id)
    shown = await consoles.press("Maria", f"{await card_of(desk)}/drafts", how="all", about=about)
    assert f'data-composer="/drafts/{draft_id}"' in shown.html
    assert "Eva <eva@home.example>" in unescape(shown.html)
    assert "It does" in shown.html


async def test_a_letter_to_an_address_of_the_card_begins_there(desk: Desk, consoles: Consoles) -> None:
    card = await card_of(desk)
    shown = await consoles.press("Maria", f"{card}/drafts", how="new", to="karin@tenant.example")
    assert "Letter to Karin Nyman" in shown.words
    assert 'value="karin@tenant.example"' in (await consoles.get("Maria", card)).html


async def test_a_draft_is_its_authors_alone(desk: Desk, consoles: Consoles) -> None:
    draft_id, _shown = await begin(desk, consoles)
    assert (await consoles.part("Sofia", f"/drafts/{draft_id}")).status == 404
    assert (await consoles.press("Sofia", f"/drafts/{draft_id}", body="Mine")).status == 404
    assert "Draft:" not in (await consoles.get("Sofia", await card_of(desk))).words
    assert (
        "data-composer" not in (await consoles.get("Sofia", f"{await card_of(desk)}?draft={draft_id}")).html
    )


async def test_a_letter_is_sent_with_the_way_back_and_taken_back_it_is_a_draft(
    desk: Desk, consoles: Consoles
) -> None:
    draft_id, _shown = await begin(desk, consoles)
    sent = await consoles.press(
        "Maria", f"/drafts/{draft_id}/letter", body="It does.", quotable="1", quotes="on"
    )
    assert "Sent in ten seconds" in sent.words
    assert await drafts(desk) == []
    card = await consoles.get("Maria", await card_of(desk))
    assert "Leaves" in card.words
    assert 'class="bubble text ours"' in card.html
    undone = await consoles.press("Maria", _undo(sent), "DELETE")
    assert "it is a draft again" in undone.words
    (draft,) = await drafts(desk)
    assert (draft.body, draft.subject, draft.quotes) == ("It does.", "Re: A window", True)


async def test_pressed_twice_at_once_it_is_one_letter(desk: Desk, consoles: Consoles) -> None:
    draft_id, _shown = await begin(desk, consoles)
    press = [consoles.press("Maria", f"/drafts/{draft_id}/letter", body="It does.") for _time in range(3)]
    answers = sorted(shown.status for shown in await asyncio.gather(*press))
    assert answers == [200, 404, 404]
    assert len(await desk.mailbox.touches()) == 2


async def test_without_scripts_all_of_it_works(desk: Desk, consoles: Consoles) -> None:
    card, about = await card_of(desk), str((await desk.mailbox.touches())[0].id)
    begun = await consoles.send("Maria", f"{card}/drafts", how="reply", about=about)
    draft = (await drafts(desk))[0].id
    assert begun.location == f"{card}?draft={draft}#composer"
    sent = await consoles.send("Maria", f"/drafts/{draft}/letter", body="It does.")
    assert (sent.status, sent.location) == (303, card)


async def test_what_speaks_against_it_is_said_before_it_leaves(desk: Desk, consoles: Consoles) -> None:
    draft_id, _shown = await begin(desk, consoles)
    asked = await consoles.press(
        "Maria", f"/drafts/{draft_id}/letter", to="noreply@shop.example", body="Hello"
    )
    assert asked.status == 409
    assert "Nobody reads what goes to noreply@shop.example." in asked.words
    sent = await consoles.press("Maria", f"/drafts/{draft_id}/letter", body="Hello", knowing="on")
    assert sent.status == 200
    assert [each.address for each in (await desk.command()).to] == ["noreply@shop.example"]


@pytest.mark.parametrize(
    ("said", "words"),
    [({"to": "karin", "body": "Hello"}, "“karin” is no mail address."), ({"body": " "}, "A letter needs words."),
     ({"body": "x", "when": "later", "at": "2001-01-01T10:00"}, "Choose a time that is still to come")],
    ids=["no address", "no words", "a time that is over"],
)  # fmt: skip
async def test_what_is_no_letter_is_refused_and_kept(
    desk: Desk, consoles: Consoles, said: dict[str, str], words: str
) -> None:
    draft_id, _shown = await begin(desk, consoles)
    refused = await consoles.press("Maria", f"/drafts/{draft_id}/letter", **said)
    assert refused.status == 409
    assert words in refused.words
    assert (await drafts(desk))[0].body == said["body"]


async def test_a_letter_can_leave_later(desk: Desk, consoles: Consoles) -> None:
    draft_id, _shown = await begin(desk, consoles)
    at = (now() + timedelta(days=3)).strftime("%Y-%m-%dT09:00")
    await consoles.press("Maria", f"/drafts/{draft_id}/letter", body="Hello", when="later", at=at)
    row = await desk.row()
    assert row.due_at > now() + timedelta(days=2)
    assert (await desk.mailbox.tasks())[0].done_at is None


async def test_files_go_along_and_stay_here_again(desk: Desk, consoles: Consoles) -> None:
    draft_id, _shown = await begin(desk, consoles)
    with_files = await attach(consoles, draft_id, "plan.pdf", b"%PDF-1.7 plan")
    assert "plan.pdf" in with_files
    await attach(consoles, draft_id, "bill.txt", b"100 kr")
    (first, *_others) = await desk.db.read(lambda session: session.scalars(select(DraftFile)).all())
    gone = await consoles.press("Maria", f"/drafts/{draft_id}/files/{first.id}", "DELETE")
    assert "plan.pdf" not in gone.words
    await consoles.press("Maria", f"/drafts/{draft_id}/letter", body="See the bill")
    assert [(file.name, file.size) for file in (await desk.command()).files] == [("bill.txt", 6)]
    assert "bill.txt" in (await consoles.get("Maria", await card_of(desk))).words


async def attach(consoles: Consoles, draft_id: int, name: str, content: bytes) -> str:
    """Drop a file onto a draft."""
    body = FormData()
    body.add_field("file", content, filename=name, content_type="application/octet-stream")
    headers = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true",
               "Cookie": f"ringback={await consoles._cookie('Maria')}"}  # fmt: skip
    async with consoles.client.post(f"/drafts/{draft_id}/files", data=body, headers=headers) as answer:
        assert answer.status == 200
        return await answer.text()


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({"done_at": now()}, "Sent"),
        ({"failed_at": now(), "error": "550 no"}, "Refused"),
        ({"expired_at": now()}, "Not sent"),
        ({"unknown_at": now()}, "It did arrive"),
        ({"error": "no contact", "due_at": now() + timedelta(hours=1)}, "Not yet, again"),
    ],
    ids=["sent", "refused", "expired", "unknown", "tried again"],
)
async def test_its_fate_stands_on_the_card(
    desk: Desk, consoles: Consoles, end: dict[str, object], words: str
) -> None:
    await desk.answers("It does.")
    await desk.outgoing(**({"due_at": None} | end))
    assert words in (await consoles.get("Maria", await card_of(desk))).words


async def test_one_in_doubt_is_decided_on_the_card(desk: Desk, consoles: Consoles) -> None:
    touch = await desk.answers("It does.")
    await desk.ends(unknown_at=now())
    card = await consoles.get("Maria", await card_of(desk))
    assert "Nobody knows whether it left: the hub was stopped" in card.words
    assert (await consoles.press("Maria", f"/letters/{touch}/arrival")).status == 200
    assert "Sent" in (await consoles.get("Maria", await card_of(desk))).words
    assert (await consoles.press("Maria", f"/letters/{touch}/again")).status == 409


async def test_a_refused_one_is_written_anew(desk: Desk, consoles: Consoles) -> None:
    touch = await desk.answers("It does.")
    await desk.ends(failed_at=now(), error="550 no such user")
    assert (await consoles.press("Maria", f"/letters/{touch}/draft")).status == 200
    (draft,) = await drafts(desk)
    assert draft.body == "It does."
    sending = await desk.db.read(lambda session: session.scalars(select(Sending)).all())
    assert len(sending) == 1


async def test_addresses_are_offered_while_they_are_typed(desk: Desk, consoles: Consoles) -> None:
    draft_id, _shown = await begin(desk, consoles)
    offered = await consoles.part("Maria", f"/drafts/{draft_id}/suggestions?to=a@b.example,+elin")
    assert "a@b.example, Elin Sandgren <elin@klarruta.example>" in unescape(offered.html)
    for typed in ("kar", "karin+nym", "karin@tenant", "KARIN@tenant.example"):
        offered = await consoles.part("Maria", f"/drafts/{draft_id}/suggestions?to={typed}")
        assert "karin@tenant.example" in unescape(offered.html), typed


def _undo(shown: Shown) -> str:
    found = re.search(r'hx-delete="(/letters/\d+)"', shown.html)
    assert found, shown.html
    return found[1]


@pytest.mark.parametrize(
    ("kind", "action", "words"),
    [("delivered", "delivered", "Delivered"), ("delay", "delayed", "Delayed"), ("bounce", "failed", "No such mailbox")],
    ids=["delivered", "delayed", "bounced"],
)  # fmt: skip
async def test_what_mail_servers_report_stands_at_the_letter(
    desk: Desk, consoles: Consoles, kind: Kind, action: str, words: str
) -> None:
    await desk.answers("It does.")
    await desk.ends(done_at=now())
    bounce = await desk.bounce("karin@tenant.example")
    told = structs.replace(bounce.bounces[0], action=action, hard=kind == "bounce")
    await desk.mailbox.gets_event(structs.replace(bounce, kind=kind, bounces=(told,)))
    assert words in (await consoles.get("Maria", await card_of(desk))).words


async def test_a_letter_that_no_person_wrote_offers_no_answer(mailbox: Mailbox, consoles: Consoles) -> None:
    await mailbox.gets(letter(Auto_Submitted="auto-replied"))
    await mailbox.gets(letter(key="two@tenant.example"))
    await mailbox.gets(letter(key="three@tenant.example", Auto_Submitted="auto-replied"))
    card = await consoles.get("Maria", f"/contacts/{(await mailbox.cards())[0].id}")
    assert card.html.count('value="reply"') == 1


async def test_others_see_that_somebody_writes_a_letter(desk: Desk, consoles: Consoles) -> None:
    card = await card_of(desk)
    await consoles.press("Maria", f"{card}/presence", writing="letter")
    assert "Maria Berg is writing a letter" in (await consoles.part("Sofia", f"{card}/presence")).words


async def test_what_the_mail_server_refuses_is_a_task_of_its_author(
    desk: Desk, consoles: Consoles, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_connector: MailConnector, _command: Command) -> str:
        raise Refused("550 no such user")

    monkeypatch.setattr(MailConnector, "send", refuse, raising=False)
    monkeypatch.setattr(letter_writing, "UNDO", timedelta(0))
    draft_id, _shown = await begin(desk, consoles)
    await consoles.press("Maria", f"/drafts/{draft_id}/letter", body="It does.")

    async def told() -> bool:
        return "Did not arrive: Re: A window" in (await consoles.get("Maria", await card_of(desk))).words

    await eventually(told, 20)
    card = await consoles.get("Maria", await card_of(desk))
    assert "The mail server refused it: 550 no such user" in card.words
    assert [task.done_at for task in await desk.mailbox.tasks()] == [None, None]
