"""The room Contacts: everybody one may see, the latest first, found by name, number, mail or company."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import MAIL, PHONE
from crm.search_feed import waiting
from hub.clock import Clock, now
from hub.db import Database
from tests.asked import asked
from tests.crm.web.conftest import Form, Sit
from tests.eventually import eventually


async def add(db: Database, *names: str, department: int = 1) -> None:
    """Have contacts on record, each with an address."""

    def all_of_them(session: Session) -> None:
        for name in names:
            address = f"{name.lower().replace(' ', '.')}@post.example"
            contacts.add_contact(session, name, [(MAIL, address)], department_id=department)

    await db.write(all_of_them)


def names_in(html: str) -> list[str]:
    """Give the names in the list, in order."""
    return re.findall(r'<span class="grow">([^<]*)', html.partition("<tbody>")[2])


async def test_who_was_last_heard_of_stands_first(sit: Sit, form: Form, clock: Clock) -> None:
    annika = await sit("Annika Kron", "admin")
    await form(name="Karin Ekdahl", phone="070-174 06 12", message="Price")
    await form(name="Bo Lind", email="bo@lind.example", message="Repair")
    clock.advance(minutes=20)
    await form(name="Karin Ekdahl", phone="070-174 06 12", message="Are you there?")
    assert names_in(await annika.opens("/contacts")) == ["Karin Ekdahl", "Bo Lind"]
    text = await annika.reads("/contacts")
    assert "070-174 06 12" in text
    assert "Form, Are you there?" in text
    assert "2 contacts" in text


async def test_nobody_is_there_yet(sit: Sit) -> None:
    assert "No contacts yet" in await (await sit("Annika Kron", "admin")).reads("/contacts")


async def test_a_search_that_finds_nothing_offers_what_is_near(sit: Sit, db: Database) -> None:
    await add(db, "Karin Ekdahl", "Bo Lind")
    html = await (await sit("Annika Kron", "admin")).opens("/contacts?q=Karin+Ekdal")
    assert "Did you mean one of these?" in html
    assert "Karin Ekdahl" in html
    assert "Bo Lind" not in html


@pytest.mark.parametrize(
    "q", ["031-390", "Karin", "EKD", "karin%40ekdahl.example", "%2B46 70 174 06 12", "ekbacken"]
)
async def test_one_field_searches_everything(sit: Sit, db: Database, q: str) -> None:
    def one(session: Session) -> None:
        firm = contacts.organisation(session, "Brf Ekbacken").id
        handles = [(PHONE, "+46701740612"), (PHONE, "+46313900672"), (MAIL, "karin@ekdahl.example")]
        contacts.add_contact(session, "Karin Ekdahl", handles, organisation_id=firm)

    await db.write(one)
    assert names_in(await (await sit("Annika Kron", "admin")).opens(f"/contacts?q={q}")) == ["Karin Ekdahl"]


async def test_what_was_searched_for_is_shown_and_never_obeyed(sit: Sit) -> None:
    html = await (await sit("Annika Kron", "admin")).opens("/contacts?q=%3Cb%3E%22x%00")
    assert '<b>"x' not in html
    assert 'value="&lt;b&gt;&#34;x"' in html


async def test_an_agent_sees_his_departments_contacts_alone(sit: Sit, db: Database) -> None:
    await add(db, "Karin Ekdahl", department=1)
    await add(db, "Bo Lind", department=2)
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    assert names_in(await elin.opens("/contacts")) == ["Karin Ekdahl"]
    assert names_in(await elin.opens("/contacts?q=lind")) == []
    assert "1 contact " in await elin.reads("/contacts")


async def test_every_page_goes_on_where_the_last_one_ended(sit: Sit, db: Database) -> None:
    await add(db, *[f"Person {number:03}" for number in range(120)])
    annika, seen, address = await sit("Annika Kron", "admin"), [], "/contacts"
    while address:
        html = await annika.opens(address)
        seen += names_in(html)
        more = re.search(r'href="(/contacts\?after=[^"]*)"', html)
        address = more[1] if more else ""
    assert seen == [f"Person {number:03}" for number in reversed(range(120))]


async def test_those_of_one_moment_are_neither_lost_nor_shown_twice(sit: Sit, db: Database) -> None:
    moment = now()

    def at_once(session: Session) -> None:
        for number in range(60):
            contacts.add_contact(session, f"Person {number}", changed_at=moment)

    await db.write(at_once)
    annika = await sit("Annika Kron", "admin")
    first = await annika.opens("/contacts")
    more = re.search(r'href="(/contacts\?after=[^"]*)"', first)
    assert more
    assert len({*names_in(first), *names_in(await annika.opens(more[1]))}) == 60


@pytest.mark.parametrize("after", ["x", "1-1", "-1-0-1", "9" * 40, "1-0-" + "9" * 30])
async def test_an_address_that_was_cut_is_told(sit: Sit, after: str) -> None:
    await (await sit("Annika Kron", "admin")).opens(f"/contacts?after={after}", status=400)


async def test_a_card_without_a_name_is_called_by_its_number(sit: Sit, form: Form) -> None:
    await form(phone="070-174 06 12", message="Ring me")
    await form(message="Nothing else")
    html = await (await sit("Annika Kron", "admin")).opens("/contacts")
    assert sorted(names_in(html)) == ["070-174 06 12", "No contact data"]


async def test_a_long_list_asks_no_more_of_the_store_than_a_short_one(sit: Sit, db: Database) -> None:
    annika = await sit("Annika Kron", "admin")

    async def all_is_indexed() -> bool:
        return await db.read(waiting, 1) == 0

    async def statements() -> int:
        await eventually(all_is_indexed)
        return min([await once() for _ in range(3)])  # loops of the hub may come in between

    async def once() -> int:
        with asked() as seen:
            await annika.opens("/contacts")
        return len([each for each in seen if "contacts" in each or "tasks" in each])

    async def as_few() -> bool:
        return await statements() <= few

    await add(db, "Karin Ekdahl")
    few = await statements()
    await add(db, *[f"Person {number}" for number in range(28)])  # as many as a page has rows
    await eventually(as_few)
