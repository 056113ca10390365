"""Export of what is seen, and contacts made by hand."""

from __future__ import annotations

import zipfile
from io import BytesIO

import vobject
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import MAIL, PHONE
from hub import audit
from hub.db import Database
from tests.crm.web.conftest import Sit
from tests.crm.web.test_contacts import add

EVIL = '=HYPERLINK("http://evil.example")'


async def test_a_text_of_columns_holds_what_is_seen_and_no_formula(sit: Sit, db: Database) -> None:
    await add(db, "Anna Berg", EVIL, department=1)
    await add(db, "Bo Lind", department=2)
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    answer = await elin.asks("/contacts/export.csv?sort=name&columns=department")
    text = (await answer.read()).decode("utf-8-sig")
    assert text.splitlines() == ["Name,Department", "\"'=HYPERLINK(\"\"http://evil.example\"\")\",Front desk",
                                 "Anna Berg,Front desk"]  # fmt: skip
    told = await db.read(lambda session: session.scalars(
        select(audit.Entry).where(audit.Entry.verb == audit.EXPORTED)).one())  # fmt: skip
    assert (told.who, told.words) == ("Elin Sandgren", "2 contacts as csv: sort=name&columns=department")


async def test_a_sheet_holds_texts_as_texts(sit: Sit, db: Database) -> None:
    await add(db, "Anna Berg", EVIL)
    answer = await (await sit("Annika Kron", "admin")).asks("/contacts/export.xlsx?columns=made,last")
    with zipfile.ZipFile(BytesIO(await answer.read())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "HYPERLINK" in sheet
    assert "Anna Berg" in sheet


async def test_address_cards_are_read_by_others(sit: Sit, db: Database) -> None:
    def one(session: Session) -> None:
        firm = contacts.organisation(session, "Berg, Lind; Åby \\ AB").id
        handles = [(PHONE, "+46701740612"), (MAIL, "anna@berg.example")]
        contacts.add_contact(session, f"Anna {'ö' * 80} Berg", handles, organisation_id=firm)

    await db.write(one)
    answer = await (await sit("Annika Kron", "admin")).asks("/contacts/export.vcf")
    text = (await answer.read()).decode()
    card = vobject.readOne(text)
    assert card.fn.value == f"Anna {'ö' * 80} Berg"
    assert card.org.value == ["Berg, Lind; Åby \\ AB"]
    assert (card.tel.value, card.email.value) == ("tel:+46701740612", "anna@berg.example")
    assert max(len(line.encode()) for line in text.splitlines()) <= 75


async def test_whoever_is_here_already_is_told_while_one_types(sit: Sit, db: Database) -> None:
    await add(db, "Karin Ekdahl")
    annika = await sit("Annika Kron", "admin")
    html = await annika.opens("/contacts/new?name=Karin+Ekdal", fragment=True)
    assert 'href="/contacts/1"' in html
    assert 'href="/contacts/1"' in await annika.opens(
        "/contacts/new?name=&mail=karin.ekdahl@post.example", fragment=True
    )
    assert "Karin" not in await annika.opens("/contacts/new?name=Bo+Lind", fragment=True)


async def test_a_contact_is_made_by_hand(sit: Sit) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    sent = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "organisation": "Brf Ekbacken"}
    answer = await elin.sends("/contacts/new", fragment=False, **sent)
    assert answer.headers["Location"] == "/contacts/1"
    words = await elin.reads("/contacts/1")
    assert "070-174 06 12" in words
    assert "Brf Ekbacken" in words
    again = await elin.sends("/contacts/new", fragment=False, **sent)
    assert again.status == 422
    assert "Somebody has it already" in await again.text()
    for wrong in ({}, {"name": "Bo", "phone": "never"}, {"name": "Bo", "mail": "at home"}):
        assert (await elin.sends("/contacts/new", fragment=False, **wrong)).status == 422
