"""Deeds on many contacts, saved views and columns, as people use them in the list."""

from __future__ import annotations

import re

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import Contact
from crm.tasks import Task
from hub.db import Database
from tests.crm.web.conftest import Sit
from tests.crm.web.seat import Seat
from tests.crm.web.test_contacts import add, names_in


async def undo(seat: Seat, answer: str) -> str:
    """Press Undo in a toast, and give the next toast."""
    (deed,) = re.findall(r'hx-delete="(/deeds/\d+)"', answer)
    response = await seat.sends(deed, _method="delete")
    return await response.text()


async def column(db: Database, name: str) -> list[object]:
    """Give a column of all contacts."""
    return list(await db.read(lambda session: session.scalars(Contact.__table__.select().with_only_columns(
        Contact.__table__.c[name]).order_by(Contact.id)).all()))  # fmt: skip


async def test_all_that_match_are_given_away_and_taken_back(sit: Sit, db: Database) -> None:
    await add(db, "Anna Berg", "Bo Berg", department=1)
    await add(db, "Cecilia Lind", department=1)
    annika = await sit("Annika Kron", "admin")
    answer = await annika.sends("/contacts/many", all="1", query="q=berg", give="department:2")
    told = await answer.text()
    assert "2 contacts: given to Sales" in told
    assert await column(db, "department_id") == [2, 2, 1]
    assert "Taken back" in await undo(annika, told)
    assert await column(db, "department_id") == [1, 1, 1]


async def test_what_was_changed_since_is_left_alone(sit: Sit, db: Database) -> None:
    await add(db, "Anna Berg", "Bo Berg", department=1)
    annika = await sit("Annika Kron", "admin")
    answer = await annika.sends("/contacts/many", all="1", query="", give="department:2")
    await db.write(
        lambda session: session.execute(update(Contact).where(Contact.id == 1).values(department_id=3))
    )
    assert "1 of 2 was changed since" in await undo(annika, await answer.text())
    assert await column(db, "department_id") == [3, 1]
    assert "Taken back; 1 of 2" in await annika.reads("/deeds")
    assert "<html" not in await annika.opens("/deeds", fragment=True)


async def test_a_field_is_filled_in_for_those_that_are_chosen(sit: Sit, db: Database) -> None:
    await add(db, "Anna Berg", "Bo Berg")
    annika = await sit("Annika Kron", "admin")
    answer = await annika.sends("/contacts/many", id="2", **{"field.about": "Repair"})
    assert "1 contact: What it is about: Repair" in await answer.text()
    kept = {"about": {"kind": "choice", "value": "Repair", "unit": ""}}
    assert await column(db, "fields") == [{}, kept]
    await undo(annika, await answer.text())
    assert await column(db, "fields") == [{}, {}]


async def test_a_tag_is_put_on_found_again_and_taken_off(sit: Sit, db: Database) -> None:
    await add(db, "Anna Berg", "Bo Berg")
    annika = await sit("Annika Kron", "admin")
    answer = await annika.sends("/contacts/many", id="2", tag="Fair 2026", tag_on="1")
    assert names_in(await annika.opens("/contacts?tag=1")) == ["Bo Berg"]
    await undo(annika, await answer.text())
    assert names_in(await annika.opens("/contacts?tag=1")) == []


async def test_a_task_is_made_for_each_and_taken_away_again(sit: Sit, db: Database) -> None:
    await add(db, "Anna Berg", "Bo Berg")
    annika = await sit("Annika Kron", "admin")
    sent = {"title": "Call back", "to": "department:1", "task": "1", "all": "1"}
    answer = await annika.sends("/contacts/many", **sent)

    def titles(session: Session) -> list[str]:
        return list(session.scalars(Task.__table__.select().with_only_columns(Task.__table__.c.title)))

    assert await db.read(titles) == ["Call back", "Call back"]
    await undo(annika, await answer.text())
    assert await db.read(titles) == []


async def test_an_agent_changes_only_what_he_sees_and_undoes_only_his_own(sit: Sit, db: Database) -> None:
    await add(db, "Anna Berg", department=1)
    await add(db, "Bo Berg", department=2)
    elin, annika = await sit("Elin Sandgren", "agent", "Front desk"), await sit("Annika Kron", "admin")
    answer = await elin.sends("/contacts/many", all="1", give="department:3")
    assert await column(db, "department_id") == [3, 2]
    assert "1 contact:" in await answer.text()
    await annika.sends("/contacts/many", all="1", give="department:1")
    refused = await elin.sends("/deeds/2", _method="delete")
    assert refused.status == 404


async def test_nothing_chosen_and_nobody_to_give_to_are_told(sit: Sit, db: Database) -> None:
    await add(db, "Anna Berg")
    annika = await sit("Annika Kron", "admin")
    for sent in ({}, {"all": "1", "give": "user:99"}, {"all": "1", "field.gone": "x"}, {"id": "x"}):
        assert (await annika.sends("/contacts/many", **sent)).status == 409


async def test_a_managers_view_is_everybodys_and_an_agents_his_own(sit: Sit, db: Database) -> None:
    await add(db, "Anna Berg", "Bo Lind")
    annika, elin = await sit("Annika Kron", "admin"), await sit("Elin Sandgren", "agent", "Front desk")
    await annika.sends("/contacts/views", name="The Bergs", query="q=berg", shared="on")
    await elin.sends("/contacts/views", name="Those Linds", query="q=lind")
    assert (await elin.sends("/contacts/views", name="Mine for all", query="", shared="on")).status == 409
    page = await elin.opens("/contacts")
    assert "Those Linds" in page
    assert 'href="/contacts?q=berg"' in page
    assert "Those Linds" not in await annika.reads("/contacts")
    assert (await elin.sends("/views/1", _method="delete")).status == 404


async def test_everybody_has_his_own_columns_in_his_own_order(sit: Sit, db: Database) -> None:
    def one(session: Session) -> None:
        contacts.add_contact(session, "Anna Berg", department_id=1,
                             fields={"built": {"kind": "number", "value": 1962, "unit": ""}})  # fmt: skip

    await db.write(one)
    annika, maria = await sit("Annika Kron", "admin"), await sit("Maria Berg", "manager")
    await annika.client.post("/contacts/columns", headers=annika.headers,
                             data=[("column", "department"), ("column", "f.built"), ("up", "f.built")])  # fmt: skip
    words = await annika.reads("/contacts")
    assert "Anna Berg 1962 Front desk" in words
    assert "1962" not in await maria.opens("/contacts")
    assert names_in(await maria.opens("/contacts?columns=made&sort=name")) == ["Anna Berg"]


async def test_the_total_is_counted_aside(sit: Sit, db: Database) -> None:
    await add(db, *[f"Person {number}" for number in range(60)])
    annika = await sit("Annika Kron", "admin")
    assert "More than" in await annika.reads("/contacts?q=person")
    assert "60 contacts" in await annika.reads("/contacts/total?q=person", fragment=True)
    assert "60 contacts" in await annika.reads("/contacts?q=person")
