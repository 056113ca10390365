"""The room Search: what may be seen is found while somebody types, with the found words marked; searches are kept."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import MAIL, PHONE
from hub.db import Database
from tests.crm.web.conftest import Api, Form, Person, Sit
from tests.eventually import eventually


@pytest.fixture
async def asked(db: Database, form: Form) -> None:
    """Have Karin ask for a price, in the first department, and Bo be known in the second."""

    def bo(session: Session) -> None:
        contacts.add_contact(session, "Bo Lind <b>", [(PHONE, "+46701740699"), (MAIL, "bo@lind.example")],
                             department_id=2)  # fmt: skip

    await db.write(bo)
    await form(name="Karin Ekdahl", phone="070-174 06 12", message="What would <i>twelve</i> windows cost?")


@pytest.mark.usefixtures("asked")
async def test_words_are_found_marked_and_never_obeyed(sit: Sit) -> None:
    annika = await sit("Annika Kron", "admin")
    html = await eventually(lambda: annika.shows("/search?q=twelve+WIND", "<mark>twelve</mark>"))
    assert "&lt;i&gt;<mark>twelve</mark>&lt;/i&gt; <mark>windows</mark>" in html
    assert "Messages" in await annika.reads("/search?q=twelve")
    assert "Bo <mark>Lind</mark> &lt;b&gt;" in await annika.opens("/search?q=lind")
    part = await annika.opens("/search?q=ekdahl&kind=contact", fragment=True)
    assert "<mark>Ekdahl</mark>" in part
    assert "<html" not in part


@pytest.mark.usefixtures("asked")
async def test_the_field_at_the_top_offers_the_best_and_everything(sit: Sit) -> None:
    annika = await sit("Annika Kron", "admin")
    await eventually(lambda: annika.shows("/search/quick?q=0612", "Karin Ekdahl"))
    assert "Everything with “0612”" in await annika.reads("/search/quick?q=0612", fragment=True)
    assert await annika.reads("/search/quick?q=", fragment=True) == ""


@pytest.mark.usefixtures("asked")
async def test_an_agent_finds_his_departments_alone(sit: Sit) -> None:
    annika = await sit("Annika Kron", "admin")
    await eventually(lambda: annika.shows("/search?q=lind", "Lind</mark>"))
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    assert "Nothing with “lind”" in await elin.reads("/search?q=lind")
    assert "lind.example" not in await elin.opens("/search?q=lund")  # not even as a name like this


async def test_a_company_that_is_found_leads_to_its_page(sit: Sit, db: Database) -> None:
    annika = await sit("Annika Kron", "admin")
    await db.write(lambda session: contacts.organisation(session, "Brf Ekbacken").id)
    await eventually(lambda: annika.shows("/search?q=ekbacken", 'href="/organisations/1"'))


@pytest.mark.usefixtures("asked")
async def test_a_search_that_finds_nobody_offers_names_like_it(sit: Sit) -> None:
    annika = await sit("Annika Kron", "admin")
    await eventually(lambda: annika.shows("/search?q=Carin+Ekdal", "Karin Ekdahl"))
    assert "Names like this" in await annika.reads("/search?q=Carin+Ekdal")


async def test_a_search_is_kept_removed_and_brought_back_by_its_owner_alone(sit: Sit) -> None:
    annika, elin = await sit("Annika Kron", "admin"), await sit("Elin Sandgren", "agent", "Front desk")
    answer = await annika.sends("/search/saved", name="Windows", asked="q=windows&kind=task&evil=1")
    assert 'hx-delete="/search/saved/1"' in await answer.text()
    assert '<a class="grow cut" href="/search?q=windows&amp;kind=task">Windows</a>' in await annika.opens(
        "/search"
    )
    assert "Windows" not in await elin.reads("/search/saved", fragment=True)
    assert (await elin.sends("/search/saved/1", _method="delete")).status == 404
    assert (await annika.sends("/search/saved/1", _method="delete")).status == 200
    assert "Windows" not in await annika.reads("/search/saved", fragment=True)
    await annika.sends("/search/saved/1/removal", _method="delete")
    assert "Windows" in await annika.reads("/search/saved", fragment=True)
    assert (await annika.sends("/search/saved", name=" ", asked="q=x")).status == 422


@pytest.mark.usefixtures("asked")
async def test_a_program_searches_within_its_scopes(api: Api, program: Person) -> None:
    async def tasks_too() -> bool:
        found = await api.ask("GET", "/search?q=karin")
        return {each["kind"] for each in found["items"]} >= {"contact", "task"}

    await eventually(tasks_too)
    narrow = await program("contacts:read")
    found = await narrow.ask("GET", "/search?q=karin")
    assert {each["kind"] for each in found["items"]} == {"contact", "interaction"}
    assert [each["count"] for each in found["counts"]] == [1, 0, 1]
    assert (await narrow.ask("GET", "/search?q=%22"))["items"] == []
