"""Organisations: listed for whoever sees one of their people, described, renamed, joined and parted again."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import Contact, Organisation
from hub.db import Database
from tests.crm.web.conftest import Sit


async def people(db: Database, **firms: str) -> None:
    """Have people on record, each in an organisation; those of Sales are no business of the front desk."""

    def all_of_them(session: Session) -> None:
        for name, firm in firms.items():
            department = 2 if "Sales" in firm else 1
            contacts.add_contact(session, name, department_id=department,
                                 organisation_id=contacts.organisation(session, firm).id)  # fmt: skip

    await db.write(all_of_them)


async def firms_of(db: Database) -> list[str | None]:
    """Give where everybody is."""
    wanted = (
        select(Organisation.name)
        .join(Contact, Contact.organisation_id == Organisation.id)
        .order_by(Contact.id)
    )
    return list(await db.read(lambda session: session.scalars(wanted).all()))


async def test_an_agent_sees_those_of_whom_he_sees_somebody(sit: Sit, db: Database) -> None:
    await people(db, Anna="Brf Ekbacken", Bo="Sales friends")
    elin, annika = await sit("Elin Sandgren", "agent", "Front desk"), await sit("Annika Kron", "admin")
    assert "1 organisation " in await elin.reads("/organisations")
    assert "2 organisations" in await annika.reads("/organisations")
    assert "Anna" in await elin.reads("/organisations/1")
    for address in ("/organisations/2", "/organisations/9"):
        await elin.opens(address, status=404)
    assert (await elin.sends("/organisations/2", name="Ours")).status == 404


async def test_what_is_known_of_it_is_written_down(sit: Sit, db: Database) -> None:
    await people(db, Anna="Brf Ekbacken", Bo="Brf Åby")
    annika = await sit("Annika Kron", "admin")
    await annika.sends("/organisations/1", name="Brf Öen", phone="031-390 06 00", note="Rings at noon")
    assert "Rings at noon" in await annika.opens("/organisations/1")
    annika.headers["Accept-Language"] = "sv"
    assert re.findall(r'grow">(Brf [^<]*)', await annika.opens("/organisations")) == ["Brf Åby", "Brf Öen"]
    assert (await annika.sends("/organisations/1", name="Brf Åby")).status == 409
    assert (await annika.sends("/organisations/1", name=" ")).status == 409


async def test_two_that_are_one_are_joined_and_parted_again(sit: Sit, db: Database) -> None:
    await people(db, Anna="Brf Ekbacken", Bo="BRF Ekbacken i Göteborg", Cia="Brf Ekbacken")
    annika = await sit("Annika Kron", "admin")
    answer = await annika.sends("/organisations/1/joining", into="BRF Ekbacken i Göteborg")
    assert await firms_of(db) == ["BRF Ekbacken i Göteborg"] * 3
    assert (await annika.asks("/organisations/1")).headers["Location"] == "/organisations/2"
    assert (await db.write(lambda session: contacts.organisation(session, "Brf Ekbacken").id)) == 2
    (undo,) = re.findall(r'hx-delete="(/deeds/\d+)"', await answer.text())
    await annika.sends(undo, _method="delete")
    assert await firms_of(db) == ["Brf Ekbacken", "BRF Ekbacken i Göteborg", "Brf Ekbacken"]
    await annika.opens("/organisations/1")


async def test_who_does_not_see_everybody_of_it_does_not_join_it(sit: Sit, db: Database) -> None:
    await people(db, Anna="Brf Ekbacken", Cia="Brf Åby")
    await db.write(lambda session: contacts.add_contact(session, "Bo", department_id=2, organisation_id=1))
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    assert (await elin.sends("/organisations/1/joining", into="Brf Åby")).status == 409
    assert (await elin.sends("/organisations/2/joining", into="Nowhere")).status == 409
    assert await firms_of(db) == ["Brf Ekbacken", "Brf Åby", "Brf Ekbacken"]
