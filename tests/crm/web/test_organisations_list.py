"""The list of organisations: narrowed down, sorted, in columns of choice, exported, and many dealt with at once."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import pytest
import vobject
from aiohttp.test_utils import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import Contact, Organisation
from crm.conversations import add_note
from crm.tasks import Task, add_task
from hub import audit
from hub.clock import now
from hub.db import Database
from tests.crm.web.conftest import Sit
from tests.crm.web.test_contacts import names_in
from tests.crm.web.test_many import column, undo
from tests.crm.web.test_organisations import firms_of, people


@pytest.fixture
async def town(client: TestClient, db: Database) -> None:
    """Have Anna and Cia in Ekbacken, Bo in a company of Sales, and a company without people; Anna is to be rung."""
    del client  # the hub that knows the departments
    await people(db, Anna="Brf Ekbacken", Bo="Sales friends", Cia="Brf Ekbacken")

    def more(session: Session) -> None:
        contacts.organisation(session, "Åkeriet")
        add_task(session, title="Ring Anna", kind="call", why="", contact_id=1, department_id=1, assignee_id=None,
                 created_at=now())  # fmt: skip

    await db.write(more)


NARROWED = (
    ("", "Brf Ekbacken, Sales friends, Åkeriet"), ("sort=-name", "Åkeriet, Sales friends, Brf Ekbacken"),
    ("q=åker", "Åkeriet"), ("q=brf+back", "Brf Ekbacken"), ("has=people", "Brf Ekbacken, Sales friends"),
    ("has=nobody", "Åkeriet"), ("open=any", "Brf Ekbacken"), ("open=late", ""), ("open=none", "Sales friends, Åkeriet"),
    ("department=2", "Sales friends"), ("responsible=none", "Brf Ekbacken, Sales friends"), ("responsible=me", ""),
    ("made.from=2999-01-01", ""), ("changed.to=9999-12-31&sort=changed", "Brf Ekbacken, Sales friends, Åkeriet"),
    ("sort=-made", "Åkeriet, Sales friends, Brf Ekbacken"), ("sort=last&tag=1&f.about=x&has=phone&department=x",
                                                             "Brf Ekbacken, Sales friends, Åkeriet"),
)  # fmt: skip


@pytest.mark.usefixtures("town")
async def test_a_list_of_organisations_is_narrowed_down_and_sorted(sit: Sit) -> None:
    annika = await sit("Annika Kron", "admin")
    annika.headers["Accept-Language"] = "sv"
    for query, found in NARROWED:
        assert (query, ", ".join(names_in(await annika.opens(f"/organisations?{query}")))) == (query, found)


@pytest.mark.usefixtures("town")
async def test_an_agent_is_asked_about_and_told_of_his_own_people_alone(sit: Sit, db: Database) -> None:
    await db.write(lambda session: contacts.add_contact(session, "Dag", department_id=2, organisation_id=1))
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    assert "Brf Ekbacken 2 1" in await elin.reads("/organisations")
    assert names_in(await elin.opens("/organisations?department=2")) == []
    assert names_in(await elin.opens("/organisations?has=nobody")) == []
    assert "With nobody yet" not in await elin.opens("/organisations")
    assert "With nobody yet" in await (await sit("Annika Kron", "admin")).opens("/organisations")


@pytest.mark.usefixtures("town")
async def test_what_a_list_is_narrowed_down_to_takes_itself_away(sit: Sit) -> None:
    html = await (await sit("Annika Kron", "admin")).opens("/organisations?department=2&open=none")
    assert 'href="/organisations?open=none" title="Without this">Sales' in html
    assert 'href="/organisations?department=2" title="Without this">Nothing to do' in html


@pytest.mark.usefixtures("town")
async def test_everybody_has_his_own_columns_of_organisations(sit: Sit) -> None:
    annika, maria = await sit("Annika Kron", "admin"), await sit("Maria Berg", "manager")
    await annika.sends("/organisations/2", phone="031-390 06 00", web="sales.example")
    ticked = [("column", "phone"), ("column", "web"), ("up", "web"), ("column", "reach")]
    await annika.client.post("/organisations/columns", headers=annika.headers, data=ticked)
    assert "Sales friends sales.example 031-390 06 00" in await annika.reads("/organisations")
    assert "sales.example" not in await maria.opens("/organisations")
    assert "Reached by" in await annika.reads("/contacts")  # those of contacts are others


@pytest.mark.usefixtures("town")
async def test_a_view_of_organisations_stands_over_organisations_alone(sit: Sit) -> None:
    maria, elin = await sit("Maria Berg", "manager"), await sit("Elin Sandgren", "agent", "Front desk")
    assert "For everybody" in await maria.opens("/organisations")
    assert "For everybody" not in await elin.opens("/organisations")
    await maria.sends("/organisations/views", name="To do", query="open=any", shared="on")
    assert 'href="/organisations?open=any">To do' in await elin.opens("/organisations")
    assert ">To do</a>" not in await elin.opens("/contacts")


@pytest.mark.usefixtures("town")
async def test_the_people_of_many_are_given_away_and_taken_back(sit: Sit, db: Database) -> None:
    annika = await sit("Annika Kron", "admin")
    answer = await annika.sends("/organisations/many", id="1", give="department:3")
    assert "2 contacts: given to" in await answer.text()
    assert await column(db, "department_id") == [3, 2, 3]
    await undo(annika, await answer.text())
    assert await column(db, "department_id") == [1, 2, 1]


@pytest.mark.usefixtures("town")
async def test_a_task_is_made_for_each_with_whoever_was_last_heard_of(sit: Sit, db: Database) -> None:
    await db.write(add_note, 3, None, "Rang", counts_as_contact=True)
    annika = await sit("Annika Kron", "admin")
    sent = {"title": "Greet them", "to": "department:1", "task": "1", "all": "1", "query": ""}
    assert "2 contacts: task: Greet them" in await (await annika.sends("/organisations/many", **sent)).text()
    asked = select(Task.contact_id).where(Task.title == "Greet them").order_by(Task.contact_id)
    assert await db.read(lambda session: list(session.scalars(asked))) == [2, 3]


@pytest.mark.usefixtures("town")
async def test_an_agent_gives_away_only_those_whom_he_sees(sit: Sit, db: Database) -> None:
    await db.write(lambda session: contacts.add_contact(session, "Dag", department_id=2, organisation_id=1))
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await elin.sends("/organisations/many", all="1", query="", give="department:3")
    assert await column(db, "department_id") == [3, 2, 3, 2]


@pytest.mark.usefixtures("town")
async def test_several_are_made_one_and_parted_again(sit: Sit, db: Database) -> None:
    annika = await sit("Annika Kron", "admin")
    answer = await annika.sends("/organisations/many", all="1", query="", join="1", into="Åkeriet")
    assert "2 organisations joined with Åkeriet" in await answer.text()
    assert set(await firms_of(db)) == {"Åkeriet"}
    assert names_in(await annika.opens("/organisations")) == ["Åkeriet"]
    assert "Taken back" in await undo(annika, await answer.text())
    assert await firms_of(db) == ["Brf Ekbacken", "Sales friends", "Brf Ekbacken"]
    assert len(names_in(await annika.opens("/organisations"))) == 3


@pytest.mark.usefixtures("town")
async def test_what_cannot_be_joined_is_told_and_stays(sit: Sit, db: Database) -> None:
    await db.write(lambda session: contacts.add_contact(session, "Dag", department_id=2, organisation_id=1))
    await db.write(lambda session: contacts.add_contact(session, "Eva", department_id=1, organisation_id=3))
    annika, elin = await sit("Annika Kron", "admin"), await sit("Elin Sandgren", "agent", "Front desk")
    for seat, sent in ((annika, {"id": "1"}), (annika, {"id": "1", "into": "Nowhere"}), (annika, {"into": "Åkeriet"}),
                       (annika, {"id": "1", "into": "Brf Ekbacken"}), (elin, {"id": "1", "into": "Åkeriet"}),
                       (elin, {"id": "1", "into": "Sales friends"})):  # fmt: skip
        assert (await seat.sends("/organisations/many", join="1", **sent)).status == 409
    assert await firms_of(db) == ["Brf Ekbacken", "Sales friends", "Brf Ekbacken", "Brf Ekbacken", "Åkeriet"]


@pytest.mark.usefixtures("town")
async def test_a_list_of_organisations_leaves_as_it_is_seen(sit: Sit, db: Database) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    answer = await elin.asks("/organisations/export.csv?columns=people,open")
    text = (await answer.read()).decode("utf-8-sig")
    assert text.splitlines() == ["Name,People,Open tasks", "Brf Ekbacken,2,1"]
    told = await db.read(lambda session: session.scalars(
        select(audit.Entry).where(audit.Entry.verb == audit.EXPORTED)).one())  # fmt: skip
    assert (told.kind, told.words) == ("organisation", "1 organisation as csv: columns=people,open")
    sheet = await elin.asks("/organisations/export.xlsx?columns=made,last,note")
    with zipfile.ZipFile(BytesIO(await sheet.read())) as book:
        assert "Brf Ekbacken" in book.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.usefixtures("town")
async def test_an_organisation_leaves_as_a_card_of_its_own_kind(sit: Sit) -> None:
    annika = await sit("Annika Kron", "admin")
    await annika.sends(
        "/organisations/1", phone="031-390 06 00", web="https://ekbacken.example/x;y", note="Rings\nat noon;"
    )
    await annika.sends("/organisations/2", phone="ask at the desk")
    answer = await annika.asks("/organisations/export.vcf?sort=name")
    _empty, first, second = vobject.readComponents((await answer.read()).decode())
    assert (first.kind.value, first.fn.value, first.org.value) == ("org", "Brf Ekbacken", ["Brf Ekbacken"])
    assert (first.tel.value, first.url.value) == ("tel:+46313900600", "https://ekbacken.example/x;y")
    assert first.note.value == "Rings\nat noon;"
    assert (second.tel.value, second.uid.value) == ("ask at the desk", "ringback-organisation-2")


async def test_many_organisations_are_walked_to_the_end_and_counted_aside(sit: Sit, db: Database) -> None:
    names = [f"Firm {number:03}" for number in range(120)]
    await people(db, **{f"Person {name}": name for name in names})
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    seen, address = [], "/organisations"
    while address:
        html = await elin.opens(address)
        seen += names_in(html)
        more = re.search(r'href="(/organisations\?after=[^"]*)"', html)
        address = more[1] if more else ""
    assert seen == names
    assert "More than 30 organisations" in await elin.reads("/organisations")
    assert "120 organisations" in await elin.reads("/organisations/total", fragment=True)
    assert "120 organisations" in await elin.reads("/organisations")


@pytest.mark.parametrize("after", ["x", "WzAsbnVsbCwxXQ", "WzEsIngiLDFd", "WzAsIngAIiwxXQ", "9" * 40])
async def test_an_address_that_was_cut_is_told(sit: Sit, after: str) -> None:
    annika = await sit("Annika Kron", "admin")
    await annika.opens(f"/organisations?after={after}", status=400)
    await annika.opens(f"/organisations?sort=made&after={after}", status=400)


@pytest.mark.usefixtures("town")
async def test_whose_only_card_was_merged_away_is_nobody_of_it(sit: Sit, db: Database) -> None:
    gone = update(Contact).where(Contact.organisation_id == 1).values(merged_into_id=2)
    await db.write(lambda session: session.execute(gone))
    assert await db.read(lambda session: session.get_one(Organisation, 1).name) == "Brf Ekbacken"
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    assert names_in(await elin.opens("/organisations")) == []
    await elin.opens("/organisations/1", status=404)
