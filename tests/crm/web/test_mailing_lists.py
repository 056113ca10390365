"""Lists, their files, who is not written to, and what stands on a card: as managers and agents see and do it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from aiohttp import FormData
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import consent_taking, contacts
from crm.campaigns import RUNNING, Campaign
from crm.consent_files import ConsentFile
from crm.consent_taking import Stated
from crm.contacts import MAIL
from crm.deliveries import LEFT_OUT, WAITING, Delivery
from crm.mailing_lists import MailingList
from crm.web import mailing_list
from hub.audit import RINGBACK
from hub.clock import now
from tests.crm.klarruta import Klarruta
from tests.crm.newsletter import KARIN, Newsletter
from tests.crm.web.console import SCRIPT, Consoles
from tests.crm.welcome import set_up, turn

LIST = {"name": "Fairs", "words": "Yes, invite me to fairs.", "language": "sv", "confirms": "on"}


async def test_a_manager_begins_a_list_and_changes_it(newsletter: Newsletter, consoles: Consoles) -> None:
    assert "Mailing lists" in (await consoles.get("Maria", "/campaigns")).words
    blank = await consoles.get("Maria", "/mailing-lists")
    (public,) = re.findall(r'<input[^>]*name="public"[^>]*>', blank.html)
    assert "checked" not in public, "it is offered to everybody where somebody says so"
    assert (await consoles.press("Maria", "/mailing-lists", **LIST)).status == 200
    page = await consoles.get("Maria", "/mailing-lists")
    assert "News 2 Svenska confirmed by a letter · open to everybody" in page.words
    assert "Fairs 0 Svenska confirmed by a letter News" in page.words
    wrong = ({**LIST, "name": ""}, {**LIST, "name": "News"}, {**LIST, "words": " "}, {**LIST, "language": "xx"},
             {**LIST, "name": "n" * 101})  # fmt: skip
    for fields in wrong:
        assert (await consoles.press("Maria", "/mailing-lists", **fields)).status == 422
    path = f"/mailing-lists/{newsletter.other_id}"
    assert (await consoles.press("Maria", path, **{**LIST, "name": "Deals"})).status == 200
    assert (
        "What somebody agrees to"
        in (await consoles.get("Maria", f"/audit/mailing_list/{newsletter.other_id}")).words
    )
    assert (await consoles.press("Maria", f"{path}/retirement")).status == 200
    assert "Deals · in use no more" in (await consoles.get("Maria", "/mailing-lists")).words
    assert (await consoles.press("Maria", f"{path}/retirement", "DELETE")).status == 200
    for name, status in (("Elin", 403), ("Sofia", 403)):
        for each in ("/mailing-lists", path, "/suppressions"):
            assert (await consoles.get(name, each)).status == status


async def test_a_list_by_which_letters_go_out_is_not_taken_away(
    newsletter: Newsletter, consoles: Consoles
) -> None:
    path = f"/mailing-lists/{newsletter.list_id}"
    refused = await consoles.press("Maria", f"{path}/retirement")
    assert (refused.status, "“Spring” still write by this list: stop them first" in refused.words) == (
        409,
        True,
    )
    _sequence, list_id = await newsletter.firm.do(_welcome)
    refused = await consoles.press("Maria", f"/mailing-lists/{list_id}/retirement")
    assert "“Welcome” still write by this list" in refused.words


def _welcome(session: Session) -> tuple[int, int]:
    session.get_one(MailingList, 1).name = "Others"
    session.flush()
    return set_up(session)


async def upload(consoles: Consoles, path: str, content: bytes, **fields: str) -> tuple[int, str]:
    body = FormData()
    for key, value in fields.items():
        body.add_field(key, value)
    body.add_field("file", content, filename="fair.csv", content_type="text/csv")
    headers = SCRIPT | {"Cookie": f"ringback={await consoles._cookie('Maria')}"}
    async with consoles.client.post(path, data=body, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_addresses_come_from_a_file(newsletter: Newsletter, consoles: Consoles) -> None:
    path = f"/mailing-lists/{newsletter.list_id}/import"
    stated = {"ground": "consent", "words": "Fair in Kista, on paper"}
    status, html = await upload(consoles, path, b"email\nnew one@x.example\nnew@x.example\n", **stated)
    assert (status, "Row 2: “new one@x.example” is no address" in html) == (422, True)
    assert "The column “email” was read." in html
    assert await newsletter.lines() == 2
    status, html = await upload(consoles, path, b"email\nnew@x.example\n" + KARIN.encode(), **stated)
    assert (status, "1 new, 1 agreed already" in html) == (200, True)
    assert "The column “email” was read." in html
    page = await consoles.get("Maria", f"/mailing-lists/{newsletter.list_id}")
    assert (
        "new@x.example agreed from a file · fair.csv · written down by Maria Berg · “Fair in Kista"
        in page.words
    )
    for ground, words in (("", stated["words"]), ("consent", "")):
        assert (await upload(consoles, path, b"b@x.example", ground=ground, words=words))[0] == 422
    assert (await upload(consoles, "/mailing-lists/99/import", b"b@x.example", **stated))[0] == 404
    assert (await consoles.press("Maria", path, file="x")).status == 415
    assert await newsletter.lines() == 3


async def test_names_in_a_file_are_said_not_to_be_taken(newsletter: Newsletter, consoles: Consoles) -> None:
    path = f"/mailing-lists/{newsletter.list_id}/import"
    stated = {"ground": "consent", "words": "Fair in Kista, on paper"}
    sheet = "Förnamn;Nachname;Last name;Ort;E-post\nLisa;Ek;Ek;Kista;lisa@x.example\n".encode()
    told = "Names are not taken (Förnamn, Nachname, Last name)"
    assert told in (await upload(consoles, path, sheet, **stated))[1]
    assert told in (await upload(consoles, path, sheet + b"Bo;Ek;Ek;Kista;none\n", **stated))[1]
    assert "Names are not taken" not in (await upload(consoles, path, b"email\nb@x.example\n", **stated))[1]


async def test_a_file_begins_a_sequence_of_the_list_that_is_on(firm: Klarruta, consoles: Consoles) -> None:
    sequence_id, list_id = await firm.do(set_up)
    path, other = f"/mailing-lists/{list_id}", f"/mailing-lists/{list_id + 1}"
    await consoles.press("Maria", "/mailing-lists", **LIST)
    stated = {"ground": "consent", "words": "Fair in Kista, on paper", "sequence": str(sequence_id)}
    assert "A sequence begins for them" not in (await consoles.get("Maria", other)).words
    assert "A sequence begins for them" in (await consoles.get("Maria", path)).words
    assert (await upload(consoles, f"{other}/import", b"b@x.example", **stated))[0] == 422
    assert (await upload(consoles, f"{path}/import", b"new@x.example", **stated))[0] == 200
    await firm.do(turn, sequence_id)
    assert "new@x.example" in (await consoles.get("Maria", f"/sequences/{sequence_id}")).words
    await firm.do(_laid, list_id, sequence_id)
    told = "Who newly agreed by it begins “Welcome” then."
    for page in (path, f"{path}/file"):
        assert told in (await consoles.get("Maria", page)).words


def _laid(session: Session, list_id: int, sequence_id: int) -> None:
    stated = Stated("consent", "Fair in Kista, on paper", "fair.csv", sequence_id)
    row = consent_taking.lay_aside(session, RINGBACK, session.get_one(MailingList, list_id), 1, stated)
    consent_taking.lay(session, row.id, ["late@x.example"], last=False)  # the rest still comes


async def test_a_large_file_is_laid_aside_in_parts_and_can_be_stopped(
    newsletter: Newsletter, consoles: Consoles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing_list, "LAID", 2_000)
    goes_on = consent_taking._go_on

    def one_lot(session: Session, row: ConsentFile) -> None:
        goes_on(session, row)
        row.due_at = now() + timedelta(hours=1)

    monkeypatch.setattr(consent_taking, "_go_on", one_lot)
    path = f"/mailing-lists/{newsletter.list_id}"
    stated = {"ground": "consent", "words": "Fair in Kista, on paper"}
    content = "\n".join(f"n{number}@x.example" for number in range(5_000)).encode()
    status, html = await upload(consoles, f"{path}/import", content, **stated)
    assert (status, "of 5,000 addresses" in html, "Stop, and take nobody" in html) == (200, True, True)
    await newsletter.firm.do(consent_taking.go_on, 1)
    page = await consoles.get("Maria", path)
    assert ("1,000 of 5,000" in page.words, "2 addresses agreed" in page.words) == (True, True)
    assert "n0@x.example" not in page.words
    assert (await consoles.press("Elin", f"{path}/file", "DELETE")).status == 403
    assert (await consoles.press("Maria", f"{path}/file", "DELETE")).status == 200
    assert (await consoles.press("Maria", f"{path}/file", "DELETE")).status == 409
    assert "Stop, and take nobody" not in (await consoles.get("Maria", path)).words
    for _lot in range(9):
        await newsletter.firm.do(consent_taking.go_on, 1)
    assert await newsletter.lines() == 2


async def test_who_is_not_written_to_is_found_and_lifted_with_a_reason(
    newsletter: Newsletter, consoles: Consoles
) -> None:
    waiting = await newsletter.copy()
    put = await consoles.press("Maria", "/suppressions", value=KARIN.upper(), list="", words="wrote to us")
    assert put.status == 200
    assert (await newsletter.delivery(waiting)).state == "left out"
    page = await consoles.get("Maria", "/suppressions?q=KARIN")
    assert f"{KARIN} everything by a colleague wrote to us" in page.words
    assert KARIN not in (await consoles.get("Maria", "/suppressions?q=%25")).words
    row = 1
    assert (await consoles.press("Maria", f"/suppressions/{row}/lift", why="")).status == 422
    assert (await consoles.press("Elin", f"/suppressions/{row}/lift", why="he called")).status == 403
    assert (await consoles.press("Maria", f"/suppressions/{row}/lift", why="he called")).status == 200
    assert (await consoles.press("Maria", f"/suppressions/{row}/lift", why="he called")).status == 404
    assert await newsletter.suppressed() == []
    wrong = (({"value": "no", "words": "why"}, 422), ({"value": KARIN, "words": ""}, 422),
             ({"value": KARIN, "words": "why", "list": "99"}, 404),
             ({"value": KARIN, "words": "why", "list": "x"}, 404))  # fmt: skip
    for fields, status in wrong:
        assert (await consoles.press("Maria", "/suppressions", **fields)).status == status
    assert (await consoles.get("Maria", "/suppressions?before=9&q=%00" + "x" * 900)).status == 200


async def test_one_of_a_messenger_is_left_out_by_its_name_there(
    newsletter: Newsletter, consoles: Consoles
) -> None:
    def write(session: Session) -> int:
        contacts.add_contact(session, "Erik Berg", [("telegram", "4711")])
        campaign = Campaign(
            name="Chat", key="k", list_id=newsletter.list_id, state=RUNNING, handle="telegram"
        )
        session.add(campaign)
        session.flush()
        session.add(Delivery(campaign_id=campaign.id, address="4711", domain="", state=WAITING, due_at=now()))
        return campaign.id

    campaign_id = await newsletter.firm.do(write)
    fields = {"list": str(newsletter.list_id), "words": "said so by telephone"}
    assert (await consoles.press("Maria", "/suppressions", value="telegram:4712", **fields)).status == 422
    assert (await consoles.press("Maria", "/suppressions", value="Telegram: 4711", **fields)).status == 200
    copy = select(Delivery.state).where(Delivery.campaign_id == campaign_id)
    assert await newsletter.firm.db.read(lambda session: session.scalars(copy).one()) == LEFT_OUT
    for asked in ("", "?q=telegram:47", "?q=4711"):
        shown = await consoles.get("Maria", f"/suppressions{asked}")
        assert "telegram:4711 News by a colleague said so by telephone" in shown.words


async def test_the_card_tells_what_he_agreed_to_and_a_colleague_adds_to_it(
    newsletter: Newsletter, consoles: Consoles
) -> None:
    card = await newsletter.firm.do(contacts.find, MAIL, KARIN)
    page = await consoles.get("Elin", f"/contacts/{card}")
    assert "News agreed by a form · Website · “Yes, send me news.” · from 203.0.113.9" in page.words
    fields = {"list": str(newsletter.list_id), "address": KARIN}
    assert (await consoles.press("Elin", f"/contacts/{card}/consents/withdrawal", **fields)).status == 422
    gone = await consoles.press(
        "Elin", f"/contacts/{card}/consents/withdrawal", **fields, words="enough of it"
    )
    assert (gone.status, await newsletter.states()) == (200, {newsletter.list_id: "withdrawn"})
    page = await consoles.get("Elin", f"/contacts/{card}")
    assert (
        "News took it back told to a colleague · written down by Elin Sandgren · “enough of it”" in page.words
    )
    await newsletter.firm.do(_counts_at_once, newsletter.list_id)
    given = await consoles.press(
        "Elin", f"/contacts/{card}/consents", **fields, source="call", words="yes, on the phone"
    )
    assert (given.status, await newsletter.states()) == (200, {newsletter.list_id: "given"})
    asked = await consoles.press("Elin", f"/contacts/{card}/consents", list=str(newsletter.other_id), address=KARIN,
                                 source="call", words="that too")  # fmt: skip
    assert "A letter asks him to confirm: Offers" in asked.words
    assert (await newsletter.states())[newsletter.other_id] == "asked"


async def test_a_card_takes_no_consent_that_is_nobodys(newsletter: Newsletter, consoles: Consoles) -> None:
    card = await newsletter.firm.do(contacts.find, MAIL, KARIN)
    right = {"list": str(newsletter.list_id), "address": KARIN, "source": "call", "words": "yes"}
    wrong = (({"address": "b@x.example"}, 422), ({"list": "99"}, 422), ({"list": "x"}, 422),
             ({"source": "import"}, 422), ({"words": " a "}, 422))  # fmt: skip
    for change, status in wrong:
        assert (
            await consoles.press("Elin", f"/contacts/{card}/consents", **{**right, **change})
        ).status == status
    assert (await consoles.press("Elin", "/contacts/999/consents", **right)).status == 404
    assert (await consoles.press("Nils", f"/contacts/{card}/consents", **right)).status == 404
    assert await newsletter.lines() == 2


def _counts_at_once(session: Session, list_id: int) -> None:
    session.get_one(MailingList, list_id).confirms = False
